"""Lets connections come and go a few at a time: when all are lost or back at once, edits must not wait for them."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

AT_ONCE = 2
# A thread that waits for the interpreter asks for it after 0.3 ms in which nobody let go of it. A loop that handles one
# connection after the other lets go with each, and has it back before anybody is awake: the journal's thread was seen
# to wait for 50 ms. This is long enough to wake up.
GIVING_WAY_SECONDS = 0.0002


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
            time.sleep(GIVING_WAY_SECONDS)
            if self._waiting:
                asyncio.get_running_loop().call_soon(self._some)
