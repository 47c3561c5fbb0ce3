"""What the tests of the core are given: a small table, people, and what has happened to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count

from rowlock.core.commands import Caller, Command, Moment, Rules
from rowlock.core.decide import decide, stamped
from rowlock.core.events import (
    Event,
    Fact,
    LeaseGranted,
    RowAdded,
    RowDeleted,
    RowUpdated,
    TableImported,
)
from rowlock.core.evolve import evolve
from rowlock.core.records import read_table
from rowlock.core.refusals import Refusal
from rowlock.core.sheet import Sheet

SECOND = 1_000_000
NOW = 1_000_000 * SECOND
WALL = 1_795_420_800 * SECOND
RULES = Rules()
TERM, COOLDOWN = RULES.term, RULES.cooldown

ADA = Caller(actor="ada", session="ada's", client="one")
ADA_BESIDE = Caller(actor="ada", session="ada's", client="two")
ADA_AT_HOME = Caller(actor="ada", session="ada's other", client="three")
BOB = Caller(actor="bob", session="bob's", client="four")
SYSTEM = Caller(actor="system")

FILE = b"name,price\nTea,2\nMilk,3\nRye,4\n"
"""Rows 0, 1 and 2 at version 1; what is given next happens at position 2, and so on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A fact and who made it happen."""

    fact: Fact
    caller: Caller


def by(caller: Caller, fact: Fact) -> Step:
    return Step(fact=fact, caller=caller)


def lease(index: int, holder: Caller = ADA, *, since: int = NOW, until: int = NOW + TERM, bound: bool = False) -> Step:
    return by(holder, LeaseGranted(index=index, client=holder.client, since=since, until=until, bound=bound))


def edit(index: int, editor: Caller = ADA, *, until: int = NOW + COOLDOWN, price: str = "9") -> Step:
    return by(editor, RowUpdated(index=index, cells={"price": ("", price)}, until=until))


def addition(index: int, texts: Mapping[str, str], after: int | None) -> Step:
    return by(ADA, RowAdded(index=index, cells={name: (None, text) for name, text in texts.items()}, after=after))


def deletion(index: int) -> Step:
    return by(ADA, RowDeleted(index=index, cells={}, after=None))


def imported(data: bytes, *, encoding: str | None = None) -> TableImported:
    table = read_table(data, encoding=encoding)
    return TableImported(
        blob=sha256(data).digest(),
        data=data,
        delimiter=table.dialect.delimiter,
        encoding=table.dialect.encoding,
        columns=table.columns,
        rows=len(table.lengths),
    )


def given(*steps: Step, file: bytes = FILE, encoding: str | None = None) -> Sheet:
    """The table of `file`, and then what has happened to it."""
    sheet = Sheet()
    happen(sheet, by(SYSTEM, imported(file, encoding=encoding)), *steps)
    return sheet


def happen(sheet: Sheet, *steps: Step) -> None:
    for step, position in zip(steps, count(sheet.position + 1)):
        evolve(sheet, stamped(step.fact, step.caller, Moment(wall=WALL, lease=NOW), position))


def decide_in(
    sheet: Sheet, command: Command, caller: Caller = ADA, *, at: int = NOW, rules: Rules = RULES
) -> Sequence[Fact] | Refusal:
    return decide(sheet, command, caller, Moment(wall=WALL, lease=at), rules)


def event(fact: Fact, position: int = 2, caller: Caller = ADA) -> Event:
    return stamped(fact, caller, Moment(wall=WALL, lease=NOW), position)


def cells_of(sheet: Sheet) -> list[list[str]]:
    return [sheet.cells(row.record) for _, row in sheet.rows()]


def order_of(sheet: Sheet) -> list[int]:
    return [index for index, _ in sheet.rows()]


def file_of(sheet: Sheet) -> bytes:
    return b"".join(sheet.file_parts())
