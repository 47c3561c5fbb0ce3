"""Engine.IO without what its connections leave behind: a class for each request, a task that sleeps on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import engineio
from engineio.async_drivers.asgi import translate_request
from engineio.async_socket import AsyncSocket


async def request_of(scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> Any:
    """The library's view of a request. For each it makes a class to read the body with, which only a full collection of
    garbage frees; a WebSocket has no body, so it is given the same without."""
    if scope["type"] != "websocket":
        return await translate_request(scope, receive, send)
    if (await receive())["type"] != "websocket.connect":
        return {}
    query = _decoded(scope.get("query_string", b"")) or ""
    headers: dict[str, str] = {}
    for name, text in ((_decoded(name), _decoded(text)) for name, text in scope["headers"]):
        if name is not None and text is not None:
            key = "HTTP_" + name.upper().replace("-", "_")
            headers[key] = f"{headers[key]},{text}" if key in headers else text
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": scope["path"],
        "QUERY_STRING": query,
        "RAW_URI": scope["path"] + (f"?{query}" if query else ""),
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": headers.get("HTTP_X_FORWARDED_PROTO", "http"),
        "asgi.receive": receive,
        "asgi.send": send,
        "asgi.scope": scope,
        **headers,
    }


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


class Engine(engineio.AsyncServer):  # type: ignore[misc]  # the library is not typed
    """Knows which task will ping a socket: it sleeps for 25 s, and the library lets it hold the lost ones as long."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._pings: dict[str, asyncio.Task[None]] = {}

    def start_background_task(self, target: Any, *given: Any, **named: Any) -> Any:
        """Start a task."""
        task = super().start_background_task(target, *given, **named)
        socket = getattr(target, "__self__", None)
        if isinstance(socket, AsyncSocket):
            self._pings[socket.sid] = task
        return task

    def forget(self, sid: str) -> None:
        """The socket is gone; nobody pings it any more."""
        ping = self._pings.pop(sid, None)
        if ping is not None and ping is not asyncio.current_task():
            ping.cancel()
