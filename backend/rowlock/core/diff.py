"""Says what turns the table into another one, row by row, so that rows keep their identity through any outside program.

The answer is a list of changes for `ChangeTable`; once they are made, the table's file has exactly the other's bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from typing import Literal

from rowlock.core import records
from rowlock.core.commands import AddRow, ChangeStyle, DeleteRow, MoveRow, RowOp, TableOp, UpdateRow
from rowlock.core.events import Cells
from rowlock.core.match import NOBODY, matched, rising
from rowlock.core.recolumn import recolumned
from rowlock.core.records import Dialect, Table
from rowlock.core.sheet import Sheet
from rowlock.core.style import decide_style, evolve_style

Verdict = Literal["added", "changed", "moved", "deleted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifference:
    """What became of one row; rows that stayed as they are have none.

    `index` is None for a new row, `number` its place in the other table from 0 (None: deleted). `cells` are those that
    differ, under the other table's column names; none if only the bytes do (quotes, say). A changed row may have
    `moved` too.
    """

    index: int | None
    number: int | None
    verdict: Verdict
    cells: Cells
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What turns one table into the other: `ops` in order, the first `shape` of them those of columns and manner.

    `rows` in the order of the other table, deleted ones first; `moved` counts each row that is not merely pushed along.
    """

    ops: tuple[TableOp, ...]
    shape: int
    added: int
    changed: int
    deleted: int
    moved: int
    rows: tuple[RowDifference, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows were added, changed, deleted and moved."""
        return {"added": self.added, "changed": self.changed, "deleted": self.deleted, "moved": self.moved}


def compare(base: Sheet, theirs: Table) -> Difference:
    """What makes `base` hold the other table, byte for byte; `base` is not changed.

    A row stays itself if its bytes are found again, anywhere, else if a key or most of its cells are.
    """
    shape, shaped = recolumned(base, theirs)
    style = ChangeStyle(dialect=theirs.dialect, header=theirs.header.decode())
    for fact in decide_style(shaped, style):
        shape = [*shape, style]
        shaped = shaped.copy() if shaped is base else shaped
        evolve_style(shaped, fact)
    rows = _Rows(shaped, theirs)
    rows.compare()
    verdicts = [row.verdict for row in rows.verdicts]
    return Difference(
        ops=(*shape, *rows.ops),
        shape=len(shape),
        added=verdicts.count("added"),
        changed=verdicts.count("changed"),
        deleted=verdicts.count("deleted"),
        moved=sum(row.moved for row in rows.verdicts),
        rows=tuple(rows.verdicts),
    )


class _Rows:
    """The comparison of the rows, once columns and manner are the same."""

    def __init__(self, base: Sheet, theirs: Table) -> None:
        self.columns = theirs.columns
        self.dialect: Dialect = theirs.dialect
        self.indexes = list(base.indexes())
        self.base = [row.record for _, row in base.rows()]
        self.theirs = [theirs.data[start:end] for start, end in pairwise(accumulate(theirs.lengths, initial=0))]
        self.texts = partial(records.cells, dialect=theirs.dialect, width=len(theirs.columns))
        self.ops: list[RowOp] = []
        self.verdicts: list[RowDifference] = []

    def compare(self) -> None:
        """Deletions first; then each row behind the one before it, so that every place named is final."""
        partner = matched(self.base, self.theirs, self.texts)
        self.delete(set(partner))
        kept = rising([place for place in partner if place != NOBODY])
        added = 0
        after: int | None = None
        for number, place in enumerate(partner):
            if place == NOBODY:
                self.add(number, after)
                added += 1
                after = -added
            else:
                self.keep(number, place, after, moved=place not in kept)
                after = self.indexes[place]

    def delete(self, stay: set[int]) -> None:
        for place, index in enumerate(self.indexes):
            if place not in stay:
                self.ops.append(DeleteRow(index=index))
                cells: Cells = {name: (text, None) for name, text in self.named(self.base[place]).items()}
                self.verdicts.append(RowDifference(index=index, number=None, verdict="deleted", cells=cells))

    def add(self, number: int, after: int | None) -> None:
        record = self.theirs[number]
        cells = self.named(record)
        self.ops.append(AddRow(cells=cells, after=after, first=after is None, raw=record.decode()))
        changes: Cells = {name: (None, text) for name, text in cells.items()}
        self.verdicts.append(RowDifference(index=None, number=number, verdict="added", cells=changes))

    def keep(self, number: int, place: int, after: int | None, *, moved: bool) -> None:
        index, old, new = self.indexes[place], self.base[place], self.theirs[number]
        if moved:
            self.ops.append(MoveRow(index=index, after=after))
        cells: Cells = {} if old == new else self.update(index, old, new)
        if moved or old != new:
            verdict: Verdict = "moved" if old == new else "changed"
            self.verdicts.append(RowDifference(index=index, number=number, verdict=verdict, cells=cells, moved=moved))

    def update(self, index: int, old: bytes, new: bytes) -> Cells:
        """Have the row changed; its bytes are said only where writing the new texts would not give them."""
        before, after = self.texts(old), self.texts(new)
        changes = {at: text for at, text in enumerate(after) if text != before[at]}
        plain = records.changed_record(old, changes, self.dialect) == new
        cells = {self.columns[at]: text for at, text in changes.items()}
        self.ops.append(UpdateRow(index=index, cells=cells, raw=None if plain else new.decode()))
        return {self.columns[at]: (before[at], text) for at, text in changes.items()}

    def named(self, record: bytes) -> dict[str, str]:
        return dict(zip(self.columns, self.texts(record), strict=True))
