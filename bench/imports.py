"""Importing a table over HTTP, until the table's file has it, against pandas reading and writing the file."""

import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench import figures, servers

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 5
BOUNDARY = b"bench-7c1f"
PANDAS = """
import sys, time
import pandas
began = time.perf_counter()
pandas.read_csv(sys.argv[1], dtype=str).to_csv(sys.argv[2], index=False)
print(time.perf_counter() - began)
"""


def of_pandas(file: Path) -> float:
    """Seconds to read the file as text and write it again."""
    command = [sys.executable, "-c", PANDAS, str(file), str(file.with_suffix(".out"))]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def of_rowlock(file: Path) -> float:
    """Seconds from sending the file into an empty table to the answer that the table's own file has it."""
    with tempfile.TemporaryDirectory() as name:
        table = Path(name) / "data" / "backend_table.csv"
        table.parent.mkdir()
        table.write_text(servers.COLUMNS + "\n")
        with servers.rowlock(Path(name)) as port:
            request = _request(port, servers.login(port, "bench"), file.read_bytes())
            began = time.perf_counter()
            with urllib.request.urlopen(request) as answer:
                answer.read()
            seconds = time.perf_counter() - began
            if table.stat().st_size != file.stat().st_size:
                raise RuntimeError("the table's file is not what was imported")
            return seconds


def _request(port: int, token: str, data: bytes) -> urllib.request.Request:
    head = b'--%b\r\nContent-Disposition: form-data; name="file"; filename="bench.csv"\r\n\r\n' % BOUNDARY
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}",
        "Prefer": "wait=materialized",
    }
    body = b"".join((head, data, b"\r\n--%b--\r\n" % BOUNDARY))
    return urllib.request.Request(f"http://127.0.0.1:{port}/api/import_csv", body, headers)


def report() -> Iterator[str]:
    """The lines of the table."""
    yield f"Import of a table, HTTP, answered once the file has it, {ROUNDS} interleaved rounds"
    yield figures.line("", "seconds", "to pandas", "spread")
    costs = {}
    for rows in SIZES:
        with tempfile.TemporaryDirectory() as name:
            file = Path(name) / "bench.csv"
            servers.write_table(file, rows)
            runs = [(of_pandas(file), of_rowlock(file)) for _ in range(ROUNDS)]
        pandas, costs[rows] = [theirs for theirs, _ in runs], [ours for _, ours in runs]
        for label, seconds in (("pandas, read and write", pandas), ("Rowlock", costs[rows])):
            yield figures.line(f"{label}, {rows:,} rows", f"{median(seconds):.2f}", *figures.ratio(seconds, pandas))
    yield figures.growth(costs)
