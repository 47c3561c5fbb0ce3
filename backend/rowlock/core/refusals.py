"""Every way to say no. Each refusal has a stable `code`; what a code means over HTTP is not known here.

Refusal
|- RowNotFound, RowDeleted               there is no such row, or no more
|- UnknownColumn, BadCell                the cells cannot be written
|- ColumnExists, BadColumn               the columns cannot be changed
|- RowLocked, RowCooling                 somebody else's turn; worth another try later
|- StaleLease, NotLeaseOwner             the caller does not hold the row
|- TooManyLeases                         the session holds enough
|- VersionMismatch, TableMoved           the world moved on
|- BadTableRefused, AmbiguousKey         the bytes are not a table, or cannot be merged into this one
|- UndoConflict                          later changes stand in the way of an undo
|- NoTable                               at that moment there was no table yet
|- SessionEnded, IdempotencyMismatch     found by the editor inside the transaction
`- OpRefused                             one operation of several was refused, so all were
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class RowNotFound:
    """No row has ever had this index."""

    code: ClassVar[str] = "row_not_found"
    index: int

    def detail(self) -> str:
        """One sentence for a person."""
        return f"There is no row {self.index}."


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDeleted:
    """The row was there and has been deleted."""

    code: ClassVar[str] = "row_deleted"
    index: int

    def detail(self) -> str:
        """One sentence for a person."""
        return f"Row {self.index} has been deleted."


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownColumn:
    """The table has no such column."""

    code: ClassVar[str] = "unknown_column"
    column: str
    columns: tuple[str, ...]

    def detail(self) -> str:
        """One sentence for a person."""
        return f"There is no column {self.column!r}."


@dataclass(frozen=True, slots=True, kw_only=True)
class BadCell:
    """A text cannot be stored; `code` says why: control_character, cell_too_large or bad_text."""

    code: str
    column: str

    def detail(self) -> str:
        """One sentence for a person."""
        reasons = {
            "control_character": "holds a NUL character",
            "cell_too_large": "is longer than 65,536 characters",
            "bad_text": "holds half of a surrogate pair and is no text",
        }
        return f"The cell of column {self.column!r} {reasons[self.code]}."


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnExists:
    """A column of this name is there already."""

    code: ClassVar[str] = "column_exists"
    column: str

    def detail(self) -> str:
        """One sentence for a person."""
        return f"There is a column {self.column!r} already."


@dataclass(frozen=True, slots=True, kw_only=True)
class BadColumn:
    """The columns cannot be changed in this way."""

    code: ClassVar[str] = "bad_column"
    reason: str

    def detail(self) -> str:
        """One sentence for a person."""
        return self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLocked:
    """Somebody holds the row; `yours` when it is the caller, in another window. `expires_in` in microseconds."""

    code: ClassVar[str] = "row_locked"
    index: int
    holder: str
    expires_in: int
    yours: bool = False

    def detail(self) -> str:
        """One sentence for a person."""
        if self.yours:
            return f"You hold row {self.index} in another window; move it here to edit it."
        return f"Row {self.index} is held by {self.holder}."


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCooling:
    """Somebody else edited the row just now. `expires_in` in microseconds."""

    code: ClassVar[str] = "row_cooling"
    index: int
    holder: str
    expires_in: int

    def detail(self) -> str:
        """One sentence for a person."""
        return f"Row {self.index} was edited by {self.holder} just now and is still cooling."


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleLease:
    """The lease named by the token is not live, or not the caller's."""

    code: ClassVar[str] = "stale_lease"
    index: int
    token: int | None

    def detail(self) -> str:
        """One sentence for a person."""
        return f"Your lease of row {self.index} is over; take the row again."


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLeaseOwner:
    """The row is held by somebody else, who alone can give it back."""

    code: ClassVar[str] = "not_lease_owner"
    index: int
    holder: str

    def detail(self) -> str:
        """One sentence for a person."""
        return f"Row {self.index} is held by {self.holder}; only they can give it back."


@dataclass(frozen=True, slots=True, kw_only=True)
class TooManyLeases:
    """The session holds as many rows as it may."""

    code: ClassVar[str] = "too_many_leases"
    limit: int

    def detail(self) -> str:
        """One sentence for a person."""
        return f"You hold {self.limit} rows already; give some back first."


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionMismatch:
    """The row has changed since the version that the caller saw; `cells` is the row as it is."""

    code: ClassVar[str] = "version_mismatch"
    index: int
    expected: int
    version: int
    cells: Mapping[str, str]

    def detail(self) -> str:
        """One sentence for a person."""
        return f"Row {self.index} has changed: it is at version {self.version}, not {self.expected}."


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMoved:
    """The table has changed since the changes were worked out; work them out again."""

    code: ClassVar[str] = "table_moved"
    expected: int
    position: int

    def detail(self) -> str:
        """One sentence for a person."""
        return f"The table has moved on from position {self.expected} to {self.position}."


@dataclass(frozen=True, slots=True, kw_only=True)
class BadTableRefused:
    """The bytes are no table that can be taken in: `code` and `reason` as the reader gave them."""

    code: str
    reason: str
    line: int | None = None
    byte: int | None = None

    def detail(self) -> str:
        """One sentence for a person."""
        return self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbiguousKey:
    """Two rows have the same key: on these `lines` of the file, or these `rows` of the table."""

    code: ClassVar[str] = "ambiguous_key"
    column: str
    text: str
    lines: tuple[int, int] | None = None
    rows: tuple[int, int] | None = None

    def detail(self) -> str:
        """One sentence for a person."""
        text = self.text if len(self.text) <= 80 else f"{self.text[:79]}…"
        places = "Lines {} and {} of the file" if self.lines else "Rows {} and {} of the table"
        return f"{places.format(*(self.lines or self.rows or ()))} have the same {self.column!r}: {text!r}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Why the event at `position` cannot be taken back, which is about row `index` or `column`.

    `code`: already_undone, later_edit, row_deleted, row_exists, column_deleted, column_exists, table_imported (each
    with `by`, the position of the later event that stands in the way, where there is one), not_undoable, or the code
    of the refusal with which the change met (row_locked, row_cooling, ...).
    """

    position: int
    code: str
    detail: str
    index: int | None = None
    column: str | None = None
    by: int | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoConflict:
    """Some of the events cannot be taken back, so none was."""

    code: ClassVar[str] = "undo_conflict"
    conflicts: tuple[Conflict, ...]

    def detail(self) -> str:
        """One sentence for a person."""
        more = f" (and {len(self.conflicts) - 1} more)" if len(self.conflicts) > 1 else ""
        return f"{self.conflicts[0].detail}{more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoTable:
    """There was no table yet at that position, so there is nothing to go back to."""

    code: ClassVar[str] = "no_table"
    position: int

    def detail(self) -> str:
        """One sentence for a person."""
        return f"There was no table yet at position {self.position}."


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded:
    """The caller's session was over by the time the change was to be made."""

    code: ClassVar[str] = "session_ended"

    def detail(self) -> str:
        """One sentence for a person."""
        return "Your session has ended; log in again."


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyMismatch:
    """The idempotency key was used before, for something else."""

    code: ClassVar[str] = "idempotency_mismatch"
    key: str

    def detail(self) -> str:
        """One sentence for a person."""
        return f"The idempotency key {self.key!r} was used before with another request."


SimpleRefusal = (
    RowNotFound
    | RowDeleted
    | UnknownColumn
    | BadCell
    | ColumnExists
    | BadColumn
    | RowLocked
    | RowCooling
    | StaleLease
    | NotLeaseOwner
    | TooManyLeases
    | VersionMismatch
    | TableMoved
    | BadTableRefused
    | AmbiguousKey
    | UndoConflict
    | NoTable
    | SessionEnded
    | IdempotencyMismatch
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpRefused:
    """Operation number `op` (from 0) was refused, so nothing of the whole was done."""

    op: int
    refusal: SimpleRefusal
    code: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", self.refusal.code)

    def detail(self) -> str:
        """One sentence for a person."""
        return f"Operation {self.op}: {self.refusal.detail()}"


Refusal = SimpleRefusal | OpRefused
