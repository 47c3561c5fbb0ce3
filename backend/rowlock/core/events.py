"""What can have happened: the facts of the journal.

The class names, their fields and `KINDS` are the storage format: stored journals hold them for ever, so a change
here needs a new payload version in `store.codec` and a golden file that shows the old one still folds.

`until` and `since` are instants of the lease clock in microseconds (see `core.leases`), `at` is UTC in microseconds.
A change of a cell is a pair (from, to); None stands for "there was no row" or "there is none any more".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from rowlock.core.dialects import Dialect
from rowlock.core.records import Table

Change = tuple[str | None, str | None]
Cells = Mapping[str, Change]
NOTHING: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class TableImported:
    """The whole table came from `data`, the bytes of a file; its rows got the next indexes in file order.

    `table`: what the bytes read as, where somebody has read them already; it is not stored.
    """

    blob: bytes
    data: bytes
    delimiter: str
    encoding: str
    columns: tuple[str, ...]
    rows: int
    table: Table | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAdded:
    """A row was placed behind the row `after` (None: first). `raw`: its record where rendering would not give it."""

    index: int
    cells: Cells
    after: int | None
    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowUpdated:
    """Some cells of a row changed; until `until` only the actor may edit it again (0: anybody)."""

    index: int
    cells: Cells
    until: int = 0
    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDeleted:
    """A row went away; it stood behind `after`. Its lease and cooldown went with it."""

    index: int
    cells: Cells
    after: int | None
    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMoved:
    """A row now stands behind `after`; it stood behind `was`."""

    index: int
    after: int | None
    was: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reshaped:
    """What changes all records. `records`: those of rows (by index) where the change would not give the right bytes."""

    records: Mapping[int, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnAdded(_Reshaped):
    """A column was inserted as number `place` (from 0), empty but for `values` (row index -> text)."""

    column: str
    place: int
    values: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRenamed:
    """A column is called `to` now."""

    column: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMoved(_Reshaped):
    """A column is number `place` now; it was number `was`."""

    column: str
    place: int
    was: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDeleted(_Reshaped):
    """Column number `place` went away with its `values` (row index -> text; empty cells are left out)."""

    column: str
    place: int
    values: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleChanged(_Reshaped):
    """The file is written in another manner now, under a header that spells these `columns`; no text changed."""

    dialect: Dialect
    header: str
    columns: tuple[str, ...]
    was: Dialect
    was_header: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseGranted:
    """The actor holds a row until `until`; the fencing token is this event's position.

    A `bound` lease ends soon after the holder's socket is gone. `replaced` is the token of the holder's own lease in
    another window that this one took over.
    """

    index: int
    client: str | None
    since: int
    until: int
    bound: bool = False
    replaced: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRenewed:
    """The lease `token` lasts until `until` now."""

    index: int
    token: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseReleased:
    """The lease `token` was given back, or ended for the event's `reason`: its session or its socket is gone."""

    index: int
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseExpired:
    """The lease `token` ran out."""

    index: int
    token: int


Fact = (
    RowUpdated
    | RowAdded
    | RowDeleted
    | RowMoved
    | LeaseGranted
    | LeaseRenewed
    | LeaseReleased
    | LeaseExpired
    | ColumnAdded
    | ColumnRenamed
    | ColumnMoved
    | ColumnDeleted
    | StyleChanged
    | TableImported
)

LEASE_FACTS = (LeaseGranted, LeaseRenewed, LeaseReleased, LeaseExpired)
KINDS: dict[type[Fact], str] = {
    TableImported: "table_imported",
    RowAdded: "row_added",
    RowUpdated: "row_updated",
    RowDeleted: "row_deleted",
    RowMoved: "row_moved",
    ColumnAdded: "column_added",
    ColumnRenamed: "column_renamed",
    ColumnMoved: "column_moved",
    ColumnDeleted: "column_deleted",
    StyleChanged: "style_changed",
    LeaseGranted: "lease_granted",
    LeaseRenewed: "lease_renewed",
    LeaseReleased: "lease_released",
    LeaseExpired: "lease_expired",
}


class Event(NamedTuple):
    """A fact with its place in the journal: who, when, in which session, under which key, in which batch.

    `batch` is the position of the first event of those that are done and undone together. `reason` is a word for why,
    where it was not somebody's plain doing: restored, undone, outside_edit, imported, logout, disconnected ...;
    `undoes` is the position that an undo takes back with this event.
    """

    position: int
    at: int
    actor: str
    fact: Fact
    session: str | None = None
    key: str | None = None
    batch: int | None = None
    reason: str | None = None
    undoes: int | None = None
