"""`python -m bench [NAME ...]`: every measurement, or those with these names, as tables on standard output."""

import os
import platform
import sys
import time
from collections.abc import Sequence

from bench import (
    batches,
    behind,
    edits,
    fanout,
    history,
    imports,
    publish,
    reads,
    replay,
    restore,
    series,
    socket_edits,
    start,
    watching,
)

REPORTS = {
    "edits": edits.report,
    "batches": batches.report,
    "publish": publish.report,
    "imports": imports.report,
    "replay": replay.report,
    "history": history.report,
    "socket_edits": socket_edits.report,
    "fanout": fanout.report,
    "watching": watching.report,
    "reads": reads.report,
    "start": start.report,
    "restore": restore.report,
    "series": series.report,
    "behind": behind.report,
}


def main(names: Sequence[str]) -> None:
    """Print the machine and the tables with these names, or all."""
    if unknown := [name for name in names if name not in REPORTS]:
        sys.exit(f"There is no measurement {unknown[0]!r}; there are: {', '.join(REPORTS)}.")
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.platform()}")
    for name in names or REPORTS:
        print(flush=True)
        began = time.monotonic()
        for line in REPORTS[name]():
            print(line, flush=True)
        print(f"({name}: {time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
