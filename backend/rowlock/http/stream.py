"""The journal as server-sent events: what the sockets get, for curl and for any language."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, cast

import orjson
from fastapi import APIRouter, Query, Request, Response
from starlette.types import Receive, Scope, Send

from rowlock.core.leases import Status
from rowlock.core.times import format_millis
from rowlock.http.deps import Digits, ServicesDep, SessionDep, StrictRoute, integer_in
from rowlock.http.errors import ProblemError
from rowlock.http.openapi import problem_responses
from rowlock.service.account_ports import Session
from rowlock.service.conflicts import Conflict
from rowlock.service.number_ports import Number
from rowlock.service.publisher import Update
from rowlock.service.services import Services
from rowlock.wire.conflicts import conflict_message
from rowlock.wire.problems import Problem
from rowlock.wire.schemas import MAX_INTEGER
from rowlock.wire.statuses import status_body

log = logging.getLogger(__name__)
router = APIRouter(route_class=StrictRoute, tags=["journal"])

KEEP_ALIVE_SECONDS = 15.0
MESSAGES_LIMIT = 500
BYTES_LIMIT = 4_000_000
FAREWELL_SECONDS = 1.0
MOMENT_SECONDS = 0.01


class Reader:
    """Somebody who follows. Messages wait here until they are sent; whoever lets too many wait is dropped."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.joined = False
        self.ended = asyncio.Event()
        self.dropped = asyncio.Event()
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()

    def offer(self, message: bytes) -> None:
        """Have a message sent after those that wait."""
        self._waiting.append(message)
        self._bytes += len(message)
        self._wake.set()
        if len(self._waiting) > MESSAGES_LIMIT or self._bytes > BYTES_LIMIT:
            self._waiting.clear()
            self.dropped.set()

    def end(self) -> None:
        """Send what waits, and no more."""
        self.ended.set()
        self._wake.set()

    async def next(self) -> bytes:
        """What waits, once something does; a comment after a long silence, so that nobody takes the line for dead."""
        try:
            async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return b": still here\n\n"
        return self.rest()

    def rest(self) -> bytes:
        """What waits now."""
        self._wake.clear()
        messages = b"".join(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        return messages


class Streams:
    """Everybody who follows by server-sent events, as a sink of the publisher."""

    def __init__(self, *, per_user: int) -> None:
        self.dropped = 0
        self._per_user = per_user
        self._services: Services | None = None
        self._readers: set[Reader] = set()

    def open(self, services: Services) -> None:
        """Begin to serve."""
        self._services = services

    def close(self) -> None:
        """Say goodbye to everybody."""
        self._end(set(self._readers), "shutdown")

    @property
    def count(self) -> int:
        """How many follow."""
        return len(self._readers)

    def updated(self, update: Update) -> None:
        """Send new events to everybody."""
        if self._readers:
            self._send(update_message(update))

    def locked(self, position: int, statuses: Sequence[Status]) -> None:
        """Send who may write which rows now to everybody."""
        if self._services is not None and self._readers:
            wall = self._services.clock.wall()
            self._send(b"".join(message("lock_status", status_body(each, wall, position)) for each in statuses))

    async def sent(self) -> None:
        """What was sent waits for each reader by itself."""

    def number(self, number: Number) -> None:
        """Send a number to everybody."""
        self._send(message("number", {"timestamp": format_millis(number.timestamp), "value": number.value}))

    def conflict(self, conflict: Conflict) -> None:
        """Say to everybody that an outside edit was set aside."""
        self._send(message("file_conflict", conflict_message(conflict)))

    async def ended(self, session: Session, reason: str) -> None:
        """Cut off the streams of a session that has ended."""
        self._end({reader for reader in self._readers if reader.session.jti == session.jti}, reason)

    def check(self, session: Session) -> None:
        """Refuse one stream too many of a person."""
        if sum(reader.session.key == session.key for reader in self._readers) >= self._per_user:
            detail = f"One person can follow by {self._per_user} streams at once."
            raise ProblemError(Problem(code="too_many_streams", detail=detail, retry_after=5))

    def enter(self, session: Session) -> Reader:
        """A new reader, who hears nothing before `joined`."""
        reader = Reader(session)
        self._readers.add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """The reader is gone."""
        self._readers.discard(reader)
        if reader.dropped.is_set():
            self.dropped += 1
            log.warning("a stream that is not read was dropped")

    def _send(self, text: bytes) -> None:
        for reader in self._readers:
            if reader.joined:
                reader.offer(text)

    def _end(self, readers: set[Reader], reason: str) -> None:
        for reader in readers:
            reader.offer(message("session_ended", {"reason": reason}))
            reader.end()


class EventStream(Response):
    """A response that lasts as long as its reader, the session and the server."""

    media_type = "text/event-stream"

    def __init__(self, services: Services, streams: Streams, session: Session, after: int | None) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._services = services
        self._streams = streams
        self._session = session
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until one of them ends. A reader who does not take what is sent is left without another word."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        reader = self._streams.enter(self._session)
        ends = (self._follow(reader, send), _gone(receive), reader.dropped.wait())
        tasks = [asyncio.ensure_future(end) for end in ends]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._streams.leave(reader)
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await send({"type": "http.response.body", "body": b""})

    async def _follow(self, reader: Reader, send: Send) -> None:
        async def put(text: bytes) -> None:
            await send({"type": "http.response.body", "body": text, "more_body": True})

        await put(b": welcome\n\n")
        await self._catch_up(put)
        reader.joined = True
        if not self._services.accounts.is_live(self._session):
            await self._streams.ended(self._session, "revoked")
        while not reader.ended.is_set():
            await put(await reader.next())
        await put(reader.rest())

    async def _catch_up(self, put: Callable[[bytes], Awaitable[None]]) -> None:
        """Send what the reader has missed: all that was sent to the others until this returns."""
        publisher, feed = self._services.publisher, self._services.feed
        position = publisher.position if self._after is None else self._after
        # Whoever made the newest edit may be ahead of the others for a moment.
        while publisher.position < position <= feed.position:  # noqa: ASYNC110  (a moment is all there is to wait for)
            await asyncio.sleep(MOMENT_SECONDS)
        while position != publisher.position:
            upto = publisher.position
            events = await feed.since(position, upto) if position < upto else None
            if events is None:
                await put(message("reload", {"position": upto}, upto))
            else:
                await put(update_message(Update(after=position, position=upto, events=events)))
            position = upto


@router.get("/api/stream", status_code=200, response_class=EventStream, responses=problem_responses("too_many_streams"))
async def stream(
    request: Request,
    all_services: ServicesDep,
    session: SessionDep,
    after: Annotated[int | None, Query(ge=0, le=MAX_INTEGER), Digits] = None,
) -> Response:
    """Follow as server-sent events: `csv_update`, `lock_status`, `number`, `file_conflict`, `reload`, `session_ended`.

    `Last-Event-ID`, else `after`, is the position to go on from; too far behind, `reload` says to load the table anew.
    """
    seen = integer_in("Last-Event-ID", request.headers.get("last-event-id") or None)
    streams = cast(Streams, request.app.state.streams)
    streams.check(session)
    return EventStream(all_services, streams, session, after if seen is None else seen)


def update_message(update: Update) -> bytes:
    """New events as a message; its id is where to go on."""
    events = [orjson.Fragment(event) for event in update.events]
    return message(
        "csv_update", {"after": update.after, "position": update.position, "events": events}, update.position
    )


def message(name: str, data: Mapping[str, object], position: int | None = None) -> bytes:
    """A server-sent event. JSON has no bare line ends, so its data is one line."""
    place = b"" if position is None else b"id: %d\n" % position
    return b"%bevent: %b\ndata: %b\n\n" % (place, name.encode(), orjson.dumps(data))


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
