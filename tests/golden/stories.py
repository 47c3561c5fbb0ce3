"""What the golden files tell: a file, and what happened to it. `make.py` writes them down."""

from dataclasses import dataclass
from hashlib import sha256

from rowlock.core.commands import Caller
from rowlock.core.events import (
    ColumnAdded,
    ColumnDeleted,
    ColumnMoved,
    ColumnRenamed,
    Event,
    Fact,
    LeaseExpired,
    LeaseGranted,
    LeaseReleased,
    LeaseRenewed,
    RowAdded,
    RowDeleted,
    RowMoved,
    RowUpdated,
    StyleChanged,
    TableImported,
)
from rowlock.core.records import Dialect, read_table

SECOND = 1_000_000
AT = 1_795_420_800 * SECOND
TERM = 900 * SECOND
ADA = Caller(actor="ada", session="s-ada", client="tab 1")
BOB = Caller(actor="bob", session="s-bob", client="tab 2")
FILE = b"name,price\nTea,2\nMilk,3\nRye,4\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Position 1 imports `file`; what follows it is `facts`, each with who did it."""

    name: str
    facts: tuple[tuple[Caller, Fact], ...]
    file: bytes = FILE

    def events(self) -> list[Event]:
        """All events, the import too, one second after another."""
        told = ((Caller(actor="system"), imported(self.file)), *self.facts)
        return [
            Event(
                position=position,
                at=AT + position * SECOND,
                actor=caller.actor,
                fact=fact,
                session=caller.session,
                key=f"key {position}" if position % 3 == 0 else None,
                batch=position if position % 4 == 0 else None,
                reason="restored" if position % 5 == 0 else None,
                undoes=position - 1 if position % 6 == 0 else None,
            )
            for position, (caller, fact) in enumerate(told, start=1)
        ]


def imported(data: bytes) -> TableImported:
    table = read_table(data)
    return TableImported(
        blob=sha256(data).digest(),
        data=data,
        delimiter=table.dialect.delimiter,
        encoding=table.dialect.encoding,
        columns=table.columns,
        rows=len(table.lengths),
    )


def price(index: int, old: str, new: str) -> RowUpdated:
    return RowUpdated(index=index, cells={"price": (old, new)}, until=AT + 15 * SECOND)


def added(index: int, name: str, after: int | None) -> RowAdded:
    return RowAdded(index=index, cells={"name": (None, name), "price": (None, "")}, after=after)


def deleted(index: int, name: str, cost: str, after: int | None) -> RowDeleted:
    return RowDeleted(index=index, cells={"name": (name, None), "price": (cost, None)}, after=after)


def granted(caller: Caller, index: int, *, replaced: int | None = None) -> LeaseGranted:
    return LeaseGranted(index=index, client=caller.client, since=AT, until=AT + TERM, replaced=replaced)


def _story(name: str, *facts: Fact, by: Caller = ADA, file: bytes = FILE) -> Story:
    return Story(name=name, facts=tuple((by, fact) for fact in facts), file=file)


_TAKEN = granted(ADA, 0)
_STRANGE = b'__proto__,id,version,constructor\n1,2,3,4\n"",,,\n'

STORIES = (
    _story("row_updated", price(0, "2", "5"), price(0, "5", "6"), price(2, "4", "")),
    _story("row_added", added(3, "Oil", 2)),
    _story("row_deleted", deleted(1, "Milk", "3", 0)),
    _story("row_moved", RowMoved(index=2, after=None, was=1), RowMoved(index=0, after=1, was=2)),
    _story("lease_granted", _TAKEN, LeaseGranted(index=1, client=None, since=AT, until=AT + TERM, bound=True)),
    _story("lease_renewed", _TAKEN, LeaseRenewed(index=0, token=2, until=AT + 2 * TERM)),
    _story("lease_released", _TAKEN, granted(ADA, 1), LeaseReleased(index=0, token=2)),
    _story("lease_expired", _TAKEN, granted(ADA, 1), LeaseExpired(index=0, token=2)),
    Story(
        name="a lease taken over in another window",
        facts=(
            (ADA, _TAKEN),
            (ADA, granted(ADA, 0, replaced=2)),
            (ADA, LeaseReleased(index=0, token=2)),
        ),
    ),
    Story(
        name="what becomes of an old lease leaves the new one alone",
        facts=((ADA, _TAKEN), (BOB, LeaseExpired(index=0, token=2)), (BOB, granted(BOB, 0)))
        + ((ADA, LeaseRenewed(index=0, token=2, until=AT + 9 * TERM)), (ADA, LeaseExpired(index=0, token=2))),
    ),
    _story("a deleted row takes its lease along", _TAKEN, granted(ADA, 1), deleted(0, "Tea", "2", None)),
    _story("a moved row keeps its lease", _TAKEN, RowMoved(index=0, after=2, was=None)),
    _story("column_added", ColumnAdded(column="colour", place=1, values={1: "white"})),
    _story("column_renamed", ColumnRenamed(column="price", to="cost"), _TAKEN),
    _story("column_moved", ColumnMoved(column="price", place=0, was=1)),
    _story("column_deleted", ColumnDeleted(column="price", place=1, values={0: "2", 1: "3", 2: "4"})),
    _story(
        "a column comes back with the bytes of its rows",
        ColumnDeleted(column="price", place=1, values={0: "2", 1: "3", 2: "4"}),
        ColumnAdded(column="price", place=1, values={0: "2", 1: "3", 2: "4"}, records={1: 'Milk,"3"\n'}),
    ),
    _story(
        "style_changed",
        price(0, "2", "5"),
        StyleChanged(
            dialect=Dialect(delimiter=";", line_end="\r\n", bom=True),
            header='"name";cost\r\n',
            columns=("name", "cost"),
            was=Dialect(),
            was_header="name,price\n",
            records={2: '"Rye";4\r\n'},
        ),
        RowUpdated(index=0, cells={"cost": ("5", "6")}),
    ),
    _story("table_imported", _TAKEN, price(1, "3", "9"), imported(b"a;b\r\nx;y\r\n")),
    _story(
        "order: behind new rows, at the start, behind what was moved and deleted",
        added(3, "Oil", 0),
        added(4, "Jam", 3),
        added(5, "Ham", 0),
        added(6, "Egg", None),
        RowMoved(index=0, after=4, was=6),
        deleted(3, "Oil", "", 5),
        added(7, "Fig", 4),
        RowMoved(index=6, after=2, was=None),
        deleted(2, "Rye", "4", 1),
        added(8, "Nut", 6),
    ),
    _story(
        "the last row goes and another comes",
        *(deleted(index, "", "", None) for index in range(3)),
        added(3, "Oil", None),
    ),
    _story(
        "names that mean something elsewhere",
        RowUpdated(index=0, cells={"__proto__": ("1", "polluted"), "id": ("2", "7"), "version": ("3", "8")}),
        RowAdded(index=2, cells={"__proto__": (None, "new"), "constructor": (None, "x")}, after=1),
        ColumnAdded(column="toString", place=0, values={0: "t"}),
        ColumnRenamed(column="id", to="index"),
        ColumnDeleted(column="__proto__", place=1, values={0: "polluted", 2: "new"}),
        file=_STRANGE,
    ),
    _story(
        "columns that look like doubles",
        RowUpdated(index=0, cells={"a#2": ("2", "zwei"), "A": ("3", "drei"), "column 4": ("4", "vier")}),
        ColumnMoved(column="a#2", place=0, was=1),
        file=b"a,a,A,\n1,2,3,4\n",
    ),
    _story(
        "unicode and line breaks in cells",
        RowUpdated(index=0, cells={"näme": ("Zoë", 'é🦉 "שלום"'), "two\nlines": ("x\r\ny", "\n\n")}),
        RowAdded(index=1, cells={"näme": (None, "\u2028 \x7f\x1b"), "two\nlines": (None, "\\n,\t'")}, after=None),
        file='näme,"two\nlines"\nZoë,"x\r\ny"\n'.encode(),
    ),
    _story("ragged rows", ColumnAdded(column="c", place=2, values={}), file=b"a,b\n1\n1,2,3\n\n4,5\n"),
)


def stored_story() -> Story:
    """Everything that ever happens, once, for the stored form: quotes, CRLF and no last line end are kept."""
    file = b'\xef\xbb\xbfname,"price"\r\n"Tea",2\r\nMilk\r\n5" pipe,"3",more'
    facts = (
        granted(ADA, 0),
        LeaseRenewed(index=0, token=2, until=AT + 2 * TERM),
        RowUpdated(index=0, cells={"price": ("2", "2,50")}, until=AT + 15 * SECOND),
        RowUpdated(index=1, cells={"price": ("", "9")}, raw="Milk ,9\r\n"),
        LeaseReleased(index=0, token=2),
        granted(BOB, 1),
        LeaseExpired(index=1, token=7),
        added(3, 'Oil "extra"', 0),
        RowAdded(index=4, cells={"name": (None, "Jam")}, after=None, raw='"Jam"\r\n'),
        RowMoved(index=2, after=None, was=1),
        RowDeleted(index=4, cells={"name": ("Jam", None), "price": ("", None)}, after=2, raw='"Jam"\r\n'),
        ColumnAdded(column="colour", place=1, values={0: "green", 3: ""}),
        ColumnRenamed(column="colour", to="hue"),
        ColumnMoved(column="hue", place=0, was=1),
        ColumnDeleted(column="price", place=2, values={0: "2,50", 1: "9", 2: "3"}),
        LeaseGranted(index=2, client=None, since=AT, until=AT + TERM, bound=True, replaced=5),
        ColumnAdded(column="price", place=2, values={0: "2,50"}, records={2: ',5" pipe,"3",more\r\n'}),
        StyleChanged(
            dialect=Dialect(line_end="\r\n", final_newline=False, lead="\n"),
            header='hue,name,"price"\r\n',
            columns=("hue", "name", "price"),
            was=Dialect(line_end="\r\n", bom=True, final_newline=False),
            was_header="hue,name,price\r\n",
        ),
    )
    return Story(name="stored", facts=tuple((ADA, fact) for fact in facts), file=file)
