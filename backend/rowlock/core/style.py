"""How the file is written: what a change of its manner (line ends, delimiter, BOM, header) makes of every record."""

from dataclasses import dataclass

from rowlock.core import records
from rowlock.core.columns import records_given
from rowlock.core.commands import ChangeStyle
from rowlock.core.draft import Rows
from rowlock.core.events import StyleChanged
from rowlock.core.records import Dialect
from rowlock.core.sheet import Sheet


def decide_style(table: Rows, command: ChangeStyle) -> list[StyleChanged]:
    """What writing the file in another manner makes happen."""
    header = command.header.encode()
    columns = records.column_names(header, command.dialect)
    if (command.dialect, header, columns) == (table.dialect, table.header, table.columns):
        return []
    assert len(columns) == len(table.columns), "another manner adds no column and takes none"
    return [
        StyleChanged(
            dialect=command.dialect,
            header=command.header,
            columns=columns,
            was=table.dialect,
            was_header=table.header.decode(),
        )
    ]


def evolve_style(sheet: Sheet, fact: StyleChanged) -> None:
    """Write every record in the new manner; texts and versions stay, so do records that need no change."""
    change = _Restyling(old=sheet.dialect, new=fact.dialect)
    sheet.dialect = fact.dialect
    same = (change.old.delimiter, change.old.line_end) == (change.new.delimiter, change.new.line_end)
    if same and not fact.records:
        sheet.rename(fact.header.encode(), fact.columns)
    else:
        changed = records_given(fact.records, lambda _index, record: change.of(record))
        sheet.reshape(fact.header.encode(), fact.columns, changed)


def fits(sheet: Sheet, encoding: str) -> bool:
    """Whether every text of the table can be written in the encoding."""
    try:
        for part in (sheet.header, *sheet.parts()):
            part.decode().encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Restyling:
    old: Dialect
    new: Dialect

    def of(self, record: bytes) -> bytes:
        """The record with the new delimiter, and the new line end if it had the old one."""
        body, end = records.split_end(record)
        if self.old.delimiter != self.new.delimiter:
            body = records.delimited(records.raw_fields(record, self.old), self.new)
        old, new = self.old.line_end.encode(), self.new.line_end.encode()
        if end == old * (len(end) // len(old)):
            end = new * (len(end) // len(old))
        return body + end
