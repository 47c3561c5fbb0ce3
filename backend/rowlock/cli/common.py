"""What the commands share: finding the journal, naming a moment, saying things in JSON."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress

from rowlock.cli.complaints import explained, fail
from rowlock.core.times import parse_time
from rowlock.service.ports import Journal, StorageError
from rowlock.settings import Settings
from rowlock.storage import StartError, Storage, open_storage

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder of table and journal.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for a program to read.")]
Moment = Annotated[str | None, typer.Option("--at", help="A position or an RFC 3339 time.", show_default=False)]

out = Console(soft_wrap=True, highlight=False)


def settings_of(data_dir: Path | None, **more: Any) -> Settings:
    """The settings of the environment, with the folder of the command line."""
    given = {name: value for name, value in {"data_dir": data_dir, **more}.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        fail(explained(error), 2)


@contextmanager
def opened(settings: Settings) -> Iterator[Storage]:
    """The journal, which must be there; whatever fails on it ends the command with one line."""
    path = settings.data_dir / "rowlock.db"
    if not settings.database_url and not path.is_file():
        fail(f"there is no journal in {settings.data_dir}; `rowlock serve` makes one")
    storage = None
    try:
        storage = open_storage(settings)
        yield storage
    except (StartError, StorageError) as error:
        fail(str(error))
    finally:
        if storage is not None:
            storage.database.close()


def position_at(journal: Journal, head: int, text: str | None, option: str) -> int:
    """The position that a position or a time names; None is the present. Wrong usage ends the command with code 2."""
    if text is None:
        return head
    if text.isascii() and text.isdigit():
        position = int(text)
    else:
        try:
            at = parse_time(text)
        except ValueError as error:
            raise typer.BadParameter(f"a position or an RFC 3339 time: {error}", param_hint=option) from None
        position = asyncio.run(journal.position_at(at))
    if position > head:
        raise typer.BadParameter(f"the journal ends at position {head}", param_hint=option)
    return position


def say_json(value: object) -> None:
    """A value as JSON on standard output."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress bar on standard error, if that is a terminal."""
    bar = Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    with bar:
        yield bar
