"""Runs the application under uvicorn, and ends it well."""

import logging
import sys
from collections.abc import Callable
from socket import socket
from typing import Any

import uvicorn

from rowlock.cli.complaints import fail
from rowlock.main import create_app
from rowlock.settings import Settings
from rowlock.telemetry import set_up_logging

log = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 5
# How long a thread goes on while another one waits for the interpreter. An edit's way leads through two threads, and
# whoever keeps one of them busy made each step of it wait for Python's own 5 ms.
SWITCH_SECONDS = 0.0003


def run(settings: Settings) -> None:
    """Serve until told to stop; ends the command with code 1 and one line if the server cannot start."""
    sys.setswitchinterval(SWITCH_SECONDS)
    set_up_logging(settings.log_level, as_json=settings.log_json)
    application = create_app(settings)
    app = _StartGuard(application)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        workers=1,  # one event loop owns the table
        ws=application.protocol,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        server_header=False,
    )
    server = _Server(config, application.say_goodbye)
    try:
        server.run()
    except SystemExit as error:
        fail(app.failure or f"cannot listen on {settings.host}:{settings.port}", int(bool(error.code)))
    if app.failure:
        fail(app.failure)


class _Server(uvicorn.Server):
    """Says goodbye to those who would keep it from stopping."""

    def __init__(self, config: uvicorn.Config, say_goodbye: Callable[[], None]) -> None:
        super().__init__(config)
        self._say_goodbye = say_goodbye

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop; requests that run are waited for."""
        self._say_goodbye()
        await super().shutdown(sockets)


class _StartGuard:
    """Turns the traceback of a failed start into one line."""

    def __init__(self, app: Any) -> None:
        self.failure: str | None = None
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Any) -> None:
            if message["type"] == "lifespan.startup.failed":
                lines = message.get("message", "").strip().splitlines() or ["the server could not start"]
                self.failure = lines[-1].partition("StartError: ")[2] or lines[-1]
                log.debug("%s", message.get("message", ""))
                message = {"type": "lifespan.startup.failed", "message": ""}
            await send(message)

        await self._app(scope, receive, guarded)
