"""The WebSocket of uvicorn, as it is served: on uvloop, which takes offence at what is written after the end."""

import asyncio
from collections.abc import Callable
from typing import Any

import uvicorn
import uvloop
from tests.live.windows import soon
from websockets.asyncio.client import connect

from rowlock.live.protocol import protocol_of
from rowlock.live.turns import Turns


class HeldTurns(Turns):
    """Nobody has a turn while they are held."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Callable[[], None]] | None = None

    def call(self, job: Callable[[], None]) -> None:
        if self.held is None:
            super().call(job)
        else:
            self.held.append(job)

    def let_go(self) -> None:
        """Let all have their turn now."""
        held, self.held = self.held, None
        for job in held or ():
            self.call(job)


def test_the_end_of_a_connection_waits_for_its_turn_and_the_server_may_stop_meanwhile() -> None:
    turns, ends = HeldTurns(), list[str]()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "websocket"
        await receive()
        await send({"type": "websocket.accept"})
        ends.append((await receive())["type"])

    async def lost_while_the_server_stops() -> None:
        config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, ws=protocol_of(turns))
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        await soon(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        client = await connect(f"ws://127.0.0.1:{port}")
        turns.held = []
        client.transport.abort()
        await soon(lambda: turns.held)
        server.should_exit = True
        await soon(lambda: not server.servers[0].is_serving())
        assert ends == []
        turns.let_go()
        await serving
        assert ends == ["websocket.disconnect"]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(asyncio.wait_for(lost_while_the_server_stops(), 20))
