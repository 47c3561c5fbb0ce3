"""Brings the columns of the table back to those of another moment, as themselves where they were only renamed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

from rowlock.core.columns import ColumnFact, decide_columns
from rowlock.core.commands import AddColumn
from rowlock.core.differences import differing
from rowlock.core.events import ColumnAdded, ColumnDeleted, ColumnMoved, ColumnRenamed, Event, StyleChanged
from rowlock.core.evolve import evolve
from rowlock.core.sheet import Sheet
from rowlock.core.steps import Impossible, Steps
from rowlock.core.style import fits
from rowlock.core.undo_columns import lacking, style_of


class Columns:
    """The columns on their way; `now` says what each of the target's is called in the table so far, if it is there."""

    def __init__(self, steps: Steps, target: Sheet, kept: Mapping[str, str]) -> None:
        self.steps = steps
        self.sheet = steps.sheet
        self.target = target
        self._changed = False
        self.now = {was: name for was, name in kept.items() if was in target.ordinals and name in self.sheet.ordinals}
        for name in target.columns:
            if name in self.sheet.ordinals and name not in self.now and name not in self.now.values():
                self.now[name] = name

    @property
    def same(self) -> bool:
        """Whether a record of the target can be a record of the table as it stands."""
        shape = [self.now.get(name) for name in self.target.columns] == list(self.sheet.columns)
        return shape and self.target.dialect.delimiter == self.sheet.dialect.delimiter

    def texts(self, record: bytes) -> dict[str, str]:
        """The cells of a record of the target, under the names of today; those without a column are left out."""
        texts = zip(self.target.columns, self.target.cells(record), strict=True)
        return {self.now[name]: text for name, text in texts if name in self.now}

    def pairs(self, columns: Sequence[str]) -> dict[str, str]:
        """Of the chosen columns (by either name) those that are on both sides: their names then and now."""
        return {was: now for was, now in self.now.items() if was in columns or now in columns}

    def exist(self, columns: Sequence[str]) -> None:
        """Of the chosen columns, add those that are gone, and delete those that were not there. Raises `Impossible`."""
        for at, name in enumerate(self.target.columns):
            if name in columns and name not in self.now and name not in self.sheet.ordinals:
                place = min(at, len(self.sheet.columns))
                outcome = decide_columns(self.sheet, AddColumn(column=name, place=place))
                if not isinstance(outcome, list):
                    raise Impossible(outcome)
                self._add(name, place)
                if not fits(self.sheet, self.sheet.dialect.encoding):
                    raise Impossible(lacking(self.sheet.dialect.encoding))
        for name in self.sheet.columns:
            if name in columns and name not in self.now.values() and len(self.sheet.columns) > 1:
                self._delete(name)

    def become(self) -> None:
        """Make columns, header and manner the target's."""
        while gone := [name for name in self.sheet.columns if name not in self.now.values()]:
            if len(self.sheet.columns) == 1:  # the last column cannot go before another has come
                self._missing()
            self._delete(gone[0])
        self._rename()
        self._missing()
        for place, name in enumerate(self.target.columns):
            if (was := self.sheet.ordinals[self.now[name]]) != place:
                self._record(ColumnMoved(column=self.now[name], place=place, was=was))
        if self._reshaped:
            style = style_of(self.sheet, self.target)
            self.steps.record(replace(style, records=self._records(style)))
        self.now = {name: name for name in self.target.columns}

    @property
    def _reshaped(self) -> bool:
        """Whether columns were changed, or header and manner still have to be."""
        manner = (self.sheet.dialect, self.sheet.header, self.sheet.columns)
        return self._changed or manner != (self.target.dialect, self.target.header, self.target.columns)

    def _records(self, style: StyleChanged) -> Mapping[int, str]:
        """The records of rows that have the target's texts but would not have its bytes."""
        trial = self.sheet.copy()
        evolve(trial, Event(position=trial.position, at=0, actor="", fact=style))
        now, then = differing(trial, self.target)
        both = ((index, record, then[index]) for index, record in now.items() if index in then)
        return {index: wanted.decode() for index, record, wanted in both if trial.cells(record) == trial.cells(wanted)}

    def _rename(self) -> None:
        """Give the columns their names back; where two have changed names, one steps aside for a moment."""
        while wrong := [was for was, name in self.now.items() if was != name]:
            free = next((was for was in wrong if was not in self.sheet.ordinals), None)
            was = wrong[0] if free is None else free
            spare = (f"{was}#{number}" for number in count(1))
            to = was if free is not None else next(name for name in spare if name not in self.sheet.ordinals)
            self._record(ColumnRenamed(column=self.now[was], to=to))
            self.now[was] = to

    def _missing(self) -> None:
        for at, name in enumerate(self.target.columns):
            if name not in self.now:
                self._add(name, min(at, len(self.sheet.columns)))

    def _add(self, name: str, place: int) -> None:
        """With its texts, for the rows that are on both sides."""
        at, values = self.target.ordinals[name], {}
        for index, row in self.target.rows():
            if self.sheet.row(index) and (text := self.target.cells(row.record)[at]):
                values[index] = text
        self.now[name] = name
        self._record(ColumnAdded(column=name, place=place, values=values))

    def _delete(self, name: str) -> None:
        at = self.sheet.ordinals[name]
        texts = ((index, self.sheet.cells(row.record)[at]) for index, row in self.sheet.rows())
        values = {index: text for index, text in texts if text}
        self._record(ColumnDeleted(column=name, place=at, values=values))

    def _record(self, fact: ColumnFact) -> None:
        self._changed = True
        self.steps.record(fact)
