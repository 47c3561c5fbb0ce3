"""Who is connected: joining by token, presence, leases that outlive a lost socket for a while, being cut off."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError
from socketio.exceptions import ConnectionRefusedError as Refusal

from rowlock.core.commands import Caller, EndLeases
from rowlock.core.leases import Status
from rowlock.core.refusals import SessionEnded
from rowlock.core.times import format_millis
from rowlock.live.broadcast import Broadcaster
from rowlock.live.messages import Messages, parsed
from rowlock.live.server import GuardedServer
from rowlock.service.account_errors import AccountError
from rowlock.service.account_ports import Session
from rowlock.service.conflicts import Conflict
from rowlock.service.editor import Overloaded, Refused
from rowlock.service.number_ports import Number
from rowlock.service.ports import StorageError
from rowlock.service.publisher import Update
from rowlock.service.services import Services
from rowlock.wire.conflicts import conflict_message
from rowlock.wire.schemas import FocusMessage, SocketAuth
from rowlock.wire.statuses import status_body

log = logging.getLogger(__name__)

# Only sockets whose token was checked are in it, so nothing sent to it reaches a stranger.
ROOM = "members"
PRESENCE_SECONDS = 0.1
# Who is here is told to everybody, so the more there are, the less often: a thousand hear it once a second.
PRESENCE_SECONDS_EACH = 0.001
CATCH_UP_SECONDS = 0.01
FAREWELL_SECONDS = 2.0

Window = tuple[str, str | None]


@dataclass(slots=True, kw_only=True)
class Member:
    """A socket that has joined: its session, the window it stands for, and the row it is at."""

    session: Session
    client: str | None
    after: int | None
    index: int | None = None

    @property
    def window(self) -> Window:
        """The window of the session: leases belong to it, not to the socket."""
        return self.session.jti, self.client

    @property
    def caller(self) -> Caller:
        """Who asks when this socket asks."""
        return Caller(actor=self.session.username, session=self.session.jti, client=self.client)


class Sockets:
    """The sockets, as a sink of the publisher and as a source of commands."""

    def __init__(self, *, per_user: int, grace: float) -> None:
        self.broadcaster = Broadcaster(on_slow=self._drop_slow)
        self.server = GuardedServer(self.broadcaster, self, self._joined)
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.dropped = 0
        self._per_user = per_user
        self._grace = grace
        self._services: Services | None = None
        self._messages: Messages | None = None
        self._members: dict[str, Member] = {}
        self._of_user: Counter[str] = Counter()
        self._of_window: Counter[Window] = Counter()
        self._leaving: dict[Window, asyncio.TimerHandle] = {}
        self._presence: asyncio.TimerHandle | None = None

    def open(self, services: Services) -> None:
        """Begin to serve. Leases bound to sockets of before the start wait for them for a while."""
        self._services = services
        self._messages = Messages(services)
        sheet = services.editor.sheet
        for index in sheet.leased():
            lease = sheet.lease(index)
            if lease and lease.bound and lease.session:
                self._expect_back(Caller(actor=lease.holder, session=lease.session, client=lease.client))

    async def close(self) -> None:
        """Say goodbye to everybody."""
        for timer in self._leaving.values():
            timer.cancel()
        self._leaving.clear()
        self.broadcaster.send("session_ended", {"reason": "shutdown"}, ROOM)
        await asyncio.gather(*(self._farewell(sid) for sid in list(self._members)))
        self._services = None

    @property
    def count(self) -> int:
        """How many sockets have joined, or are about to."""
        return len(self._members)

    # What is sent

    def updated(self, update: Update) -> None:
        """Send new events to everybody."""
        self.broadcaster.send("csv_update", _update_body(update), ROOM)

    def locked(self, position: int, statuses: Sequence[Status]) -> None:
        """Send who may write which rows now to everybody."""
        if self._services is None:
            return
        wall = self._services.clock.wall()
        bodies = (status_body(status, wall, position) for status in statuses)
        self.broadcaster.send_each("lock_status", bodies, ROOM)

    async def sent(self) -> None:
        """Wait until what was sent so far is written or waits in the sockets' own queues."""
        await self.broadcaster.sent()

    def conflict(self, conflict: Conflict) -> None:
        """Tell everybody that an outside save was set aside."""
        self.broadcaster.send("file_conflict", conflict_message(conflict), ROOM)

    def number(self, number: Number) -> None:
        """Send a number, under both its names."""
        body = {"timestamp": format_millis(number.timestamp), "value": number.value}
        self.broadcaster.send("number", body, ROOM)
        self.broadcaster.send("random_number", body, ROOM)

    async def ended(self, session: Session, reason: str) -> None:
        """Cut off the sockets of a session that has ended."""
        sids = [sid for sid, member in self._members.items() if member.session.jti == session.jti]
        for sid in sids:
            self.broadcaster.send("session_ended", {"reason": reason}, sid)
        await asyncio.gather(*(self._farewell(sid) for sid in sids))

    # Coming and going

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        if self._services is None:
            raise Refusal("unavailable")
        try:
            given = SocketAuth.model_validate(auth)
            session = await self._services.accounts.authenticate(given.token)
        except (ValidationError, AccountError):
            raise Refusal("unauthorized") from None
        except StorageError:
            raise Refusal("unavailable") from None
        if self._of_user[session.key] >= self._per_user:
            raise Refusal("too_many_sockets")
        member = self._members[sid] = Member(session=session, client=given.client, after=given.after)
        self._of_user[session.key] += 1
        self._of_window[member.window] += 1

    async def _joined(self, sid: str) -> None:
        """Bring a new socket up to date, then let it hear what everybody hears, with no gap between the two."""
        member, services = self._members.get(sid), self._services
        if member is None or services is None:
            return
        if timer := self._leaving.pop(member.window, None):
            timer.cancel()
        position = services.publisher.position if member.after is None else member.after
        # It may have seen what is committed and not yet sent: wait a moment for the publisher, which is never far.
        while services.publisher.position < position <= services.feed.position:  # noqa: ASYNC110
            await asyncio.sleep(CATCH_UP_SECONDS)
        while position != services.publisher.position:
            upto = services.publisher.position
            events = await services.feed.since(position, upto) if position < upto else None
            body = _update_body(Update(after=position, position=upto, events=events or []))
            self.broadcaster.send("csv_update", body | ({} if events is not None else {"reload": True}), sid)
            position = upto
        await self.server.enter_room(sid, ROOM)
        if not services.accounts.is_live(member.session):
            await self.ended(member.session, "revoked")
        self._announce()

    async def _disconnect(self, sid: str, reason: str) -> None:
        self.server.expect_connected(self.broadcaster.eio_sid_from_sid(sid, "/"))
        member = self._members.pop(sid, None)
        if member is None:
            return
        _count_down(self._of_user, member.session.key)
        if _count_down(self._of_window, member.window) == 0:
            self._expect_back(member.caller)
        self._announce()

    def _expect_back(self, caller: Caller) -> None:
        """Give back the leases bound to a window's sockets unless one of them is back in time."""
        assert caller.session is not None
        window = caller.session, caller.client
        loop = asyncio.get_running_loop()
        if window not in self._leaving:
            self._leaving[window] = loop.call_later(self._grace, self._gone, window, caller)

    def _gone(self, window: Window, caller: Caller) -> None:
        self._leaving.pop(window, None)
        if window not in self._of_window:
            self.server.start_background_task(self._end_leases, caller)

    async def _end_leases(self, caller: Caller) -> None:
        if self._services is None:
            return
        try:
            await self._services.editor.submit(EndLeases(reason="disconnected", bound=True), caller)
        except Refused:
            return  # the session has ended, and its leases with it
        except (StorageError, Overloaded) as error:
            log.error("leases of a lost socket were not freed now, they expire: %s", error)

    async def _farewell(self, sid: str) -> None:
        """Disconnect once what waits has been sent; at once if it cannot be."""
        engine_sid = self.broadcaster.eio_sid_from_sid(sid, "/")
        await self.broadcaster.sent()
        try:
            await asyncio.wait_for(self.server.disconnect(sid), FAREWELL_SECONDS)
        except TimeoutError:
            if engine_sid is not None:
                self.server.drop(engine_sid)

    def _drop_slow(self, engine_sid: str) -> None:
        self.dropped += 1
        log.warning("a socket that does not read was dropped")
        self.server.drop(engine_sid)

    # What is received

    def begin(self, sid: str, name: str, arguments: list[Any]) -> Awaitable[Any]:
        """Begin to answer a message of a socket; an error, now or later, is what refuses it."""
        member = self._members.get(sid)
        if member is None:
            raise Refused(SessionEnded())
        assert self._messages is not None  # nobody joins before
        if name == "focus":
            return self._focus(member, arguments)
        return self._messages.begin(member.caller, name, arguments)

    def refusal(self, name: str, error: BaseException) -> Any:
        """The answer to a message of `name` that `error` refused."""
        assert self._messages is not None
        return self._messages.refusal(name, error)

    async def _focus(self, member: Member, arguments: list[Any]) -> Any:
        member.index = parsed(FocusMessage, arguments).index
        self._announce()
        return {"index": member.index}

    def _announce(self) -> None:
        """Tell everybody who is here, soon: many come and go at once."""
        if self._presence is None:
            wait = max(PRESENCE_SECONDS, PRESENCE_SECONDS_EACH * len(self._members))
            self._presence = asyncio.get_running_loop().call_later(wait, self._send_presence)

    def _send_presence(self) -> None:
        self._presence = None
        users = sorted({(m.session.username, m.index) for m in self._members.values()}, key=repr)
        body = [{"username": name} | ({} if index is None else {"index": index}) for name, index in users]
        self.broadcaster.send("presence", {"users": body}, ROOM)


def _count_down(counts: "Counter[Any]", key: Any) -> int:
    """One less; nothing is kept of what there is none of."""
    counts[key] -= 1
    return counts[key] or counts.pop(key)


def _update_body(update: Update) -> dict[str, Any]:
    events = [orjson.Fragment(event) for event in update.events]
    return {"after": update.after, "position": update.position, "events": events}
