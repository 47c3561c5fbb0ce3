"""A table, what somebody made of its file elsewhere, and the table after the changes that were worked out."""

from hashlib import sha256

from rowlock.core.commands import Caller, ChangeTable, ImportTable, Moment, Rules, TableOp
from rowlock.core.decide import decide, stamped
from rowlock.core.diff import Difference, compare
from rowlock.core.events import Fact
from rowlock.core.evolve import evolve
from rowlock.core.records import read_table
from rowlock.core.sheet import Sheet

FILE = Caller(actor="file")
NOW = Moment(wall=1_000_000, lease=1_000_000)


def sheet_of(data: bytes, delimiter: str | None = None) -> Sheet:
    """The table that a file becomes: rows 0, 1, 2 ... at version 1."""
    sheet = Sheet()
    facts = decide(sheet, ImportTable(data=data, blob=sha256(data).digest(), delimiter=delimiter), FILE, NOW, Rules())
    assert isinstance(facts, list), facts
    happen(sheet, facts)
    return sheet


def happen(sheet: Sheet, facts: list[Fact]) -> None:
    for fact in facts:
        evolve(sheet, stamped(fact, FILE, NOW, sheet.position + 1))


def change(sheet: Sheet, ops: tuple[TableOp, ...], caller: Caller = FILE) -> None:
    """Make the changes, which nothing may refuse."""
    facts = decide(sheet, ChangeTable(ops=ops, through_cooldown=True), caller, NOW, Rules())
    assert isinstance(facts, list), facts
    happen(sheet, facts)


def bytes_of(sheet: Sheet) -> bytes:
    return b"".join(sheet.file_parts())


def shown(sheet: Sheet) -> list[tuple[int, int, str]]:
    """Index, version and record of each row."""
    return [(index, row.version, row.record.decode()) for index, row in sheet.rows()]


def becoming(sheet: Sheet, data: bytes, delimiter: str | None = None) -> Difference:
    """Turn the sheet into the file, byte for byte."""
    found = compare(sheet, read_table(data, delimiter=delimiter))
    change(sheet, found.ops)
    assert bytes_of(sheet) == data
    return found
