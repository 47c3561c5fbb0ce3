"""The one write path: every change of the table is a command that goes through here.

Commands that wait are decided together in one transaction of the journal, on the sheet plus a draft of what the batch
has decided so far. The draft is laid on the sheet after the commit, in the event loop, so that nobody reads what is not
committed and nobody reads half of a batch. While a batch commits, the next one gathers.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from rowlock.core.commands import Caller, EndLeases, Moment, Rules, reason_of
from rowlock.core.decide import stamped
from rowlock.core.draft import Draft
from rowlock.core.events import KINDS, Event
from rowlock.core.refusals import IdempotencyMismatch, Refusal, SessionEnded
from rowlock.core.sheet import Sheet
from rowlock.core.steps import Made
from rowlock.service.answers import answer_of, fingerprint
from rowlock.service.deciding import TABLE_COMMANDS, Intent, decided
from rowlock.service.folding import fold
from rowlock.service.lease_clock import LeaseClock
from rowlock.service.ports import (
    Answer,
    Entry,
    Head,
    Journal,
    KeyedAnswer,
    StorageError,
    StorageFailed,
    Telemetry,
    Transaction,
)

log = logging.getLogger(__name__)

BATCH = 500
WAITING = 5_000
FOLD_TIMEOUT = 60
# As long at most the next batch gathers once the last one is answered.
GATHERING_SECONDS = 0.002


class Refused(Exception):
    """A rule said no; `refusal` says which. Nothing was changed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class Overloaded(Exception):
    """Too many commands wait already, or the editor is closing; worth another try. Nothing was changed."""


@dataclass(slots=True, eq=False)
class Submission:
    """A command on its way: who asks, under which idempotency key, and where the answer goes.

    `ends_session`: the caller's session is deleted in the same transaction.
    """

    command: Intent
    caller: Caller
    key: str | None
    done: "asyncio.Future[Answer]"
    ends_session: bool = False
    events: list[Event] = field(default_factory=list)
    outcome: Answer | Refusal | Exception | None = None


Listener = Callable[[Sequence[Entry]], None]


class Editor:
    """Owns the sheet; `submit` is the only way to change it."""

    def __init__(self, journal: Journal, sheet: Sheet, clock: LeaseClock, rules: Rules, telemetry: Telemetry) -> None:
        self.sheet = sheet
        self.clock = clock
        self.rules = rules
        self.problem: str | None = None
        self._telemetry = telemetry
        self._journal = journal
        self._waiting: deque[Submission] = deque()
        self._wake = asyncio.Event()
        self._enough = asyncio.Event()
        self._wanted = 0
        self._listeners: list[Listener] = []
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._behind = False
        self._hash: bytes | None = None

    def listen(self, listener: Listener) -> None:
        """Call `listener` in the event loop with all new entries, in order, right after they were folded."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Begin to take commands."""
        self._task = asyncio.create_task(self._run(), name="rowlock-editor")

    async def close(self) -> None:
        """Finish what waits and take no more."""
        self._closing = True
        self._wake.set()
        self._enough.set()
        if self._task:
            await self._task

    @property
    def waiting(self) -> int:
        """How many commands wait for their batch."""
        return len(self._waiting)

    def submit(self, command: Intent, caller: Caller, *, key: str | None = None) -> "asyncio.Future[Answer]":
        """Have `command` decided and committed; the answer is there after the commit.

        The same `key` from the same actor gives the first answer again and does nothing. What the future raises:
        `Refused`, `Overloaded`, or a `StorageError`.
        """
        return self._enqueue(command, caller, key=key)

    def end_session(self, caller: Caller, reason: str) -> "asyncio.Future[Answer]":
        """End every lease of the caller's session and delete the session, if it is still there, in one transaction."""
        return self._enqueue(EndLeases(reason=reason), caller, ends_session=True)

    def catch_up(self) -> None:
        """Read what other processes may have written to the journal, even if no command waits."""
        self._behind = True
        self._wake.set()

    def _enqueue(
        self, command: Intent, caller: Caller, *, key: str | None = None, ends_session: bool = False
    ) -> "asyncio.Future[Answer]":
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        if self.problem is not None:
            done.set_exception(StorageFailed(self.problem))
            return done
        if self._closing or len(self._waiting) >= WAITING:
            done.set_exception(Overloaded())
            return done
        self._waiting.append(Submission(command, caller, key, done, ends_session))
        self._wake.set()
        if len(self._waiting) >= self._wanted:
            self._enough.set()
        return done

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting or self._behind:
                await self._gather_more(*await self._turn())
            if self._closing:
                return

    async def _gather_more(self, answered: int, seconds: float) -> None:
        """Wait until as many as were just answered have asked again, no longer than a commit takes.

        A commit costs the same for all of them; without this, those who edit without a pause fall into two halves, of
        which each gathers while the other commits.
        """
        if answered < 2 or self._closing:
            return
        self._wanted = min(BATCH, len(self._waiting) + answered)
        self._enough.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, GATHERING_SECONDS)):
                await self._enough.wait()

    async def _turn(self) -> tuple[int, float]:
        """Take one batch all the way; how many commands it was and how many seconds it took."""
        loop = asyncio.get_running_loop()
        self._behind = False
        batch = self._gather()
        began = loop.time()
        entries, draft = await self._commit(batch, loop)
        try:
            await self._fold(entries, draft)
        except Exception:  # a fault of ours: what is committed stays, but nothing may be decided on this sheet any more
            log.critical("events up to %d could not be folded", entries[-1].event.position, exc_info=True)
            self._give_up()
        self._settle(batch)
        took = loop.time() - began
        loop.call_soon(self._count, len(batch), entries, took)  # behind those who wait for their answers
        return len(batch), took

    def _count(self, commands: int, entries: Sequence[Entry], seconds: float) -> None:
        kinds = Counter(KINDS[type(entry.event.fact)] for entry in entries)
        self._telemetry.committed(commands, kinds, seconds)

    def _give_up(self) -> None:
        self.problem = "the table in memory is out of step with the journal; start the server anew"
        while self._waiting:
            done = self._waiting.popleft().done
            if not done.cancelled():
                done.set_exception(StorageFailed(self.problem))

    def _gather(self) -> list[Submission]:
        """The next batch; a change of the whole table is a batch of its own."""
        batch: list[Submission] = []
        while self._waiting and len(batch) < BATCH:
            alone = isinstance(self._waiting[0].command, TABLE_COMMANDS)
            if alone and batch:
                break
            batch.append(self._waiting.popleft())
            if alone:
                break
        return batch

    async def _commit(
        self, batch: list[Submission], loop: asyncio.AbstractEventLoop
    ) -> tuple[list[Entry], Draft | None]:
        """Decide and commit the batch; on a storage error nothing is folded and every caller is told of it.

        What is to be folded, and a draft over the sheet in which it has happened, if there is one.
        """
        try:
            return await self._journal.write(lambda transaction: self._decide(transaction, batch, loop))
        except StorageError as error:
            log.error("a batch of %d was not committed: %s", len(batch), error)
            failure: Exception = error
        except Exception as error:  # a bug must answer its callers and leave the editor alive
            log.exception("a batch of %d failed", len(batch))
            failure = error
        self._telemetry.failed()
        for submission in batch:
            submission.outcome = failure
        return [], None

    def _decide(
        self, transaction: Transaction, batch: list[Submission], loop: asyncio.AbstractEventLoop
    ) -> tuple[list[Entry], Draft | None]:
        """In the writer's thread and transaction; the loop does not touch the sheet before this returns."""
        head = transaction.head()
        self._check_same_journal(head)
        if head.position != self.sheet.position:
            foreign = transaction.entries_after(self.sheet.position)
            asyncio.run_coroutine_threadsafe(self._fold(foreign), loop).result(FOLD_TIMEOUT)
        if not batch:
            return [], None
        deciding = _Batch(self, transaction, batch)
        entries, answers = deciding.decide(head)
        if answers:
            transaction.keep_answers(answers)
        return entries, deciding.draft

    def _check_same_journal(self, head: Head) -> None:
        """A journal that was replaced under the server's feet must not be gone on with."""
        if head.position == self.sheet.position:
            self._hash = self._hash or head.hash
        if head.position < self.sheet.position or (head.position == self.sheet.position and head.hash != self._hash):
            raise StorageFailed("the journal is not the one that was loaded; start the server anew")

    async def _fold(self, entries: Sequence[Entry], draft: Draft | None = None) -> None:
        if not entries:
            return
        await fold(self.sheet, entries, draft)
        self._hash = entries[-1].hash
        for listener in self._listeners:
            try:
                listener(entries)
            except Exception:  # whoever follows the journal can catch up; the edits must go on
                log.exception("a listener failed on the events up to %d", entries[-1].event.position)

    def _settle(self, batch: Sequence[Submission]) -> None:
        for submission in batch:
            done, outcome = submission.done, submission.outcome
            if done.cancelled():
                continue
            if isinstance(outcome, dict):
                done.set_result(outcome)
            elif isinstance(outcome, Exception):
                done.set_exception(outcome)
            else:
                assert outcome is not None
                self._telemetry.refused(outcome.code)
                done.set_exception(Refused(outcome))


class _Batch:
    """The deciding of one batch inside its transaction."""

    def __init__(self, editor: Editor, transaction: Transaction, submissions: Sequence[Submission]) -> None:
        self._transaction = transaction
        self._submissions = submissions
        self._rules = editor.rules
        self._sheet = editor.sheet
        self._draft = Draft(editor.sheet)
        self._alone = any(isinstance(each.command, TABLE_COMMANDS) for each in submissions)
        self._moment: Moment = editor.clock.moment()
        self._sessions = self._live_sessions()
        self._kept = self._kept_answers()
        self._answers: list[KeyedAnswer] = []

    @property
    def draft(self) -> Draft | None:
        """The draft in which the batch has happened, unless it is a change of the whole table."""
        return None if self._alone else self._draft

    def decide(self, head: Head) -> tuple[list[Entry], list[KeyedAnswer]]:
        """Decide every submission in order, append what happened, and leave each its outcome."""
        for submission in self._submissions:
            submission.outcome = self._outcome(submission)
        events = [event for submission in self._submissions for event in submission.events]
        entries = self._transaction.append(events, head) if events else []
        return entries, self._answers

    def _outcome(self, submission: Submission) -> Answer | Refusal:
        caller = submission.caller
        if caller.session is not None and caller.session not in self._sessions and not submission.ends_session:
            return SessionEnded()
        if submission.key is not None and (kept := self._kept.get((caller.actor, submission.key))):
            same = kept.fingerprint == fingerprint(submission.command)
            return kept.answer if same else IdempotencyMismatch(key=submission.key)
        first = self._draft.position + 1
        made = decided(
            self._sheet, self._draft, submission.command, caller, self._moment, self._rules, self._transaction
        )
        if not isinstance(made, Made):
            return made
        submission.events = self._stamped(submission, made, first)
        return self._done(submission, made)

    def _stamped(self, submission: Submission, made: Made, first: int) -> list[Event]:
        caller, key, reason = submission.caller, submission.key, reason_of(submission.command)
        batch = first if len(made.facts) > 1 else None
        return [
            stamped(fact, caller, self._moment, position, key=key, batch=batch, reason=reason, undoes=undoes)
            for position, (fact, undoes) in enumerate(zip(made.facts, made.undoes, strict=True), first)
        ]

    def _done(self, submission: Submission, made: Made) -> Answer:
        if submission.ends_session:
            assert submission.caller.session is not None
            self._transaction.end_session(submission.caller.session)
            self._sessions.discard(submission.caller.session)
        answer = answer_of(submission.command, submission.events, self._draft, self._moment, made)
        if submission.key is not None:
            self._keep(submission, answer)
        return answer

    def _keep(self, submission: Submission, answer: Answer) -> None:
        assert submission.key is not None
        kept = KeyedAnswer(
            actor=submission.caller.actor,
            key=submission.key,
            fingerprint=fingerprint(submission.command),
            position=submission.events[-1].position if submission.events else self._draft.position,
            at=self._moment.wall,
            answer=answer,
        )
        self._kept[kept.actor, kept.key] = kept
        self._answers.append(kept)

    def _live_sessions(self) -> set[str]:
        asked = {s.caller.session for s in self._submissions if s.caller.session is not None}
        return self._transaction.live_sessions(asked, self._moment.wall) if asked else set()

    def _kept_answers(self) -> dict[tuple[str, str], KeyedAnswer]:
        asked = {(s.caller.actor, s.key) for s in self._submissions if s.key is not None}
        return self._transaction.answers(asked) if asked else {}
