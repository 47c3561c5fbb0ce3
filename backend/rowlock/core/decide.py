"""What a command makes happen, or why it may not: `decide(table, command, caller, moment, rules)`.

No clock, no I/O, no ids: time and caller ride beside the command. A command that would change nothing makes nothing
happen, so any of them may be repeated. `enact` decides and lets it happen in a draft.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from rowlock.core import records
from rowlock.core.columns import decide_columns
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
    EndLeases,
    ExpireLeases,
    ImportTable,
    LeaseCommand,
    Moment,
    MoveColumn,
    MoveRow,
    ReleaseLease,
    RenameColumn,
    RenewLease,
    RowOp,
    Rules,
    TableCommand,
    TableOp,
    TakeLease,
    UpdateRow,
)
from rowlock.core.draft import Draft, Rows
from rowlock.core.events import (
    Cells,
    Event,
    Fact,
    LeaseExpired,
    LeaseGranted,
    LeaseReleased,
    LeaseRenewed,
    RowAdded,
    RowDeleted,
    RowMoved,
    RowUpdated,
    TableImported,
)
from rowlock.core.evolve import TABLE_FACTS, evolve, happen
from rowlock.core.leases import Lease, live_cooling, live_lease
from rowlock.core.records import BadTable
from rowlock.core.refusals import (
    BadCell,
    BadTableRefused,
    NotLeaseOwner,
    OpRefused,
    Refusal,
    RowCooling,
    RowLocked,
    RowNotFound,
    SimpleRefusal,
    StaleLease,
    TableMoved,
    TooManyLeases,
    UnknownColumn,
    VersionMismatch,
)
from rowlock.core.refusals import RowDeleted as RowIsDeleted
from rowlock.core.sheet import Row, Sheet
from rowlock.core.style import decide_style

# A renewal that moves the end by less than this part of the term is answered, but not recorded.
RENEWAL_STEP = 10


# The facts of a command, and the record that an update among them makes of its row, so that none is rendered twice.
Decided = tuple[list[Fact], bytes | None]


class _Refused(Exception):
    """Carries a refusal out of nested checks to `decide`."""

    def __init__(self, refusal: SimpleRefusal) -> None:
        self.refusal = refusal


class _Decision:
    """One command being decided: the table, who asks, when, under which rules."""

    def __init__(
        self, table: Rows, caller: Caller, moment: Moment, rules: Rules, *, through_cooldown: bool = False
    ) -> None:
        self.table = table
        self.through_cooldown = through_cooldown
        self.caller = caller
        self.now = moment.lease
        self.moment = moment
        self.rules = rules

    # Rows

    def add(self, command: AddRow) -> list[Fact]:
        for column, text in command.cells.items():
            self.ordinal(column, text)
        after = self.place(command)
        cells: dict[str, tuple[str | None, str | None]] = {
            column: (None, command.cells.get(column, "")) for column in self.table.columns
        }
        return [RowAdded(index=self.number(command.index), cells=cells, after=after, raw=command.raw)]

    def number(self, wanted: int | None) -> int:
        """The index of a new row, or that of a deleted one which comes back."""
        if wanted is None:
            return self.table.next_index
        if not 0 <= wanted < self.table.next_index or self.table.row(wanted) is not None:
            raise _Refused(RowNotFound(index=wanted))
        return wanted

    def update(self, command: UpdateRow) -> Decided:
        row, facts = self.writable(command)
        dialect = self.table.dialect
        fields = records.raw_fields(row.record, dialect)
        cells: dict[str, tuple[str | None, str | None]] = {}
        changes: dict[int, str] = {}
        for column, text in command.cells.items():
            at = self.ordinal(column, text)
            was = records.text_of(fields[at]) if at < len(fields) else ""
            if was != text:
                cells[column] = was, text
                changes[at] = text
        if not cells and command.raw in {None, row.record.decode()}:
            return [], None
        # What goes through cooldowns leaves none: it touches much of the table and is nobody's work in progress.
        until = self.now + self.rules.cooldown if self.rules.cooldown and not self.through_cooldown else 0
        facts.append(RowUpdated(index=command.index, cells=cells, until=until, raw=command.raw))
        if command.raw is not None:
            return facts, command.raw.encode()
        return facts, records.with_texts(row.record, fields, changes, dialect)

    def delete(self, command: DeleteRow) -> list[Fact]:
        row, facts = self.writable(command)
        texts = self.table.cells(row.record)
        cells: Cells = {column: (text, None) for column, text in zip(self.table.columns, texts, strict=True)}
        after = self.table.previous(command.index)
        raw = self.raw(row, texts, self.table.following(command.index) if after is None else after)
        return [*facts, RowDeleted(index=command.index, cells=cells, after=after, raw=raw)]

    def move(self, command: MoveRow) -> list[Fact]:
        _, facts = self.writable(command)
        was = self.table.previous(command.index)
        if command.after is not None:
            self.existing(command.after)
        if command.after in {was, command.index}:
            return []
        return [*facts, RowMoved(index=command.index, after=command.after, was=was)]

    def raw(self, row: Row, texts: Sequence[str], neighbour: int | None) -> str | None:
        """The record, where a new row with the same texts would be written otherwise: an undo needs it."""
        like = None if neighbour is None else self.existing(neighbour).record
        return None if records.new_record(texts, self.table.dialect, like) == row.record else row.record.decode()

    def place(self, command: AddRow) -> int | None:
        if command.first:
            return None
        if command.after is not None:
            self.existing(command.after)
            return command.after
        if command.before is not None:
            self.existing(command.before)
            return self.table.previous(command.before)
        return self.table.previous(None)

    def existing(self, index: int) -> Row:
        row = self.table.row(index)
        if row is not None:
            return row
        if 0 <= index < self.table.next_index:
            raise _Refused(RowIsDeleted(index=index))
        raise _Refused(RowNotFound(index=index))

    def ordinal(self, column: str, text: str) -> int:
        """The number of the column, if there is one and a cell of it can hold the text."""
        if (ordinal := self.table.ordinals.get(column)) is None:
            raise _Refused(UnknownColumn(column=column, columns=self.table.columns))
        if code := records.check_cell(text, self.table.dialect.encoding):
            raise _Refused(BadCell(code=code, column=column))
        return ordinal

    def writable(self, command: UpdateRow | DeleteRow | MoveRow) -> tuple[Row, list[Fact]]:
        """The row, if the caller may write it now, and the end of a lapsed lease that stood in the way."""
        row = self.existing(command.index)
        facts = self.turn(command.index, command.token)
        if command.version is not None and command.version != row.version:
            texts = dict(zip(self.table.columns, self.table.cells(row.record), strict=True))
            raise _Refused(
                VersionMismatch(index=command.index, expected=command.version, version=row.version, cells=texts)
            )
        return row, facts

    def turn(self, index: int, token: int | None) -> list[Fact]:
        """Refuse unless it is the caller's turn: by the lease that `token` names, or by holding the row, or as free."""
        lease = self.table.lease(index)
        if token is not None:
            if lease is None or not self.names(token, lease) or not lease.live(self.now):
                raise _Refused(StaleLease(index=index, token=token))
            return []
        if lease is not None and lease.live(self.now) and lease.held_by(self.caller):
            return []
        return self.free(index, lease)

    def names(self, token: int, lease: Lease) -> bool:
        """Whether the caller may name this lease by the token."""
        return lease.token == token and lease.holder == self.caller.actor

    def free(self, index: int, lease: Lease | None) -> list[Fact]:
        """Refuse if the row is held, or cooling after somebody else's edit; record the end of a lapsed lease."""
        if lease is not None and lease.live(self.now):
            yours = lease.holder == self.caller.actor
            left = lease.until - self.now
            raise _Refused(RowLocked(index=index, holder=lease.holder, expires_in=left, yours=yours))
        cooling = live_cooling(self.table, index, self.now)
        if cooling is not None and cooling[1] != self.caller.actor and not self.through_cooldown:
            until, actor = cooling
            raise _Refused(RowCooling(index=index, holder=actor, expires_in=until - self.now))
        return [] if lease is None else [LeaseExpired(index=index, token=lease.token)]

    # Leases

    def take(self, command: TakeLease) -> list[Fact]:
        self.existing(command.index)
        lease = live_lease(self.table, command.index, self.now)
        if lease is not None and lease.held_by(self.caller):
            return self.prolonged(command.index, lease.token)
        replaced = None
        facts: list[Fact] = []
        if lease is not None and command.takeover and lease.holder == self.caller.actor:
            replaced = lease.token
        else:
            facts = self.free(command.index, self.table.lease(command.index))
        if len(set(self.held()) - {command.index}) >= self.rules.lease_limit:
            raise _Refused(TooManyLeases(limit=self.rules.lease_limit))
        return [*facts, self.grant(command, replaced)]

    def renew(self, command: RenewLease) -> list[Fact]:
        lease = live_lease(self.table, command.index, self.now)
        if lease is None or not self.owns(command.index, command.token):
            raise _Refused(StaleLease(index=command.index, token=command.token))
        return self.prolonged(command.index, lease.token)

    def release(self, command: ReleaseLease) -> list[Fact]:
        lease = live_lease(self.table, command.index, self.now)
        if lease is None:
            self.existing(command.index)
            return []
        if self.owns(command.index, command.token):
            return [LeaseReleased(index=command.index, token=lease.token)]
        if lease.holder == self.caller.actor and command.token is not None:
            raise _Refused(StaleLease(index=command.index, token=command.token))
        raise _Refused(NotLeaseOwner(index=command.index, holder=lease.holder))

    def owns(self, index: int, token: int | None) -> bool:
        """Whether the row's lease is the caller's, and the one named by `token` if any is."""
        lease = self.table.lease(index)
        assert lease is not None
        if token is not None:
            return self.names(token, lease)
        return lease.held_by(self.caller)

    def prolonged(self, index: int, token: int) -> list[Fact]:
        lease = self.table.lease(index)
        assert lease is not None
        until = min(self.now + self.rules.term, lease.since + self.rules.longest)
        if until - lease.until < self.rules.term // RENEWAL_STEP:
            return []
        return [LeaseRenewed(index=index, token=token, until=until)]

    def grant(self, command: TakeLease, replaced: int | None = None) -> LeaseGranted:
        return LeaseGranted(
            index=command.index,
            client=self.caller.client,
            since=self.now,
            until=self.now + min(self.rules.term, self.rules.longest),
            bound=command.bound,
            replaced=replaced,
        )

    def held(self) -> list[int]:
        """The rows that the caller's session holds."""
        found = []
        for index in self.table.leased():
            lease = live_lease(self.table, index, self.now)
            if lease and lease.holder == self.caller.actor and lease.session == self.caller.session:
                found.append(index)
        return found

    def end(self, command: EndLeases) -> list[Fact]:
        facts: list[Fact] = []
        for index in self.held():
            lease = self.table.lease(index)
            if lease and (not command.bound or (lease.bound and lease.client == self.caller.client)):
                facts.append(LeaseReleased(index=index, token=lease.token))
        return facts

    def expire(self) -> list[Fact]:
        leases = ((index, self.table.lease(index)) for index in self.table.leased())
        return [LeaseExpired(index=i, token=lease.token) for i, lease in leases if lease and not lease.live(self.now)]


def decide(table: Rows, command: Command, caller: Caller, moment: Moment, rules: Rules) -> list[Fact] | Refusal:
    """The facts that the command makes, in order, or the refusal; `table` is not changed."""
    outcome = _decided(table, command, caller, moment, rules)
    return outcome[0] if isinstance(outcome, tuple) else outcome


def enact(draft: Draft, command: Command, caller: Caller, moment: Moment, rules: Rules) -> list[Fact] | Refusal:
    """`decide`, and let the facts happen in the draft at the positions behind its own; refused, it stays as it was."""
    if isinstance(command, ChangeRows):
        trial, facts = _tried(draft.ground, command, caller, moment, rules)
        if isinstance(facts, list):
            trial.lay_on(draft)
        return facts
    outcome = _decided(draft, command, caller, moment, rules)
    if not isinstance(outcome, tuple):
        return outcome
    facts, record = outcome
    for fact in facts:
        happen(draft, fact, draft.position + 1, caller.actor, caller.session, record)
    return facts


def _decided(table: Rows, command: Command, caller: Caller, moment: Moment, rules: Rules) -> Decided | Refusal:
    decision = _Decision(table, caller, moment, rules)
    try:
        match command:
            case AddRow() | UpdateRow() | DeleteRow() | MoveRow():
                return _row_op(decision, command)
            case _:
                outcome = _decide(decision, command)
    except _Refused as refused:
        return refused.refusal
    return (outcome, None) if isinstance(outcome, list) else outcome


def _decide(decision: _Decision, command: ChangeRows | LeaseCommand | TableCommand) -> list[Fact] | Refusal:
    match command:
        case TakeLease():
            return decision.take(command)
        case RenewLease():
            return decision.renew(command)
        case ReleaseLease():
            return decision.release(command)
        case ChangeRows():
            return _tried(decision.table, command, decision.caller, decision.moment, decision.rules)[1]
        case EndLeases():
            return decision.end(command)
        case ExpireLeases():
            return decision.expire()
        case ImportTable():
            return _import(decision, command)
        case ChangeTable():
            return _change_table(decision, command)
        case AddColumn() | RenameColumn() | MoveColumn() | DeleteColumn():
            outcome = decide_columns(decision.table, command)
            return list(outcome) if isinstance(outcome, list) else outcome
        case _:
            assert_never(command)


def _row_op(decision: _Decision, op: RowOp) -> Decided:
    match op:
        case UpdateRow():
            return decision.update(op)
        case AddRow():
            return decision.add(op), None
        case DeleteRow():
            return decision.delete(op), None
        case MoveRow():
            return decision.move(op), None
        case _:
            assert_never(op)


def _tried(
    table: Rows, command: ChangeRows, caller: Caller, moment: Moment, rules: Rules
) -> tuple[Draft, list[Fact] | Refusal]:
    """All the operations' facts, each decided on what those before it make of the table; and a draft of all that."""
    draft = Draft(table)
    draft.look_up(op.index for op in command.ops if not isinstance(op, AddRow))
    return draft, _in_order(_Decision(draft, caller, moment, rules), command.ops, draft)


def _change_table(decision: _Decision, command: ChangeTable) -> list[Fact] | Refusal:
    """As `_tried`, on a copy of the sheet, since columns cannot be laid over one."""
    table = decision.table
    assert isinstance(table, Sheet)
    if moved := _moved(table, command):
        return moved
    if command.under not in {None, (table.dialect, table.header)}:
        return TableMoved(expected=table.position, position=table.position)
    copy = table.copy()
    inner = _Decision(copy, decision.caller, decision.moment, decision.rules, through_cooldown=command.through_cooldown)
    return _in_order(inner, command.ops, copy)


def _in_order(decision: _Decision, ops: Sequence[TableOp], state: Draft | Sheet) -> list[Fact] | Refusal:
    caller = decision.caller
    facts: list[Fact] = []
    added: list[int] = []
    for number, op in enumerate(ops):
        try:
            more, record = _op(decision, op, added)
        except _Refused as refused:
            return OpRefused(op=number, refusal=refused.refusal)
        for fact in more:
            if isinstance(state, Draft) or not isinstance(fact, TABLE_FACTS):
                happen(state, fact, state.position + 1, caller.actor, caller.session, record)
            else:
                evolve(state, stamped(fact, caller, decision.moment, state.position + 1))
            if isinstance(fact, RowAdded):
                added.append(fact.index)
        facts += more
    return facts


def _op(decision: _Decision, op: TableOp, added: Sequence[int]) -> Decided:
    """What one of several operations makes happen; those before it have `added` rows."""
    match op:
        case UpdateRow():
            return decision.update(op)
        case DeleteRow():
            return decision.delete(op), None
        case AddRow() | MoveRow():
            return _row_op(decision, _resolved(op, added))
        case ChangeStyle():
            return list(decide_style(decision.table, op)), None
        case _:
            outcome = decide_columns(decision.table, op)
            if not isinstance(outcome, list):
                raise _Refused(outcome)
            return list(outcome), None


def _resolved(op: AddRow | MoveRow, added: Sequence[int]) -> AddRow | MoveRow:
    """The operation with a place behind "the n-th added row" (-n) turned into a place behind that row."""
    if op.after is not None and op.after < 0:
        return replace(op, after=added[-op.after - 1])
    return op


def _moved(table: Rows, command: ChangeTable | ImportTable) -> TableMoved | None:
    if command.at_position in {None, table.position}:
        return None
    return TableMoved(expected=command.at_position or 0, position=table.position)


def _import(decision: _Decision, command: ImportTable) -> list[Fact] | Refusal:
    """All rows go, so each must be the caller's to take."""
    if moved := _moved(decision.table, command):
        return moved
    decision.through_cooldown = True
    for index in decision.table.leased():
        decision.turn(index, None)
    try:
        table = command.table or records.read_table(
            command.data, encoding=command.encoding, delimiter=command.delimiter
        )
    except BadTable as bad:
        return BadTableRefused(code=bad.code, reason=bad.detail, line=bad.line, byte=bad.byte)
    return [
        TableImported(
            blob=command.blob,
            data=command.data,
            delimiter=table.dialect.delimiter,
            encoding=table.dialect.encoding,
            columns=table.columns,
            rows=len(table.lengths),
            table=table,
        )
    ]


def stamped(
    fact: Fact,
    caller: Caller,
    moment: Moment,
    position: int,
    *,
    key: str | None = None,
    batch: int | None = None,
    reason: str | None = None,
    undoes: int | None = None,
) -> Event:
    """The fact as the event at `position`."""
    return Event(position, moment.wall, caller.actor, fact, caller.session, key, batch, reason, undoes)
