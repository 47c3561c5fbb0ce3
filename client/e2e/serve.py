"""Starts the real server for a story; settings come from the environment as everywhere."""

import sys

import uvicorn

from rowlock.main import create_app
from rowlock.settings import Settings

settings = Settings(port=int(sys.argv[1]))
uvicorn.run(
    create_app(settings),
    host="127.0.0.1",
    port=settings.port,
    log_level="warning",
    access_log=False,
    ws_per_message_deflate=False,
    timeout_graceful_shutdown=2,
)
