"""A journal in memory for the tests of the past: things happen, are taken back, restored, or imagined away."""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from rowlock.core.commands import (
    AddColumn,
    AddRow,
    Caller,
    ChangeRows,
    ChangeStyle,
    ChangeTable,
    Command,
    DeleteColumn,
    DeleteRow,
    ImportTable,
    Moment,
    MoveColumn,
    MoveRow,
    RenameColumn,
    Rules,
    TakeLease,
    UpdateRow,
    reason_of,
)
from rowlock.core.decide import decide, stamped
from rowlock.core.events import Event
from rowlock.core.evolve import evolve
from rowlock.core.gathering import Gathered, Selection
from rowlock.core.lineage import kept_columns
from rowlock.core.records import Dialect, read_table
from rowlock.core.refusals import Refusal
from rowlock.core.restore import RestoreTable, decide_restore
from rowlock.core.sheet import Sheet
from rowlock.core.steps import Made
from rowlock.core.undo import OnConflict, UndoEvents, decide_undo

SECOND = 1_000_000
WALL = 1_795_420_800 * SECOND
RULES = Rules()
ADA = Caller(actor="ada", session="ada's", client="one")
BOB = Caller(actor="bob", session="bob's", client="two")
SYSTEM = Caller(actor="system")
FILE = b"name,price\nTea,2\nMilk,3\nRye,4\n"
FILES = (
    FILE,
    b'\xef\xbb\xbf"name";price\r\n"Te;a";2\r\nMilk\r\n\r\n5" pipe;3;more',
    b'\n"a",a,\n"1",2,"3"\n\n1\n1,2,3,4',
    b'only\n""\nx\n',
    b'"k"\t"v"\n"1"\t"x"\n"2"\t"y"\n',
)
DIALECTS = (Dialect(), Dialect(delimiter=";", line_end="\r\n", bom=True), Dialect(final_newline=False, lead="\n"))


class History:
    """Events in order, each two minutes after the one before, so that no cooldown is in the way unless it is tested."""

    def __init__(self, file: bytes = FILE, pause: int = 120 * SECOND) -> None:
        self.events: list[Event] = []
        self.sheet = Sheet()
        self.now = WALL
        self.pause = pause
        assert self.do(ImportTable(data=file, blob=b""), SYSTEM) is None

    @property
    def position(self) -> int:
        return self.sheet.position

    @property
    def file(self) -> bytes:
        return b"".join(self.sheet.file_parts())

    @property
    def moment(self) -> Moment:
        return Moment(wall=self.now, lease=self.now)

    def do(self, command: Command, caller: Caller = ADA) -> Refusal | None:
        """Have it done; the refusal if it is not."""
        facts = decide(self.sheet, command, caller, self.moment, RULES)
        if not isinstance(facts, list):
            return facts
        self.happen(Made(facts=facts, undoes=[None] * len(facts)), caller, reason_of(command))
        return None

    def happen(self, made: Made, caller: Caller, reason: str | None) -> None:
        batch = self.position + 1 if len(made.facts) > 1 else None
        for fact, undoes in zip(made.facts, made.undoes, strict=True):
            position = self.position + 1
            event = stamped(fact, caller, self.moment, position, batch=batch, reason=reason, undoes=undoes)
            evolve(self.sheet, event)
            self.events.append(event)
        self.now += self.pause

    def leases_run_out(self) -> None:
        self.now += RULES.longest

    def at(self, position: int) -> Sheet:
        """The table as it was."""
        sheet = Sheet()
        for event in self.events[:position]:
            evolve(sheet, event)
        return sheet

    def file_at(self, position: int) -> bytes:
        return b"".join(self.at(position).file_parts())

    def undo(
        self, *positions: int, caller: Caller = ADA, on_conflict: OnConflict = "refuse", **wanted: Any
    ) -> Made | Refusal:
        """Take events back; the events that did it, or why it was not done."""
        selection = Selection(positions=frozenset(positions), **wanted)
        gathered = Gathered(self.at(selection.first - 1), selection)
        for event in self.events[selection.first - 1 :]:
            gathered.take(event)
        command = UndoEvents(gathered=gathered, on_conflict=on_conflict)
        made = decide_undo(self.sheet, command, caller, self.moment, RULES)
        if isinstance(made, Made):
            self.happen(made, caller, "undone")
        return made

    def restore(self, position: int, caller: Caller = ADA, **chosen: Any) -> Made | Refusal:
        """Bring the table back to what it was."""
        target = self.at(position)
        kept = kept_columns(target.columns, self.events[position:])
        command = RestoreTable(target=target, kept=kept, **chosen)
        made = decide_restore(self.sheet, command, caller, self.moment, RULES)
        if isinstance(made, Made):
            self.happen(made, caller, "restored")
        return made

    def random(self, step: "Step") -> None:
        """Something that may or may not be possible; refusals change nothing."""
        kind, seed, other, text = step
        caller = (ADA, BOB)[seed % 2]
        command = self._command(kind, seed, other, text)
        if command is not None:
            self.do(command, caller)

    def _command(self, kind: str, seed: int, other: int, text: str) -> Command | None:
        rows, columns = list(self.sheet.indexes()), self.sheet.columns
        index = rows[seed % len(rows)] if rows else 0
        column = columns[other % len(columns)]
        name = ("colour", "a", "id", "__proto__")[seed % 4]
        behind = rows[other % len(rows)] if rows and other % 3 else None
        commands: Mapping[str, Command] = {
            "update": UpdateRow(index=index, cells={column: text}),
            "raw": ChangeTable(ops=(UpdateRow(index=index, cells={}, raw=self._quoted(index)),)),
            "add": AddRow(cells={column: text}, after=behind, first=behind is None),
            "delete": DeleteRow(index=index),
            "move": MoveRow(index=index, after=behind),
            "batch": ChangeRows(ops=(UpdateRow(index=index, cells={column: text}), AddRow(cells={column: text}))),
            "lease": TakeLease(index=index),
            "add column": AddColumn(column=name, place=other % (len(columns) + 1)),
            "rename column": RenameColumn(column=column, to=name),
            "move column": MoveColumn(column=column, place=seed % len(columns)),
            "delete column": DeleteColumn(column=column),
            "style": ChangeTable(
                ops=(ChangeStyle(dialect=DIALECTS[seed % 3], header=self._header(DIALECTS[seed % 3])),)
            ),
        }
        return commands[kind]

    def _quoted(self, index: int) -> str | None:
        """The row's record with every field quoted, if it is there."""
        row = self.sheet.row(index)
        if row is None:
            return None
        texts = ('"' + text.replace('"', '""') + '"' for text in self.sheet.cells(row.record))
        return self.sheet.dialect.delimiter.join(texts) + "\n"

    def _header(self, dialect: Dialect) -> str:
        return dialect.delimiter.join(f'"{n}"' for n in range(len(self.sheet.columns))) + dialect.line_end


Step = tuple[str, int, int, str]
KINDS = (
    *("update", "add", "delete", "move", "batch", "lease", "raw"),
    *("add column", "rename column", "move column", "delete column", "style"),
)
TEXTS = ("", "7", "Tea", 'a "b"', "x,y;z", "two\nlines", " é", "=1+1", "\r")
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 30), st.integers(0, 30), st.sampled_from(TEXTS)),
    min_size=1,
    max_size=12,
)
files = st.sampled_from(FILES)


def given_history(file: bytes, happened: Sequence[Step]) -> History:
    """What has happened to a file."""
    history = History(file)
    for step in happened:
        history.random(step)
    return history


def read_again(file: bytes, dialect: Dialect) -> Sheet:
    """The table that the bytes are."""
    sheet = Sheet()
    sheet.load(read_table(file, encoding=dialect.encoding, delimiter=dialect.delimiter))
    return sheet
