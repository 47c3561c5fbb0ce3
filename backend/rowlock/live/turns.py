"""Lets connections come and go a few at a time: when all are lost or back at once, edits must not wait for them."""

import asyncio
from collections import deque
from collections.abc import Callable

AT_ONCE = 2


class Turns:
    """Jobs in order, so many in each turn of the event loop."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()

    def call(self, job: Callable[[], None]) -> None:
        """Do a job, soon: others were before it, and requests have their turn in between."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._some)
        self._waiting.append(job)

    async def mine(self) -> None:
        """Wait until it is one's turn."""
        turn = asyncio.Event()
        self.call(turn.set)
        await turn.wait()

    def _some(self) -> None:
        try:
            for _ in range(min(AT_ONCE, len(self._waiting))):
                self._waiting.popleft()()
        finally:
            if self._waiting:
                asyncio.get_running_loop().call_soon(self._some)
