"""A server that does nothing but tell all its sockets something now and then: Rowlock's way, or that of a library."""

import asyncio
import sys
import time
from typing import Any

import orjson
import socketio
import uvicorn
import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.watchers import allow_files
from rowlock import garbage
from rowlock.live.broadcast import Broadcaster
from rowlock.live.protocol import protocol_of
from rowlock.live.server import GuardedServer

EVERY_SECONDS = 0.1
FILLER = "x" * 130


def message(number: int) -> dict[str, Any]:
    """Some 200 bytes that say when they were sent."""
    return {"after": number - 1, "position": number, "at": time.perf_counter_ns(), "events": [FILLER]}


def ours() -> socketio.AsyncServer:
    """Rowlock's sockets, open to all, without what is behind them."""
    broadcaster = Broadcaster(on_slow=lambda sid: server.drop(sid))

    async def ignore(*_: Any) -> None:
        return None

    class Deaf:
        """Watchers have nothing to say."""

        begin = refusal = staticmethod(ignore)

    async def joined(sid: str) -> None:
        await server.enter_room(sid, "members")

    async def tell() -> None:
        for number in range(1, 1_000_000):
            broadcaster.send("csv_update", message(number), "members")
            await asyncio.sleep(EVERY_SECONDS)

    server = GuardedServer(broadcaster, Deaf(), joined)
    server.on("connect", ignore)
    server.telling = tell
    garbage.relax()
    return server


def default() -> socketio.AsyncServer:
    """The library as it comes."""
    server = socketio.AsyncServer(async_mode="asgi")

    async def tell() -> None:
        for number in range(1, 1_000_000):
            await server.emit("csv_update", message(number))
            await asyncio.sleep(EVERY_SECONDS)

    server.telling = tell
    return server


async def bare(port: int) -> None:
    """The broadcast of `websockets`, behind just as much of Socket.IO as lets the watchers join."""
    joined: set[ServerConnection] = set()

    async def join(connection: ServerConnection) -> None:
        await connection.send('0{"sid":"bare","upgrades":[]}')
        await connection.recv()
        await connection.send('40{"sid":"bare"}')
        joined.add(connection)
        await connection.wait_closed()
        joined.remove(connection)

    async with serve(join, "127.0.0.1", port, compression=None, ping_interval=None):
        for number in range(1, 1_000_000):
            broadcast(joined, "42" + orjson.dumps(["csv_update", message(number)]).decode())
            await asyncio.sleep(EVERY_SECONDS)


def main(kind: str, port: int) -> None:
    """Serve until ended."""
    allow_files()
    if kind == "bare":
        uvloop.run(bare(port))
        return
    server = {"ours": ours, "default": default}[kind]()

    async def start() -> None:
        server.start_background_task(server.telling)

    app = socketio.ASGIApp(server, on_startup=start)
    protocol = protocol_of(server.turns) if isinstance(server, GuardedServer) else "auto"
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", ws=protocol, ws_per_message_deflate=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
