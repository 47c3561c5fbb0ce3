"""The short way for what is asked most: the routes' own functions, called without FastAPI's machinery around them.

Routing, dependencies and middleware of FastAPI cost more than an edit or a window of rows does. A request that is in
order (a plain path, a query and a JSON body of the route's shape, a live session) is answered here, by the very
function of its route. Anything else goes the normal way, which says what is wrong with it; so nothing is refused here
but by the function itself.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from fastapi import Request, Response
from fastapi.params import Query
from fastapi.routing import APIRoute, APIRouter
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rowlock.http.deps import ConditionsDep, ServicesDep, SessionDep, conditions_of
from rowlock.http.errors import ProblemError, response_to
from rowlock.service.services import Services
from rowlock.wire import strict_json
from rowlock.wire.schemas import MAX_INTEGER

Endpoint = Callable[..., Awaitable[Response]]
BODY_BYTES = 1_000_000
QUERY_BYTES = 1_000
QUERIES_KEPT = 256
# What a function may want that every request has, and the names it goes by in `_bound`.
GIVEN = {ServicesDep: "services", ConditionsDep: "conditions", SessionDep: "session", Request: "request"}


class _NotInOrder(Exception):
    """The request is for the normal way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A parameter of the query: the argument it is for, its shape, and whether it may come several times."""

    argument: str
    shape: TypeAdapter[Any]
    many: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Route:
    """A route taken apart: where the row's index stands in its path, and what its function wants."""

    prefix: str
    suffix: str
    indexed: bool
    endpoint: Endpoint
    given: Mapping[str, str]
    """What every request has (see `GIVEN`), by argument."""
    query: Mapping[str, _Asked]
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
        found = self._route(scope) if scope["type"] == "http" else None
        services = self._services()
        if found is None or services is None:
            await self._app(scope, receive, send)
            return
        route, arguments = found
        read: list[Message] = []
        try:
            body = await _body(receive, read)
            arguments |= _bound(route, services, Request(scope, receive), body)
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
    """The route, if its function wants a session and nothing that cannot be given here."""
    hints = get_type_hints(route.endpoint, include_extras=True)
    given: dict[str, str] = {}
    query: dict[str, _Asked] = {}
    body_name, body, body_needed = None, None, False
    for name, parameter in signature(route.endpoint).parameters.items():
        hint = hints[name]
        if hint in GIVEN:
            given[name] = GIVEN[hint]
        elif asked := next((each for each in get_args(hint) if isinstance(each, Query)), None):
            query[asked.alias or name] = _Asked(argument=name, shape=TypeAdapter(hint), many=_is_list(hint))
        elif model := _model(hint):
            body_name, body, body_needed = name, model, parameter.default is Parameter.empty
        elif name != "index" and parameter.default is Parameter.empty:
            return None
    prefix, _, suffix = route.path.partition("{index}")
    if "{" in prefix + suffix or not {"session", "conditions"} & set(given.values()):
        return None
    return _Route(
        prefix=prefix,
        suffix=suffix,
        indexed="{index}" in route.path,
        endpoint=route.endpoint,
        given=given,
        query=query,
        body_name=body_name,
        body=body,
        body_needed=body_needed,
    )


def _model(hint: Any) -> type[BaseModel] | None:
    """The model in a hint such as `Cells` or `Annotated[LeaseRequest | None, Body()]`."""
    if isinstance(hint, type):
        return hint if issubclass(hint, BaseModel) else None
    return next((found for each in get_args(hint) if (found := _model(each))), None)


def _is_list(hint: Any) -> bool:
    """Whether a hint such as `Annotated[list[str] | None, Query()]` is of a list."""
    return get_origin(hint) is list or any(map(_is_list, get_args(hint)))


def _bound(route: _Route, services: Services, request: Request, body: bytes) -> dict[str, Any]:
    """The arguments of the route's function; raises what sends the request the normal way."""
    headers = _headers(request.scope)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    session = services.accounts.authenticate_now(token) if scheme.lower() == "bearer" else None
    if session is None:
        raise _NotInOrder
    has: dict[str, Any] = {"services": services, "session": session, "request": request}
    if "conditions" in route.given.values():
        has["conditions"] = conditions_of(headers, session)
    arguments = {name: has[what] for name, what in route.given.items()}
    if request.scope["query_string"]:
        arguments |= _queried(route, request.scope["query_string"])
    if route.body is not None and (body or route.body_needed):
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise _NotInOrder
        arguments[route.body_name or ""] = route.body.model_validate(strict_json.loads(body))
    elif body:
        raise _NotInOrder
    return arguments


@lru_cache(QUERIES_KEPT)
def _queried(route: _Route, query: bytes) -> Mapping[str, Any]:
    """The arguments in a query; one that is long, unknown or comes again is for the normal way."""
    if len(query) > QUERY_BYTES:
        raise _NotInOrder
    texts: dict[str, Any] = {}
    for name, text in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name not in route.query or (name in texts and not route.query[name].many):
            raise _NotInOrder
        texts[name] = [*texts.get(name, []), text] if route.query[name].many else text
    return {route.query[name].argument: route.query[name].shape.validate_python(each) for name, each in texts.items()}


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
