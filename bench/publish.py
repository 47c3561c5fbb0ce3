"""Bringing the table's file up to date after a one-cell edit, against `cp` of the same file."""

import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import figures, servers
from rowlock.core.fields import changed_record
from rowlock.core.records import read_table
from rowlock.core.sheet import Sheet
from rowlock.files.backups import Backups
from rowlock.files.table_file import TableFile

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 9
LABELS = ("cp", "after a quiet second", "right after another", "after one that left a backup")


def edited(sheet: Sheet, chance: random.Random) -> None:
    """Change one cell of some row, to a text of another length."""
    index = chance.randrange(sheet.next_index)
    row = sheet.row(index)
    if row is None:
        raise RuntimeError("a row is missing")
    record = changed_record(
        row.record, {4: f"{chance.uniform(-99999, 99999):.{chance.randrange(1, 6)}f}"}, sheet.dialect
    )
    sheet.replace(index, row.version + 1, record)


def of_rowlock(sheet: Sheet, table: TableFile) -> float:
    """Seconds to render the sheet and publish it, fdatasync and the folder's fsync included."""
    os.sync()  # so that what `cp` wrote is not waited for
    began = time.perf_counter()
    table.publish(sheet.file_parts())
    return time.perf_counter() - began


def of_cp(file: Path) -> float:
    """Seconds to copy the file, without any sync."""
    began = time.perf_counter()
    subprocess.run(["cp", str(file), str(file.with_suffix(".copy"))], check=True)
    return time.perf_counter() - began


def measured(rows: int) -> tuple[list[float], ...]:
    """For a table of so many rows, seconds of each of `LABELS` in each round."""
    found: tuple[list[float], ...] = ([], [], [], [])
    copies, quiet, spare, fresh = found
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "table.csv"
        servers.write_table(file, rows)
        sheet, table, backups = Sheet(), TableFile(file), Backups(Path(name) / "backups")
        sheet.load(read_table(file.read_bytes()))
        table.matches(sheet.file_parts())
        chance = random.Random(7)
        for _ in range(2):
            edited(sheet, chance)
            of_rowlock(sheet, table)
        for number in range(ROUNDS):
            copies.append(of_cp(file))
            table.prepare()
            while table.reserve():
                pass
            edited(sheet, chance)
            quiet.append(of_rowlock(sheet, table))
            edited(sheet, chance)
            spare.append(of_rowlock(sheet, table))
            edited(sheet, chance)
            displaced = table.publish(sheet.file_parts()).displaced
            if displaced is None:
                raise RuntimeError("nothing was displaced")
            backups.link(displaced, number, number)
            edited(sheet, chance)
            fresh.append(of_rowlock(sheet, table))
        table.close()
    return found


def report() -> Iterator[str]:
    """The lines of the table."""
    yield f"Publishing a table after a one-cell edit, {ROUNDS} interleaved rounds"
    yield figures.line("", "ms", "to cp", "spread")
    costs = {}
    for rows in SIZES:
        found = measured(rows)
        costs[rows] = found[1]
        for label, runs in zip(LABELS, found, strict=True):
            yield figures.line(f"{label}, {rows:,} rows", figures.ms(runs, 1), *figures.ratio(runs, found[0]))
    yield figures.growth(costs)
