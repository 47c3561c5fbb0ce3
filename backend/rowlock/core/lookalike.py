"""Another table as it would be here: its rows under the indexes that they have, or would get, in this one."""

from collections.abc import Mapping
from dataclasses import replace

from rowlock.core.commands import Caller, ChangeTable, Moment, Rules
from rowlock.core.decide import decide, stamped
from rowlock.core.diff import compare
from rowlock.core.evolve import evolve
from rowlock.core.lineage import Lineage
from rowlock.core.records import Table
from rowlock.core.sheet import Sheet

_NOBODY = Caller(actor="")
_NEVER = Moment(wall=0, lease=0)


def lookalike(sheet: Sheet, theirs: Table) -> tuple[Sheet, Mapping[str, str]]:
    """The sheet with exactly the bytes of the other table, and what each of its columns is called in `sheet`."""
    copy = sheet.copy()
    for index in tuple(copy.leased()):
        copy.hold(index, None)
    command = ChangeTable(ops=compare(copy, theirs).ops, through_cooldown=True)
    facts = decide(copy, command, _NOBODY, _NEVER, replace(Rules(), cooldown=0))
    assert isinstance(facts, list), facts
    lineage = Lineage(copy.columns)
    for fact in facts:
        event = stamped(fact, _NOBODY, _NEVER, copy.position + 1)
        evolve(copy, event)
        lineage.take(event)
    numbers = zip(copy.columns, lineage.numbers, strict=True)
    return copy, {name: sheet.columns[number] for name, number in numbers if number < len(sheet.columns)}
