"""Takes events back by events that do the opposite, unless later ones stand in the way. Redo is the undo of an undo.

Events are visited from the newest to the oldest, so that each finds the table as it left it. A later event stands in
the way of an earlier one if it is about the same and neither it nor what it took back has been taken back itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

from rowlock.core.commands import AddRow, Caller, DeleteRow, Moment, MoveRow, RowOp, Rules, UpdateRow
from rowlock.core.events import (
    LEASE_FACTS,
    ColumnAdded,
    ColumnDeleted,
    ColumnMoved,
    ColumnRenamed,
    RowAdded,
    RowDeleted,
    RowMoved,
    RowUpdated,
    StyleChanged,
    TableImported,
)
from rowlock.core.evolve import added_record, updated_record
from rowlock.core.gathering import Deed, Gathered
from rowlock.core.refusals import Conflict, Refusal, UndoConflict
from rowlock.core.sheet import Sheet
from rowlock.core.steps import Made, Steps
from rowlock.core.undo_columns import take_back_columns

OnConflict = Literal["refuse", "skip", "dependants"]
COLUMN_FACTS = (ColumnAdded, ColumnRenamed, ColumnMoved, ColumnDeleted)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoEvents:
    """Take back the events that were gathered.

    Where later events stand in the way: refuse it all, skip what they are about, or take these dependants back too.
    """

    gathered: Gathered
    on_conflict: OnConflict = "refuse"
    reason: str = "undone"
    request: str | None = None


def decide_undo(sheet: Sheet, command: UndoEvents, caller: Caller, moment: Moment, rules: Rules) -> Made | Refusal:
    """What takes the events back. `gathered` must have taken in everything up to the sheet's position."""
    assert command.gathered.position == sheet.position
    chosen = {deed.event.position for deed in command.gathered.deeds if deed.chosen}
    while True:
        attempt = _Attempt(Steps(sheet, caller, moment, rules), command.gathered, chosen)
        conflicts = attempt.conflicts()
        dependants = {conflict.by for conflict in conflicts if conflict.by and conflict.code != "already_undone"}
        if command.on_conflict != "dependants" or dependants <= chosen:
            break
        chosen |= {position for position in dependants if position is not None}
    if conflicts and command.on_conflict == "refuse":
        return UndoConflict(conflicts=conflicts)
    return attempt.steps.made(chosen - {conflict.position for conflict in conflicts}, conflicts)


class _Attempt:
    """One way through the events, newest first, with what is known of the later ones by row and by column."""

    def __init__(self, steps: Steps, gathered: Gathered, chosen: set[int]) -> None:
        self.steps = steps
        self.lineage = deepcopy(gathered.lineage)
        self._deeds = gathered.deeds
        self._chosen = chosen
        self._rows: defaultdict[int, list[Deed]] = defaultdict(list)
        self._columns: defaultdict[int, list[Deed]] = defaultdict(list)
        self._shapes: list[Deed] = []
        self._imports: list[Deed] = []
        self._undoers: defaultdict[int, list[Deed]] = defaultdict(list)
        self._void: set[int] = set()

    def conflicts(self) -> tuple[Conflict, ...]:
        """Take back what can be, and say what cannot, oldest first."""
        found = [conflict for deed in reversed(self._deeds) for conflict in self._visit(deed)]
        return tuple(reversed(found))

    def _visit(self, deed: Deed) -> list[Conflict]:
        event, found = deed.event, []
        if undoers := self._undoers[event.position]:
            self._void |= {each.event.position for each in undoers}
            chosen = event.position in self._chosen
            return [_standing(deed, undoers[0], "already_undone", "was taken back already")] if chosen else []
        if event.position in self._chosen:
            found = list(self._in_the_way(deed))
            if not found and (refusal := self._take_back(deed)):
                found = [_refused(deed, refusal)]
            if not found:
                return []
        self._remember(deed)
        return found

    def _remember(self, deed: Deed) -> None:
        event = deed.event
        if event.undoes is not None:
            self._undoers[event.undoes].append(deed)
        match event.fact:
            case TableImported():
                self._imports.append(deed)
            case StyleChanged():
                self._shapes.append(deed)
            case RowUpdated() | RowAdded() | RowDeleted() | RowMoved():
                self._rows[event.fact.index].append(deed)
            case ColumnAdded() | ColumnRenamed() | ColumnMoved() | ColumnDeleted():
                self._shapes.append(deed)
        for number in _written(deed):
            self._columns[number].append(deed)

    def _standing(self, deeds: Iterable[Deed]) -> list[Deed]:
        """Those of the later events that were not taken back, and are not only the end of something taken back."""
        return [deed for deed in deeds if deed.event.position not in self._void]

    # What stands in the way

    def _in_the_way(self, deed: Deed) -> Iterator[Conflict]:
        fact = deed.event.fact
        if isinstance(fact, LEASE_FACTS):
            yield _conflict(deed, "not_undoable", "is about a lease, which is no edit and cannot be undone")
        elif isinstance(fact, TableImported):
            yield _conflict(deed, "not_undoable", "took in a whole table; a restore goes back to before it")
        for later in self._standing(self._imports):
            yield _standing(deed, later, "table_imported", "the whole table was replaced")
        match fact:
            case RowUpdated() | RowAdded() | RowDeleted() | RowMoved():
                yield from self._in_the_rows_way(deed, fact)
            case ColumnAdded() | ColumnRenamed() | ColumnMoved() | ColumnDeleted():
                yield from self._in_the_columns_way(deed, fact)
            case StyleChanged():
                for later in self._standing(self._shapes):
                    yield _standing(deed, later, "later_edit", "the columns or the file's manner changed")

    def _in_the_rows_way(self, deed: Deed, fact: RowUpdated | RowAdded | RowDeleted | RowMoved) -> Iterator[Conflict]:
        numbers = set(deed.columns.values())
        for later in self._standing(self._rows[fact.index]):
            other = later.event.fact
            if isinstance(other, RowDeleted) and not isinstance(fact, RowDeleted):
                yield _standing(deed, later, "row_deleted", "the row was deleted")
            elif isinstance(other, RowAdded) and isinstance(fact, RowDeleted):
                yield _standing(deed, later, "row_exists", "the row came back")
            elif _clash(fact, other) and (not isinstance(fact, RowUpdated) or numbers & set(later.columns.values())):
                yield _standing(deed, later, "later_edit", "the row was changed")
        if isinstance(fact, RowUpdated):
            for later in self._standing(each for number in numbers for each in self._columns[number]):
                if isinstance(later.event.fact, ColumnDeleted):
                    yield _standing(deed, later, "column_deleted", "the column was deleted")

    def _in_the_columns_way(
        self, deed: Deed, fact: ColumnAdded | ColumnRenamed | ColumnMoved | ColumnDeleted
    ) -> Iterator[Conflict]:
        if isinstance(fact, ColumnDeleted):
            return
        for number in deed.columns.values():
            for later in self._standing(self._columns[number]):
                if isinstance(later.event.fact, ColumnDeleted):
                    yield _standing(deed, later, "column_deleted", "the column was deleted")
                elif isinstance(fact, ColumnAdded) or type(later.event.fact) is type(fact):
                    yield _standing(deed, later, "later_edit", "the column was changed")

    # Taking back

    def _take_back(self, deed: Deed) -> Refusal | None:
        fact = deed.event.fact
        match fact:
            case RowUpdated():
                return self._do(deed, self._unchanged(deed, fact))
            case RowAdded():
                return self._do(deed, DeleteRow(index=fact.index))
            case RowDeleted():
                return self._do(deed, self._returned(deed, fact))
            case RowMoved():
                return self._do(deed, MoveRow(index=fact.index, after=self._place(deed, fact.was)))
            case ColumnAdded() | ColumnRenamed() | ColumnMoved() | ColumnDeleted() | StyleChanged():
                return take_back_columns(self.steps, self.lineage, deed)
            case _:
                raise TypeError(f"{type(fact).__name__} cannot be taken back")

    def _do(self, deed: Deed, op: RowOp) -> Refusal | None:
        return self.steps.do(op, deed.event.position)

    def _unchanged(self, deed: Deed, fact: RowUpdated) -> UpdateRow:
        """The old texts; the old bytes too, if the row still has those that the event left."""
        sheet = self.steps.sheet
        row = sheet.row(fact.index)
        assert row is not None, "a deleted row would have been in the way"
        cells = {self._named(deed, column): was or "" for column, (was, _) in fact.cells.items()}
        before, raw = deed.before.record, None
        if before is not None and row.record == deed.after.record and self._same_shape(deed):
            plain = updated_record(sheet, fact.index, {column: (None, text) for column, text in cells.items()})
            raw = None if plain == before else before.decode()
        return UpdateRow(index=fact.index, cells=cells, raw=raw)

    def _returned(self, deed: Deed, fact: RowDeleted) -> AddRow:
        """The row as it was, without the cells of columns that are gone."""
        sheet = self.steps.sheet
        names = ((self.lineage.name(deed.columns[column]), was) for column, (was, _) in fact.cells.items())
        cells = {name: was or "" for name, was in names if name is not None}
        after, before, raw = self._place(deed, fact.after), deed.before.record, None
        if before is not None and self._same_shape(deed):
            plain = added_record(sheet, {column: (None, text) for column, text in cells.items()}, after)
            raw = None if plain == before else before.decode()
        return AddRow(cells=cells, after=after, first=after is None, index=fact.index, raw=raw)

    def _named(self, deed: Deed, column: str) -> str:
        name = self.lineage.name(deed.columns[column])
        assert name is not None, "a deleted column would have been in the way"
        return name

    def _same_shape(self, deed: Deed) -> bool:
        """Whether records are built now as they were right after the event."""
        return tuple(self.lineage.numbers) == deed.shape and not any(
            isinstance(later.event.fact, StyleChanged) for later in self._standing(self._shapes)
        )

    def _place(self, deed: Deed, after: int | None) -> int | None:
        """Where "behind the row `after`" is by now: rows that left gave their place to the one before them."""
        since = deed.event.position
        while after is not None:
            left = (later for later in reversed(self._standing(self._rows[after])) if later.event.position > since)
            gone = next((later for later in left if isinstance(later.event.fact, RowDeleted | RowMoved)), None)
            if gone is None:
                return after if self.steps.sheet.row(after) else self.steps.sheet.previous(None)
            fact, since = gone.event.fact, gone.event.position
            assert isinstance(fact, RowDeleted | RowMoved)
            after = fact.after if isinstance(fact, RowDeleted) else fact.was
        return None


def _written(deed: Deed) -> set[int]:
    """The columns that the event changed or wrote texts in."""
    fact = deed.event.fact
    if isinstance(fact, RowAdded):
        return {deed.columns[column] for column, (_, text) in fact.cells.items() if text}
    return set() if isinstance(fact, RowDeleted) else set(deed.columns.values())


def _clash(fact: RowUpdated | RowAdded | RowDeleted | RowMoved, later: object) -> bool:
    """Whether two changes of one row are about the same."""
    return isinstance(fact, RowAdded) or type(fact) is type(later)


def _conflict(deed: Deed, code: str, reason: str) -> Conflict:
    fact, position = deed.event.fact, deed.event.position
    column = next(iter(deed.columns), None) if isinstance(fact, (RowUpdated, *COLUMN_FACTS)) else None
    return Conflict(
        position=position,
        code=code,
        detail=f"Event {position} {reason}.",
        index=getattr(fact, "index", None),
        column=column,
    )


def _standing(deed: Deed, later: Deed, code: str, reason: str) -> Conflict:
    """`later` stands in the way of `deed`; of several columns, the first that both are about is named."""
    position, by = deed.event.position, later.event
    shared = (name for name, number in deed.columns.items() if number in later.columns.values())
    verb = "" if code == "already_undone" else "cannot be taken back: "
    return Conflict(
        position=position,
        code=code,
        detail=f"Event {position} {verb}{reason} by {by.actor} at position {by.position}.",
        index=getattr(deed.event.fact, "index", None),
        column=next(shared, None) if not isinstance(by.fact, RowDeleted | RowAdded) else None,
        by=by.position,
        actor=by.actor,
    )


def _refused(deed: Deed, refusal: Refusal) -> Conflict:
    return Conflict(
        position=deed.event.position,
        code=refusal.code,
        detail=f"Event {deed.event.position} cannot be taken back: {refusal.detail()}",
        index=getattr(deed.event.fact, "index", None),
        column=getattr(deed.event.fact, "column", None),
        actor=getattr(refusal, "holder", None),
    )
