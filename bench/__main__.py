"""`python -m bench`: every measurement, as a table on standard output."""

import os
import platform
import sys

from bench import (
    batches,
    behind,
    edits,
    fanout,
    imports,
    publish,
    reads,
    replay,
    series,
    socket_edits,
    start,
    watching,
)


def main() -> None:
    """Print the machine and each table."""
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.platform()}")
    for report in (
        edits.report,
        batches.report,
        publish.report,
        imports.report,
        replay.report,
        socket_edits.report,
        fanout.report,
        watching.report,
        reads.report,
        start.report,
        series.report,
        behind.report,
    ):
        print()
        for line in report():
            print(line)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
