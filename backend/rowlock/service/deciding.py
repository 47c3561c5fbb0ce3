"""Decides any command: those of rows in a draft, those of the past with what has come after what they are about."""

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
from rowlock.core.decide import decide, enact
from rowlock.core.draft import Draft
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
    sheet: Sheet,
    draft: Draft,
    command: Intent,
    caller: Caller,
    moment: Moment,
    rules: Rules,
    transaction: Transaction,
) -> Made | Refusal:
    """What the command makes happen, or why it may not; `draft`, over the sheet, is ahead by it then.

    But for changes of the whole table: they are decided on the sheet itself.
    """
    match command:
        case UndoEvents():
            for entry in transaction.entries_after(command.gathered.position):
                command.gathered.take(entry.event)
            return decide_undo(sheet, command, caller, moment, rules)
        case RestoreTable():
            return decide_restore(sheet, command, caller, moment, rules)
    if isinstance(command, TABLE_COMMANDS):
        facts = decide(sheet, command, caller, moment, rules)
    else:
        facts = enact(draft, command, caller, moment, rules)
    return Made(facts=facts, undoes=[None] * len(facts)) if isinstance(facts, list) else facts
