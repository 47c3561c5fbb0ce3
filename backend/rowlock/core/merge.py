"""Brings changes that somebody made to the table as it was (the base) together with what it has become since.

By row: what only they changed is done, what only we changed stays, and what both changed otherwise is a clash.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from rowlock.core.commands import AddRow, DeleteRow, MoveRow, RowOp, TableOp, UpdateRow
from rowlock.core.diff import Difference
from rowlock.core.sheet import Sheet

Value = str | Mapping[str, str] | None
Placed = TypeVar("Placed", AddRow, MoveRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A cell that stayed ours; without a `column` the whole row, with None for "there is none (any more)"."""

    index: int
    column: str | None
    ours: Value
    theirs: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What can be done to ours, and what clashes. `reshaped`: both changed columns or manner, so nothing can be."""

    ops: tuple[TableOp, ...] = ()
    clashes: tuple[Clash, ...] = ()
    reshaped: bool = False


def merge(base: Sheet, found: Difference, ours: Sheet, held: Callable[[int], bool]) -> Merge:
    """Apply to `ours` what `found` changes of `base`; rows that are `held` clash as those that we changed do.

    The changes expect each row at the version that it has in ours. A held row that is only moved stays where it is.
    """
    if not found.ops:
        return Merge()
    if _reshaped(base, ours):
        return Merge(reshaped=True)
    merging = _Merging(base, found, ours)
    for op in merging.row_ops():
        match op:
            case UpdateRow() | DeleteRow() if held(op.index) or merging.changed(op.index):
                merging.clash(op)
            case MoveRow() if held(op.index):
                pass
            case _:
                merging.take(op)
    return merging.merge()


def overriding(base: Sheet, found: Difference, ours: Sheet, only: Collection[int] | None) -> Merge:
    """Apply to `ours` what `found` changes of `base`, over what we changed of the same cells.

    `only`: those rows alone, and only what they hold: where they stand is left alone.
    """
    if not found.ops:
        return Merge()
    if _reshaped(base, ours):
        return Merge(reshaped=True)
    merging = _Merging(base, found, ours, shaping=only is None)
    for op in merging.row_ops():
        if only is None or (isinstance(op, UpdateRow | DeleteRow) and op.index in only):
            merging.take(op)
    return merging.merge()


def _reshaped(base: Sheet, ours: Sheet) -> bool:
    return (base.columns, base.header, base.dialect) != (ours.columns, ours.header, ours.dialect)


class _Merging:
    """The merge on its way."""

    def __init__(self, base: Sheet, found: Difference, ours: Sheet, *, shaping: bool = True) -> None:
        self.base = base
        self.found = found
        self.ours = ours
        self.done: list[TableOp] = list(found.ops[: found.shape]) if shaping else []
        self.clashes: list[Clash] = []
        self.guarded: set[int] = set()
        self.deleted = {op.index for op in found.ops if isinstance(op, DeleteRow)}

    def row_ops(self) -> list[RowOp]:
        return [op for op in self.found.ops if isinstance(op, AddRow | UpdateRow | DeleteRow | MoveRow)]

    def merge(self) -> Merge:
        return Merge(ops=tuple(self.done), clashes=tuple(self.clashes))

    def changed(self, index: int) -> bool:
        """Whether what the row holds has changed since the base."""
        row, old = self.ours.row(index), self.base.row(index)
        return row is None or old is None or row.record != old.record

    def take(self, op: RowOp) -> None:
        """Have it done, as far as it still makes sense."""
        match op:
            case AddRow():
                self.done.append(self.anchored(op))
            case UpdateRow():
                self.update(op)
            case DeleteRow() if self.ours.row(op.index):
                self.done.append(self.guard(op))
            case MoveRow() if self.ours.row(op.index):
                self.done.append(self.guard(self.anchored(op)))

    def update(self, op: UpdateRow) -> None:
        if self.ours.row(op.index) is None:
            self.done.append(self.returning(op))
        elif self.changed(op.index):
            self.done.append(self.guard(replace(op, raw=None)))
        else:
            self.done.append(self.guard(op))

    def returning(self, op: UpdateRow) -> AddRow:
        """A row that we deleted and they changed comes back under its number."""
        row = AddRow(cells=self.theirs(op), after=self.base.previous(op.index), index=op.index)
        return self.anchored(replace(row, first=row.after is None))

    def theirs(self, op: UpdateRow) -> dict[str, str]:
        """The row's cells as they left it, as far as they have names in both tables."""
        if self.found.shape:
            return dict(op.cells)
        old = self.base.row(op.index)
        assert old is not None
        return dict(zip(self.base.columns, self.base.cells(old.record), strict=True)) | dict(op.cells)

    def guard(self, op: UpdateRow | DeleteRow | MoveRow) -> RowOp:
        """Expect the row as it is in ours; only the first change of a row can."""
        row = self.ours.row(op.index)
        if row is None or op.index in self.guarded:
            return op
        self.guarded.add(op.index)
        return replace(op, version=row.version)

    def anchored(self, op: Placed) -> Placed:
        """Behind a row that is there: the nearest one before, if we deleted the one that they named."""
        after = op.after
        if after is None or after < 0:
            return op
        while after is not None and (after in self.deleted or self.ours.row(after) is None):
            after = self.base.previous(after)
        return replace(op, after=after, first=after is None) if isinstance(op, AddRow) else replace(op, after=after)

    def clash(self, op: UpdateRow | DeleteRow) -> None:
        """Note what they wanted; nothing where ours is the same, or only quotes differ."""
        row = self.ours.row(op.index)
        ours = dict(zip(self.ours.columns, self.ours.cells(row.record), strict=True)) if row else None
        if isinstance(op, DeleteRow):
            if ours is not None:
                self.clashes.append(Clash(index=op.index, column=None, ours=ours, theirs=None))
        elif ours is None:
            self.clashes.append(Clash(index=op.index, column=None, ours=None, theirs=self.theirs(op)))
        else:
            for column, text in op.cells.items():
                if ours.get(column) != text:
                    self.clashes.append(Clash(index=op.index, column=column, ours=ours.get(column), theirs=text))
