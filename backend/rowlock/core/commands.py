"""What can be asked of the table: intents, with who asks and when carried beside them."""

from collections.abc import Mapping
from dataclasses import dataclass

from rowlock.core.records import Dialect, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: an account's key (or `file`, or a job), its session, and the window it asks from, if said."""

    actor: str
    session: str | None = None
    client: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When it is asked, in microseconds: UTC for the record, the lease clock for leases and cooldowns."""

    wall: int
    lease: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How long things last, in microseconds, and how many leases a session may hold."""

    term: int = 900_000_000
    longest: int = 14_400_000_000
    cooldown: int = 15_000_000
    lease_limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRow:
    """Add a row behind `after` or before `before`, else at the end; columns that are not named stay empty.

    `raw`: the record, where its bytes are known and are to be kept. `index`: a deleted row that comes back under its
    number. Among several changes, `after` = -n stands for the n-th row that they add; `first` places it before all.
    """

    cells: Mapping[str, str]
    after: int | None = None
    before: int | None = None
    raw: str | None = None
    index: int | None = None
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRow:
    """Change some cells of a row, if it still has `version` and the caller's lease `token` lives (None: not asked).

    `raw`: the row's new record, where its bytes are known and are to be kept.
    """

    index: int
    cells: Mapping[str, str]
    version: int | None = None
    token: int | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRow:
    """Delete a row, under the same conditions as `UpdateRow`."""

    index: int
    version: int | None = None
    token: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """Place a row behind `after` (None: first), under the same conditions as `UpdateRow`."""

    index: int
    after: int | None
    version: int | None = None
    token: int | None = None


RowOp = AddRow | UpdateRow | DeleteRow | MoveRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRows:
    """Several changes in order: all of them or none, and one step to undo. `reason` as in `events.Event`."""

    ops: tuple[RowOp, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeLease:
    """Take a row; `takeover` moves the caller's own lease of another window here; `bound` to the caller's socket."""

    index: int
    takeover: bool = False
    bound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewLease:
    """Hold a row for another term."""

    index: int
    token: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseLease:
    """Give a row back."""

    index: int
    token: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLeases:
    """End every lease of the caller's session, or only those `bound` to the sockets of the caller's window."""

    reason: str
    bound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireLeases:
    """Record the end of every lease that has run out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTable:
    """Make `data`, the bytes of a CSV file named by their hash `blob`, the table. None: notice it from the bytes.

    `table`: the same bytes, where they have been read already. The rest is as in `ChangeTable`.
    """

    data: bytes
    blob: bytes
    delimiter: str | None = None
    encoding: str | None = None
    table: Table | None = None
    reason: str | None = None
    at_position: int | None = None
    request: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddColumn:
    """Insert a column as number `place` from 0 (None: last)."""

    column: str
    place: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameColumn:
    """Call a column `to`."""

    column: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveColumn:
    """Make a column number `place`."""

    column: str
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteColumn:
    """Delete a column with its cells."""

    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStyle:
    """Write the file in another manner, with this header record (of as many columns); every text stays as it is."""

    dialect: Dialect
    header: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTable:
    """Several changes of rows and columns in order: all of them or none, and one step to undo.

    For what touches much of the table (an outside save, an import, an undo); it is decided alone, on a copy.
    `through_cooldown`: cooling rows may be changed too, held ones not. `at_position`: only if the table still stands
    there, for changes that were worked out from what it was; `under`: only if its file still has this dialect and
    header, for changes that say whole records. `request`: what was asked for, where the changes were
    worked out from that: two commands are the same request if theirs is the same.
    """

    ops: tuple["TableOp", ...]
    reason: str | None = None
    through_cooldown: bool = False
    at_position: int | None = None
    under: tuple[Dialect, bytes] | None = None
    request: str | None = None


ColumnCommand = AddColumn | RenameColumn | MoveColumn | DeleteColumn
TableOp = RowOp | ColumnCommand | ChangeStyle
TableCommand = ImportTable | ChangeTable | AddColumn | RenameColumn | MoveColumn | DeleteColumn
LeaseCommand = TakeLease | RenewLease | ReleaseLease | EndLeases | ExpireLeases


Command = RowOp | ChangeRows | LeaseCommand | TableCommand


def reason_of(command: object) -> str | None:
    """The word for why, which the events of the command carry."""
    reason: str | None = getattr(command, "reason", None)
    return reason
