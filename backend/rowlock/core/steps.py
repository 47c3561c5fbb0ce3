"""Changes that are decided one after another, each on what those before it made of the table."""

from collections.abc import Iterable
from dataclasses import dataclass

from rowlock.core.commands import AddRow, Caller, Moment, RowOp, Rules
from rowlock.core.decide import decide, stamped
from rowlock.core.events import LEASE_FACTS, Fact, LeaseExpired, LeaseReleased
from rowlock.core.evolve import evolve
from rowlock.core.refusals import Conflict, Refusal
from rowlock.core.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a command makes happen, in order: each fact with the position of the event that it takes back, if any.

    `undone` are the events that are taken back, `conflicts` those that were to be and are not.
    """

    facts: list[Fact]
    undoes: list[int | None]
    undone: tuple[int, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


class Impossible(Exception):
    """A change that the whole depends on was refused."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class Steps:
    """A copy of the sheet on which changes are tried, and the facts that they make."""

    def __init__(self, sheet: Sheet, caller: Caller, moment: Moment, rules: Rules) -> None:
        self.sheet = sheet.copy()
        self.facts: list[Fact] = []
        self.undoes: list[int | None] = []
        self._caller = caller
        self._moment = moment
        self._rules = rules

    def do(self, op: RowOp, undoes: int | None = None) -> Refusal | None:
        """Make the change, or say why it may not be."""
        facts = decide(self.sheet, op, self._caller, self._moment, self._rules)
        if not isinstance(facts, list):
            return facts
        for fact in facts:
            self.record(fact, None if isinstance(fact, LEASE_FACTS) else undoes)
        return None

    def record(self, fact: Fact, undoes: int | None = None) -> None:
        """Let a fact happen that was decided elsewhere."""
        evolve(self.sheet, stamped(fact, self._caller, self._moment, self.sheet.position + 1))
        self.facts.append(fact)
        self.undoes.append(undoes)

    def release(self, index: int) -> None:
        """End the lease of a row, whoever holds it."""
        lease = self.sheet.lease(index)
        if lease is not None:
            ended = LeaseReleased if lease.live(self._moment.lease) else LeaseExpired
            self.record(ended(index=index, token=lease.token))

    def force(self, op: RowOp) -> None:
        """Make a change that nobody's lease may hold up. Raises `Impossible`."""
        if not isinstance(op, AddRow):
            self.release(op.index)
        if refusal := self.do(op):
            raise Impossible(refusal)

    def made(self, undone: Iterable[int] = (), conflicts: tuple[Conflict, ...] = ()) -> Made:
        """Everything that happened."""
        return Made(facts=self.facts, undoes=self.undoes, undone=tuple(sorted(undone)), conflicts=conflicts)
