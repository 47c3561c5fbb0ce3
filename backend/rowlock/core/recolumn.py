"""Turns the table's columns into those of another table: added, removed, renamed, reordered."""

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, count, islice, pairwise

from rowlock.core import records
from rowlock.core.columns import decide_columns, evolve_columns
from rowlock.core.commands import AddColumn, ColumnCommand, DeleteColumn, MoveColumn, RenameColumn, TableOp
from rowlock.core.records import Table
from rowlock.core.sheet import Sheet

SAMPLE_ROWS = 10_000


def recolumned(base: Sheet, theirs: Table) -> tuple[list[TableOp], Sheet]:
    """The changes that give `base` the columns of `theirs`, and the sheet after them (`base` itself if none).

    A column stays itself if its name is there; where a name is gone and another new, if most of its texts are.
    """
    if base.columns == theirs.columns:
        return [], base
    return _Columns(base, theirs).changed()


class _Columns:
    """The columns on their way: `names` are what those of theirs are called in the sheet so far, None if missing."""

    def __init__(self, base: Sheet, theirs: Table) -> None:
        self.sheet = base.copy()
        self.theirs = theirs
        self.names = [name if name in base.ordinals else None for name in theirs.columns]
        self.ops: list[TableOp] = []

    def changed(self) -> tuple[list[TableOp], Sheet]:
        self.rename()
        gone = self.gone()
        if len(gone) == len(self.sheet.columns):  # the last one cannot be deleted before another is there
            self.add(behind=len(gone))
        for name in gone:
            self.do(DeleteColumn(column=name))
        for place, wanted in enumerate([name for name in self.names if name is not None]):
            if self.sheet.columns[place] != wanted:
                self.do(MoveColumn(column=wanted, place=place))
        self.add()
        return self.ops, self.sheet

    def do(self, op: ColumnCommand) -> bool:
        """Make the change, unless it is refused: a file may have names that one cannot ask for."""
        facts = decide_columns(self.sheet, op)
        if not isinstance(facts, list):
            return False
        for fact in facts:
            evolve_columns(self.sheet, fact)
        self.ops.append(op)
        return True

    def gone(self) -> list[str]:
        return [name for name in self.sheet.columns if name not in self.names]

    def rename(self) -> None:
        """A column whose texts are mostly found under a new name has been renamed."""
        missing = [at for at, name in enumerate(self.names) if name is None]
        old = {name: self.sample(self.sheet, self.sheet.ordinals[name]) for name in self.gone()} if missing else {}
        for at in missing:
            texts = self.sample(self.theirs, at)
            close = {name: _overlap(texts, kept) for name, kept in old.items()}
            best = max(close, key=lambda name: (close[name], self.sheet.ordinals[name] == at), default=None)
            if best is not None and 2 * close[best] >= 1:
                del old[best]
                to = self.theirs.columns[at]
                self.names[at] = to if self.do(RenameColumn(column=best, to=to)) else best

    def add(self, behind: int = 0) -> None:
        """New columns, each at its place; under another name for now where the file's own cannot be asked for."""
        for at, name in enumerate(self.names):
            if name is None:
                spare = (f"column {number}" for number in count(1))
                for title in (self.theirs.columns[at], *islice(spare, len(self.sheet.columns) + 1)):
                    if self.do(AddColumn(column=title, place=behind + at)):
                        self.names[at] = title
                        break

    def sample(self, table: Sheet | Table, ordinal: int) -> Counter[str]:
        """How often which text stands in a column, in its first rows; empty cells say nothing."""
        width = len(table.columns)
        read = (records.cells(record, table.dialect, width)[ordinal] for record in islice(_records(table), SAMPLE_ROWS))
        return Counter(text for text in read if text)


def _overlap(one: Counter[str], other: Counter[str]) -> float:
    return (one & other).total() / max(1, one.total(), other.total())


def _records(table: Sheet | Table) -> Iterator[bytes]:
    if isinstance(table, Sheet):
        return (row.record for _, row in table.rows())
    return (table.data[start:end] for start, end in pairwise(accumulate(table.lengths, initial=0)))
