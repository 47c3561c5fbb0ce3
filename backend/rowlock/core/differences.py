"""What differs between two moments of the table, row by row; what did not change is hardly looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rowlock.core.blocks import Block
from rowlock.core.events import Cells
from rowlock.core.match import rising
from rowlock.core.sheet import Sheet

Texts = Mapping[str, str]
T = TypeVar("T", int, str)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDifferences:
    """What became of the columns: `renamed` from -> to; `moved` under their later names."""

    added: tuple[str, ...]
    deleted: tuple[str, ...]
    renamed: Mapping[str, str]
    moved: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What turns one moment of the table into another: rows by index, those of the later moment in file order.

    A changed cell is a pair (from, to) under the column's later name; None stands for a column that was not there.
    `moved` are the rows that no longer stand in the order they had. `position` is the later moment's.
    """

    position: int
    added: Mapping[int, Texts]
    changed: Mapping[int, Cells]
    deleted: Mapping[int, Texts]
    moved: tuple[int, ...]
    columns: ColumnDifferences

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        columns = self.columns
        rows = self.added or self.changed or self.deleted or self.moved
        return not (rows or columns.added or columns.deleted or columns.renamed or columns.moved)


def differences(old: Sheet, new: Sheet, kept: Mapping[str, str]) -> Differences:
    """What turns `old` into `new`; `kept` says which column of the one is which of the other (see `lineage`)."""
    left, right = differing(old, new)
    before, after = old.indexes(), new.indexes()
    comparison = _Comparison(old, new, kept)
    both = [index for index in after if index in left and index in right]
    changed = {index: comparison.cells(left[index], right[index]) for index in both}
    return Differences(
        position=new.position,
        added={index: _named(new, right[index]) for index in after if index in right and index not in left},
        changed={index: cells for index, cells in changed.items() if cells},
        deleted={index: _named(old, left[index]) for index in before if index in left and index not in right},
        moved=tuple(_moved(before, after) if before != after else ()),
        columns=_columns(old, new, kept),
    )


def differing(old: Sheet, new: Sheet) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """The records of the rows that are not there with the same bytes on the other side, by index, of each side.

    Blocks that both sides have are passed over whole. Where columns or manner differ, every row counts as different.
    """
    if (old.columns, old.dialect.delimiter) != (new.columns, new.dialect.delimiter):
        return _records(old.stretches()), _records(new.stretches())
    ours, theirs = ({_content(block): block for block in sheet.stretches()} for sheet in (old, new))
    left = _records([ours[content] for content in ours.keys() - theirs.keys()])
    right = _records([theirs[content] for content in theirs.keys() - ours.keys()])
    for index in left.keys() & right.keys():
        if left[index] == right[index]:
            del left[index], right[index]
    return left, right


def _content(block: Block) -> tuple[bytes, bytes]:
    return block.data, block.indexes.tobytes()


def _records(blocks: Sequence[Block]) -> dict[int, bytes]:
    return {index: row.record for block in blocks for index, row in block.rows(0, len(block.indexes))}


def _named(sheet: Sheet, record: bytes) -> Texts:
    return dict(zip(sheet.columns, sheet.cells(record), strict=True))


class _Comparison:
    """Compares the cells of a row that is on both sides."""

    def __init__(self, old: Sheet, new: Sheet, kept: Mapping[str, str]) -> None:
        self.old, self.new = old, new
        self.pairs = [(at, new.ordinals[kept[name]], kept[name]) for at, name in enumerate(old.columns) if name in kept]
        self.gone = [(at, name) for at, name in enumerate(old.columns) if name not in kept]
        self.fresh = [(at, name) for at, name in enumerate(new.columns) if name not in set(kept.values())]

    def cells(self, before: bytes, after: bytes) -> Cells:
        was, now = self.old.cells(before), self.new.cells(after)
        found: dict[str, tuple[str | None, str | None]] = {name: (was[at], None) for at, name in self.gone if was[at]}
        found |= {name: (was[one], now[other]) for one, other, name in self.pairs if was[one] != now[other]}
        found |= {name: (found.get(name, (None, None))[0], now[at]) for at, name in self.fresh if now[at]}
        return found


def _columns(old: Sheet, new: Sheet, kept: Mapping[str, str]) -> ColumnDifferences:
    stayed = set(kept.values())
    return ColumnDifferences(
        added=tuple(name for name in new.columns if name not in stayed),
        deleted=tuple(name for name in old.columns if name not in kept),
        renamed={name: to for name, to in kept.items() if name != to},
        moved=tuple(_moved([kept.get(name, "") for name in old.columns], new.columns)),
    )


def _moved(before: Sequence[T], after: Sequence[T]) -> list[T]:
    """Of what is in both orders, what must be moved to turn the one into the other."""
    places = {each: place for place, each in enumerate(before)}
    both = [each for each in after if each in places]
    stayed = rising([places[each] for each in both])
    return [each for each in both if places[each] not in stayed]
