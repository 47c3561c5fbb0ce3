"""Any users doing anything in any order: the rules hold after every step, and the table is what a plain list says.

The model beside the sheet knows the order, the cells, who holds which row and who cools it, all in plain values; it
learns of changes from what was asked and answered, never from the events.
"""

from collections.abc import Sequence
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.core.given import ADA, ADA_AT_HOME, ADA_BESIDE, BOB, SECOND, SYSTEM, WALL, cells_of, file_of, order_of
from tests.core.model import Model
from tests.core.test_draft import seen

from rowlock.core.commands import (
    AddColumn,
    AddRow,
    Caller,
    ChangeRows,
    Command,
    DeleteColumn,
    DeleteRow,
    EndLeases,
    ExpireLeases,
    ImportTable,
    Moment,
    MoveColumn,
    MoveRow,
    ReleaseLease,
    RenameColumn,
    RenewLease,
    RowOp,
    Rules,
    TableCommand,
    TakeLease,
    UpdateRow,
)
from rowlock.core.decide import decide, enact, stamped
from rowlock.core.draft import Draft
from rowlock.core.events import Event, LeaseGranted
from rowlock.core.evolve import evolve
from rowlock.core.leases import resumed
from rowlock.core.records import read_table
from rowlock.core.sheet import Sheet
from rowlock.service.snapshots import alike

BOB_BESIDE = Caller(actor="bob", session="bob's", client="five")
EVA = Caller(actor="eva", session="eva's", client="six")
CALLERS = (ADA, ADA_BESIDE, ADA_AT_HOME, BOB, BOB_BESIDE, EVA)
RULES = Rules(term=60 * SECOND, longest=80 * SECOND, cooldown=15 * SECOND, lease_limit=3)
FILES = (
    b"name,price\nTea,2\nMilk,3\nRye,4\n",
    b'\xef\xbb\xbf"name";price\r\n"Te;a";2\r\nMilk\r\n\r\n5" pipe;3;more',
    b"name,name,\n1,2,3\n",
    b'only\n""\nx\n',
)

callers = st.sampled_from(CALLERS)
texts = st.sampled_from(["", "7", "Tea", 'a "b"', "x,y;z", "two\nlines", " é🦉", "=1+1", "\r"])
names = st.sampled_from(["colour", "__proto__", "id", "version", "two\nlines", "é"])
numbers = st.integers(0, 50)
maybe = st.none() | numbers


class Table(RuleBasedStateMachine):
    """One sheet, its journal and the model; times on the lease clock and the wall clock are the test's own."""

    def __init__(self) -> None:
        super().__init__()
        self.sheet = Sheet()
        self.journal: list[Event] = []
        self.lease_now = self.wall = WALL
        self.model = Model(RULES)
        self.refusal: str | None = None
        self.untouched: dict[int, bytes] = {}

    @initialize(data=st.sampled_from(FILES))
    def import_a_file(self, data: bytes) -> None:
        self.do(ImportTable(data=data, blob=b""), SYSTEM)
        self.model.load(cells_of(self.sheet), list(self.sheet.columns))
        self.untouched = {index: row.record for index, row in self.sheet.rows()}

    # What people do

    @rule(caller=callers, text=texts, seed=maybe, before=st.booleans())
    def add(self, caller: Caller, text: str, seed: int | None, before: bool) -> None:
        command = self.addition(text, seed, before=before)
        if self.do(command, caller):
            self.model.add(command)

    @rule(caller=callers, seed=numbers, column=numbers, text=texts, token=maybe, old=st.booleans())
    def update(self, caller: Caller, seed: int, column: int, text: str, token: int | None, old: bool) -> None:
        self.write(self.updating(seed, column, text, token, old=old), caller)

    @rule(caller=callers, seed=numbers, token=maybe)
    def delete(self, caller: Caller, seed: int, token: int | None) -> None:
        self.write(DeleteRow(index=self.some(seed), token=self.token(token)), caller)

    @rule(caller=callers, seed=numbers, after=maybe, token=maybe)
    def move(self, caller: Caller, seed: int, after: int | None, token: int | None) -> None:
        behind = None if after is None else self.some(after)
        self.write(MoveRow(index=self.some(seed), after=behind, token=self.token(token)), caller)

    @rule(caller=callers, seeds=st.lists(st.tuples(numbers, texts), min_size=1, max_size=4))
    def batch(self, caller: Caller, seeds: list[tuple[int, str]]) -> None:
        ops: list[RowOp] = []
        for seed, text in seeds:
            kinds: list[RowOp] = [
                self.addition(text, seed, before=False),
                self.updating(seed, seed, text, None, old=False),
                DeleteRow(index=self.some(seed)),
                MoveRow(index=self.some(seed), after=None),
            ]
            ops.append(kinds[seed % 4])
        allowed = all(self.model.may_write(op, caller, self.lease_now) for op in ops if not isinstance(op, AddRow))
        if self.do(ChangeRows(ops=tuple(ops)), caller):
            assert allowed
            for op in ops:
                self.apply(op, caller)

    @rule(caller=callers, seed=numbers, takeover=st.booleans())
    def take(self, caller: Caller, seed: int, takeover: bool) -> None:
        index = self.some(seed)
        may = self.model.may_take(index, caller, self.lease_now, takeover=takeover)
        position = self.sheet.position
        assert self.do(TakeLease(index=index, takeover=takeover), caller) == may
        if may:
            lease = self.sheet.lease(index)
            assert lease
            self.model.take(index, caller, self.lease_now, token=max(lease.token, position))
            assert self.model.held[index].token == lease.token

    @rule(caller=callers, seed=numbers, token=maybe)
    def renew(self, caller: Caller, seed: int, token: int | None) -> None:
        command = RenewLease(index=self.some(seed), token=self.token(token))
        held = self.model.live(command.index, self.lease_now)
        may = held is not None and held.owned(caller, command.token)
        assert self.do(command, caller) == may
        if held and may:
            self.model.prolong(held, self.lease_now)

    @rule(caller=callers, seed=numbers, token=maybe)
    def release(self, caller: Caller, seed: int, token: int | None) -> None:
        command = ReleaseLease(index=self.some(seed), token=self.token(token))
        held = self.model.live(command.index, self.lease_now)
        done = self.do(command, caller)
        assert done == (command.index in self.model.cells if held is None else held.owned(caller, command.token))
        if held and done:
            del self.model.held[command.index]

    @rule(caller=callers)
    def end_session(self, caller: Caller) -> None:
        assert self.do(EndLeases(reason="logout"), caller)
        self.model.end(caller, self.lease_now)

    @rule()
    def clean_up(self) -> None:
        assert self.do(ExpireLeases(), SYSTEM)
        self.sheet.forget_cooling(self.lease_now)

    # What happens to columns and clocks

    @rule(name=names, place=numbers)
    def add_column(self, name: str, place: int) -> None:
        at = place % (len(self.sheet.columns) + 1)
        if self.do(AddColumn(column=name, place=at), SYSTEM):
            self.model.insert_column(at, name)

    @rule(name=names, place=numbers)
    def rename_column(self, name: str, place: int) -> None:
        at = place % len(self.sheet.columns)
        if self.do(RenameColumn(column=self.sheet.columns[at], to=name), SYSTEM):
            self.model.columns[at] = name

    @rule(was=numbers, place=numbers)
    def move_column(self, was: int, place: int) -> None:
        count = len(self.sheet.columns)
        assert self.do(MoveColumn(column=self.sheet.columns[was % count], place=place % count), SYSTEM)
        self.model.move_column(was % count, place % count)

    @precondition(lambda self: len(self.sheet.columns) > 1)
    @rule(place=numbers)
    def delete_column(self, place: int) -> None:
        at = place % len(self.sheet.columns)
        assert self.do(DeleteColumn(column=self.sheet.columns[at]), SYSTEM)
        self.model.delete_column(at)

    @rule(seconds=st.sampled_from([0.5, 5, 10, 14.5, 30, 60]))
    def time_passes(self, seconds: float) -> None:
        self.lease_now += int(seconds * SECOND)
        self.wall += int(seconds * SECOND)

    @rule(seconds=st.sampled_from([-3600, -1, 1, 3600]))
    def somebody_sets_the_wall_clock(self, seconds: int) -> None:
        self.wall += seconds * SECOND

    @rule(stopped=st.sampled_from([-3600, -1, 0, 1, 20, 90]))
    def restart(self, stopped: int) -> None:
        stored, stored_wall, before = self.lease_now, self.wall, seen(self.sheet)
        self.wall += stopped * SECOND
        self.lease_now = resumed(stored=stored, stored_wall=stored_wall, wall=self.wall, term=RULES.term)
        self.sheet = Sheet()
        for event in self.journal:
            evolve(self.sheet, event)
        assert self.lease_now >= stored
        assert before[3:] == seen(self.sheet)[3:]  # in between lie cooldowns, which may have been forgotten
        assert before[:2] == seen(self.sheet)[:2]

    # What must hold

    @invariant()
    def positions_have_no_gap_and_tokens_only_grow(self) -> None:
        assert [event.position for event in self.journal] == list(range(1, len(self.journal) + 1))
        leases = [self.sheet.lease(index) for index in self.sheet.leased()]
        grants = {event.position for event in self.journal if isinstance(event.fact, LeaseGranted)}
        assert {lease.token for lease in leases if lease} <= grants

    @invariant()
    def the_table_is_the_models(self) -> None:
        assert order_of(self.sheet) == self.model.order
        assert cells_of(self.sheet) == [self.model.cells[index] for index in self.model.order]
        assert list(self.sheet.columns) == self.model.columns
        assert self.sheet.next_index == self.model.next_index

    @invariant()
    def live_leases_are_the_models(self) -> None:
        leases = {index: self.sheet.lease(index) for index in self.sheet.leased()}
        live = {index: lease.token for index, lease in leases.items() if lease and lease.live(self.lease_now)}
        held = {index: held.token for index in self.model.held if (held := self.model.live(index, self.lease_now))}
        assert live == held
        assert all(lease.until - lease.since <= RULES.longest for lease in leases.values() if lease)

    @invariant()
    def the_file_read_again_is_the_same_table(self) -> None:
        if not self.journal:
            return
        dialect = self.sheet.dialect
        table = read_table(file_of(self.sheet), encoding=dialect.encoding, delimiter=dialect.delimiter)
        again = Sheet()
        again.load(table)
        assert cells_of(again) == cells_of(self.sheet)
        for index, record in self.untouched.items():
            row = self.sheet.row(index)
            assert row is None or row.record == record

    # How it is done

    def do(self, command: Command, caller: Caller) -> bool:
        """Have it decided and folded; whether it was done. A draft must come to the same as the sheet."""
        moment = Moment(wall=self.wall, lease=self.lease_now)
        before = seen(self.sheet)
        facts = decide(self.sheet, command, caller, moment, RULES)
        draft = None
        if not isinstance(command, TableCommand):
            draft = Draft(self.sheet)
            assert enact(draft, command, caller, moment, RULES) == facts
            assert isinstance(facts, list) or seen(draft) == before
        assert seen(self.sheet) == before
        self.refusal = None if isinstance(facts, list) else facts.code
        if not isinstance(facts, list):
            return False
        position = self.sheet.position
        events = [stamped(fact, caller, moment, position + number) for number, fact in enumerate(facts, start=1)]
        self.fold(events, draft)
        again = decide(self.sheet, command, caller, moment, RULES)
        assert (
            isinstance(command, AddRow | ChangeRows | MoveRow | ImportTable) or not again or not isinstance(again, list)
        )
        return True

    def fold(self, events: Sequence[Event], draft: Draft | None) -> None:
        laid = self.sheet.copy()
        if draft is None:
            self.untouched = {}
        else:
            draft.lay_on(laid)
        for event in events:
            evolve(self.sheet, event)
        if draft is not None:
            assert seen(draft) == seen(laid) == seen(self.sheet)
            assert alike(laid, self.sheet)
        self.journal += events

    def write(self, command: UpdateRow | DeleteRow | MoveRow, caller: Caller) -> None:
        may = self.model.may_write(command, caller, self.lease_now)
        if self.do(command, caller):
            assert may
            self.apply(command, caller)
        else:
            assert not may or self.refusal in {"row_not_found", "row_deleted", "version_mismatch"}

    def apply(self, op: RowOp, caller: Caller) -> None:
        if isinstance(op, UpdateRow):
            self.untouched.pop(op.index, None)
        self.model.apply(op, caller, self.lease_now)

    def some(self, seed: int) -> int:
        """Mostly a row that is there, sometimes one that was or never will be."""
        order = order_of(self.sheet)
        return order[seed % len(order)] if order and seed % 10 else seed

    def token(self, seed: int | None) -> int | None:
        return None if seed is None else seed % (self.sheet.position + 2)

    def addition(self, text: str, seed: int | None, *, before: bool) -> AddRow:
        cells = {self.sheet.columns[0]: text}
        if seed is None:
            return AddRow(cells=cells)
        return AddRow(cells=cells, before=self.some(seed)) if before else AddRow(cells=cells, after=self.some(seed))

    def updating(self, seed: int, column: int, text: str, token: int | None, *, old: bool) -> UpdateRow:
        index = self.some(seed)
        row = self.sheet.row(index)
        version = row.version - (seed % 3 == 0) if row and old else None
        cells = {self.sheet.columns[column % len(self.sheet.columns)]: text}
        return UpdateRow(index=index, cells=cells, token=self.token(token), version=version)


TestTable: Any = Table.TestCase
TestTable.settings = settings(max_examples=4 * settings().max_examples, stateful_step_count=40, deadline=None)
