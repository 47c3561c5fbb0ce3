"""Decides any command: those of the past with what has come after what they are about, up to this transaction."""

from rowlock.core.commands import (
    AddColumn,
    Caller,
    ChangeTable,
    Command,
    DeleteColumn,
    ImportTable,
    Moment,
    MoveColumn,
    RenameColumn,
    Rules,
)
from rowlock.core.decide import decide
from rowlock.core.draft import Rows
from rowlock.core.refusals import Refusal
from rowlock.core.restore import RestoreTable, decide_restore
from rowlock.core.sheet import Sheet
from rowlock.core.steps import Made
from rowlock.core.undo import UndoEvents, decide_undo
from rowlock.service.ports import Transaction

Intent = Command | UndoEvents | RestoreTable
# What is decided alone, on the sheet itself, since it may change all of it.
TABLE_COMMANDS = (
    ImportTable,
    ChangeTable,
    AddColumn,
    RenameColumn,
    MoveColumn,
    DeleteColumn,
    UndoEvents,
    RestoreTable,
)


def decided(
    table: Rows, command: Intent, caller: Caller, moment: Moment, rules: Rules, transaction: Transaction
) -> Made | Refusal:
    """What the command makes happen, or why it may not."""
    match command:
        case UndoEvents():
            assert isinstance(table, Sheet)
            for entry in transaction.entries_after(command.gathered.position):
                command.gathered.take(entry.event)
            return decide_undo(table, command, caller, moment, rules)
        case RestoreTable():
            assert isinstance(table, Sheet)
            return decide_restore(table, command, caller, moment, rules)
        case _:
            facts = decide(table, command, caller, moment, rules)
            return Made(facts=facts, undoes=[None] * len(facts)) if isinstance(facts, list) else facts
