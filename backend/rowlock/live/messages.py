"""What clients may send over a socket: each message checked, done by the same editor as everything else, answered."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from rowlock.core.commands import AddRow, Caller, Command, DeleteRow, ReleaseLease, RenewLease, TakeLease, UpdateRow
from rowlock.service.account_errors import AccountError
from rowlock.service.editor import Overloaded, Refused
from rowlock.service.ports import StorageError
from rowlock.service.services import Services
from rowlock.wire.problems import Problem, problem_of
from rowlock.wire.schemas import (
    AddMessage,
    DeleteMessage,
    HeldMessage,
    LockMessage,
    SyncMessage,
    UpdateMessage,
)

log = logging.getLogger(__name__)

M = TypeVar("M", bound=BaseModel)
KNOWN = (Refused, AccountError, StorageError, Overloaded)


class BadEvent(Exception):
    """The message is of no known name, or its payload not of the name's shape."""


def parsed(shape: type[M], arguments: list[Any]) -> M:
    """The one payload of a message as its shape; raises `BadEvent`."""
    if len(arguments) != 1 or not isinstance(arguments[0], dict):
        raise BadEvent("A message carries one object.")
    try:
        return shape.model_validate(arguments[0])
    except ValidationError as error:
        first = error.errors()[0]
        raise BadEvent(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}.") from None


class Messages:
    """Answers the messages of clients; an answer is a value for JSON."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._handlers: dict[str, Callable[[Caller, list[Any]], Awaitable[Any]]] = {
            "sync": self._sync,
            "lock": self._lock,
            "renew": self._renew,
            "unlock": self._unlock,
            "add": self._add,
            "update": self._update,
            "delete": self._delete,
        }

    def begin(self, caller: Caller, name: str, arguments: list[Any]) -> Awaitable[Any]:
        """Begin to answer a message of `name`; raises what refuses it, now or when awaited."""
        handler = self._handlers.get(name)
        if handler is None:
            raise BadEvent(
                f"There is no message {name!r}." if name else "A message has a name that is free, and no binary parts."
            )
        return handler(caller, arguments)

    def refusal(self, name: str, error: BaseException) -> Any:
        """The answer to a message of `name` that `error` refused."""
        if isinstance(error, BadEvent):
            return {"error": Problem(code="bad_event", detail=str(error)).body()}
        if not isinstance(error, KNOWN):
            log.error("the message %s failed", name, exc_info=error)
        return {"error": problem_of(error, self._services.clock.wall()).body()}

    async def _sync(self, caller: Caller, arguments: list[Any]) -> Any:
        after = parsed(SyncMessage, arguments).after
        feed = self._services.feed
        upto = feed.position
        events = await feed.since(after, upto)
        if events is None:
            return {"reload": True}
        return {"position": upto, "events": [orjson.Fragment(event) for event in events]}

    def _lock(self, caller: Caller, arguments: list[Any]) -> Awaitable[Any]:
        message = parsed(LockMessage, arguments)
        return self._do(caller, TakeLease(index=message.index, takeover=message.takeover, bound=True))

    def _renew(self, caller: Caller, arguments: list[Any]) -> Awaitable[Any]:
        message = parsed(HeldMessage, arguments)
        return self._do(caller, RenewLease(index=message.index, token=message.token))

    def _unlock(self, caller: Caller, arguments: list[Any]) -> Awaitable[Any]:
        message = parsed(HeldMessage, arguments)
        return self._do(caller, ReleaseLease(index=message.index, token=message.token))

    def _add(self, caller: Caller, arguments: list[Any]) -> Awaitable[Any]:
        message = parsed(AddMessage, arguments)
        command = AddRow(cells=message.cells, after=message.after, before=message.before)
        return self._do(caller, command, message.key)

    def _update(self, caller: Caller, arguments: list[Any]) -> Awaitable[Any]:
        message = parsed(UpdateMessage, arguments)
        command = UpdateRow(index=message.index, cells=message.cells, version=message.version, token=message.token)
        return self._do(caller, command, message.key)

    def _delete(self, caller: Caller, arguments: list[Any]) -> Awaitable[Any]:
        message = parsed(DeleteMessage, arguments)
        command = DeleteRow(index=message.index, version=message.version, token=message.token)
        return self._do(caller, command, message.key)

    def _do(self, caller: Caller, command: Command, key: str | None = None) -> Awaitable[Any]:
        return self._services.editor.submit(command, caller, key=key)
