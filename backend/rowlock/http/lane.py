"""The short way for writes: the routes' own functions, called without FastAPI's machinery around them.

Routing, dependencies and middleware of FastAPI cost more than an edit does. A write that is in order (a plain path, no
query, a JSON body of the route's shape, a live session) is answered here, by the very function of its route. Anything
else goes the normal way, which says what is wrong with it; so nothing is refused here but by the function itself.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any, get_args, get_type_hints

from fastapi import Response
from fastapi.routing import APIRoute, APIRouter
from pydantic import BaseModel, ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rowlock.http.deps import ConditionsDep, ServicesDep, conditions_of
from rowlock.http.errors import ProblemError, response_to
from rowlock.service.services import Services
from rowlock.wire import strict_json
from rowlock.wire.schemas import MAX_INTEGER

Endpoint = Callable[..., Awaitable[Response]]
BODY_BYTES = 1_000_000


class _NotInOrder(Exception):
    """The request is for the normal way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    """A route taken apart: where the row's index stands in its path, and what its function wants."""

    prefix: str
    suffix: str
    indexed: bool
    endpoint: Endpoint
    body_name: str | None
    body: type[BaseModel] | None
    body_needed: bool

    def index_in(self, path: str) -> int | None:
        """The index in a path of this route; None if the path is another's."""
        if not self.indexed or not path.startswith(self.prefix) or not path.endswith(self.suffix):
            return None
        text = path[len(self.prefix) : len(path) - len(self.suffix)]
        if not (text.isascii() and text.isdigit() and len(text) <= 16):
            return None
        index = int(text)
        return index if index <= MAX_INTEGER else None


class Lane:
    """An ASGI application around the whole of FastAPI's."""

    def __init__(self, app: ASGIApp, routers: Iterable[APIRouter], services: Callable[[], Services | None]) -> None:
        self._app = app
        self._services = services
        self._routes: dict[str, list[_Route]] = {}
        for router in routers:
            for route in router.routes:
                if isinstance(route, APIRoute) and (taken := _taken_apart(route)):
                    for method in route.methods or ():
                        self._routes.setdefault(method, []).append(taken)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer here if the request is in order, else let the normal way answer it, its body unread or replayed."""
        found = self._route(scope) if scope["type"] == "http" and not scope["query_string"] else None
        services = self._services()
        if found is None or services is None:
            await self._app(scope, receive, send)
            return
        route, arguments = found
        read: list[Message] = []
        try:
            body = await _body(receive, read)
            arguments |= _bound(route, services, _headers(scope), body)
        except (_NotInOrder, ValidationError, strict_json.BadJson, ProblemError):
            await self._app(scope, _replayed(read, receive), send)
            return
        try:
            response = await route.endpoint(**arguments)
        except Exception as error:  # as in FastAPI's own handlers: every error leaves as a problem
            response = response_to(error, f"{scope['method']} {scope['path']}")
        await response(scope, receive, send)

    def _route(self, scope: Scope) -> tuple[_Route, dict[str, Any]] | None:
        path = scope["path"]
        for route in self._routes.get(scope["method"], ()):
            if route.indexed:
                index = route.index_in(path)
                if index is not None:
                    return route, {"index": index}
            elif path == route.prefix:
                return route, {}
        return None


def _taken_apart(route: APIRoute) -> _Route | None:
    """The route, if its function wants nothing but services, conditions, an index, a body and what has a default."""
    hints = get_type_hints(route.endpoint, include_extras=True)
    body_name, body, body_needed, given = None, None, False, False
    for name, parameter in signature(route.endpoint).parameters.items():
        hint = hints[name]
        given = given or hint == ConditionsDep
        if hint in (ServicesDep, ConditionsDep) or name == "index":
            continue
        model = _model(hint)
        if model is not None:
            body_name, body, body_needed = name, model, parameter.default is Parameter.empty
        elif parameter.default is Parameter.empty:
            return None
    prefix, _, suffix = route.path.partition("{index}")
    return (
        _Route(
            prefix=prefix,
            suffix=suffix,
            indexed="{index}" in route.path,
            endpoint=route.endpoint,
            body_name=body_name,
            body=body,
            body_needed=body_needed,
        )
        if given and "{" not in prefix + suffix
        else None
    )


def _model(hint: Any) -> type[BaseModel] | None:
    """The model in a hint such as `Cells` or `Annotated[LeaseRequest | None, Body()]`."""
    if isinstance(hint, type):
        return hint if issubclass(hint, BaseModel) else None
    return next((found for each in get_args(hint) if (found := _model(each))), None)


def _bound(route: _Route, services: Services, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The arguments of the route's function; raises what sends the request the normal way."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    session = services.accounts.authenticate_now(token) if scheme.lower() == "bearer" else None
    if session is None:
        raise _NotInOrder
    arguments: dict[str, Any] = {"all_services": services, "given": conditions_of(headers, session)}
    if route.body is not None and (body or route.body_needed):
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise _NotInOrder
        arguments[route.body_name or ""] = route.body.model_validate(strict_json.loads(body))
    elif body:
        raise _NotInOrder
    return arguments


def _headers(scope: Scope) -> dict[str, str]:
    """The headers by lower-case name; one that stands twice is for the normal way."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    if len(headers) != len(scope["headers"]):
        raise _NotInOrder
    return headers


async def _body(receive: Receive, read: list[Message]) -> bytes:
    """The body, each message of it noted in `read`; a large one is for the normal way, which has a limit."""
    parts, size = [], 0
    while True:
        message = await receive()
        read.append(message)
        if message["type"] != "http.request":
            raise _NotInOrder
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_BYTES:
            raise _NotInOrder
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(read: list[Message], receive: Receive) -> Receive:
    """Gives what was read before again, then goes on."""
    messages = iter(read)

    async def replayed() -> Message:
        return next(messages, None) or await receive()

    return replayed
