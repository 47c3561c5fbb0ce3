"""Brings the table, or chosen rows or columns of it, back to what it was, by events: no history is rewritten."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from rowlock.core.commands import AddRow, Caller, DeleteRow, Moment, MoveRow, Rules, UpdateRow
from rowlock.core.differences import differing
from rowlock.core.evolve import added_record, updated_record
from rowlock.core.match import rising
from rowlock.core.refusals import NoTable, Refusal, RowNotFound, TableMoved, UnknownColumn
from rowlock.core.restore_columns import Columns
from rowlock.core.sheet import Sheet
from rowlock.core.steps import Impossible, Made, Steps

FOREVER = 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreTable:
    """Make the table what `target` is, to the byte; or only these `rows`, or these `columns`, or where both cross.

    A chosen row or column that was not there goes, one that is gone comes back; where both are chosen, only cells that
    are there in both tables change. `kept` says what each column of the target is called now. The leases of the rows
    that change end, those of all rows if the whole table does. `at_position`, `request`: as in `ChangeTable`; a target
    with rows that never were needs the former.
    """

    target: Sheet
    kept: Mapping[str, str]
    rows: frozenset[int] | None = None
    columns: tuple[str, ...] | None = None
    reason: str = "restored"
    ends_all_leases: bool = True
    at_position: int | None = None
    request: str | None = None


def decide_restore(sheet: Sheet, command: RestoreTable, caller: Caller, moment: Moment, rules: Rules) -> Made | Refusal:
    """The events that do it; none if the table is that way already."""
    if command.at_position not in {None, sheet.position}:
        return TableMoved(expected=command.at_position or 0, position=sheet.position)
    if not command.target.columns:
        return NoTable(position=command.target.position)
    steps = Steps(sheet, caller, moment, replace(rules, cooldown=0))
    steps.sheet.forget_cooling(FOREVER)
    restoring = _Restoring(steps, command)
    if refusal := restoring.unknown():
        return refusal
    try:
        restoring.do()
    except Impossible as impossible:
        return impossible.refusal
    return steps.made()


class _Restoring:
    """The target beside the table on its way there."""

    def __init__(self, steps: Steps, command: RestoreTable) -> None:
        self.steps = steps
        self.sheet = steps.sheet
        self.target = command.target
        self.command = command
        self.columns = Columns(steps, command.target, command.kept)

    def unknown(self) -> Refusal | None:
        """A chosen row or column that is in neither table."""
        for index in sorted(self.command.rows or ()):
            if self.sheet.row(index) is None and self.target.row(index) is None:
                return RowNotFound(index=index)
        for column in self.command.columns or ():
            if column not in self.sheet.ordinals and column not in self.target.ordinals:
                return UnknownColumn(column=column, columns=self.sheet.columns)
        return None

    def do(self) -> None:
        rows, columns = self.command.rows, self.command.columns
        if rows is None and columns is None:
            self._whole()
        elif columns is None:
            for index in sorted(rows or ()):
                self._row(index)
        else:
            chosen = self.columns.pairs(columns)
            if rows is None:
                self.columns.exist(columns)
            for index in self._common() if rows is None else sorted(rows):
                self._cells(index, chosen)

    # The whole table

    def _whole(self) -> None:
        before = len(self.steps.facts)
        self.columns.become()
        now, then = differing(self.sheet, self.target)
        for index in [index for index in now if index not in then]:
            self.steps.force(DeleteRow(index=index))
        self._order()
        for index, record in then.items():
            if index in now:
                self._record(index, record)
        if self.command.ends_all_leases and len(self.steps.facts) > before:
            for index in tuple(self.sheet.leased()):
                self.steps.release(index)

    def _order(self) -> None:
        """Rows that are missing come back, and those that stand elsewhere move, each behind the one before it."""
        wanted = self.target.indexes()
        present = [index for index in wanted if self.sheet.row(index) is not None]
        if len(present) == len(wanted) and wanted == self.sheet.indexes():
            return
        places = {index: place for place, index in enumerate(self.sheet.indexes())}
        stay = rising([places[index] for index in present])
        after: int | None = None
        for index in wanted:
            if index not in places:
                self._add(index, after)
            elif places[index] not in stay:
                self.steps.force(MoveRow(index=index, after=after))
            after = index

    def _record(self, index: int, record: bytes) -> None:
        """Give a row the target's record; the shape of both tables is the same."""
        texts = dict(zip(self.sheet.columns, self.target.cells(record), strict=True))
        self._update(index, texts, record)

    # Chosen rows and columns

    def _row(self, index: int) -> None:
        then = self.target.row(index)
        if then is None:
            self.steps.force(DeleteRow(index=index))
        elif self.sheet.row(index) is None:
            self._add(index, self._place(index))
        else:
            self._update(index, self.columns.texts(then.record), then.record if self.columns.same else None)

    def _cells(self, index: int, chosen: Mapping[str, str]) -> None:
        then = self.target.row(index)
        if then is not None and self.sheet.row(index) is not None:
            texts = dict(zip(self.target.columns, self.target.cells(then.record), strict=True))
            self._update(index, {now: texts[was] for was, now in chosen.items()}, None)

    def _common(self) -> Iterator[int]:
        left, right = differing(self.sheet, self.target)
        return (index for index in left if index in right)

    def _place(self, index: int) -> int | None:
        """Behind the nearest row that stood before it then and is there now."""
        before = self.target.previous(index)
        while before is not None and self.sheet.row(before) is None:
            before = self.target.previous(before)
        return before

    # Both

    def _update(self, index: int, texts: Mapping[str, str], record: bytes | None) -> None:
        row = self.sheet.row(index)
        assert row is not None
        now = dict(zip(self.sheet.columns, self.sheet.cells(row.record), strict=True))
        cells = {column: text for column, text in texts.items() if text != now[column]}
        raw = None
        if record is not None:
            plain = updated_record(self.sheet, index, {column: (None, text) for column, text in cells.items()})
            raw = None if plain == record else record.decode()
        if cells or raw:
            self.steps.force(UpdateRow(index=index, cells=cells, raw=raw))

    def _add(self, index: int, after: int | None) -> None:
        row = self.target.row(index)
        assert row is not None
        cells, raw = self.columns.texts(row.record), None
        if self.columns.same:
            plain = added_record(self.sheet, {column: (None, text) for column, text in cells.items()}, after)
            raw = None if plain == row.record else row.record.decode()
        known = index < self.sheet.next_index  # any other is a new row, and gets the next number
        number = index if known else None
        self.steps.force(AddRow(cells=cells, after=after, first=after is None, index=number, raw=raw))
        assert self.sheet.row(index) is not None
