"""The yardstick of durability: a loop that appends an edit's worth of bytes to a file and waits for the disk."""

import os
import tempfile
import time

from bench.load import Figures

BYTES = b"x" * 300


def run(seconds: float) -> Figures:
    """Append and `fdatasync`, one after the other, for so long."""
    latencies = []
    with tempfile.NamedTemporaryFile() as file:
        began = now = time.perf_counter()
        while now < began + seconds:
            os.write(file.fileno(), BYTES)
            os.fdatasync(file.fileno())
            before, now = now, time.perf_counter()
            latencies.append(now - before)
    return Figures(seconds=now - began, latencies=latencies, refused=0)
