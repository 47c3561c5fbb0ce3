"""The examples in docs/HISTORY.md, run in order on the table and the story of the page."""

import asyncio
import json
import re
import shlex
from hashlib import sha256
from pathlib import Path

import pytest
from tests.cli.house import rowlock, settings_in
from tests.server import refusal, serving

from rowlock.core.commands import AddRow, Caller, Command, DeleteRow, ImportTable, RenameColumn, UpdateRow
from rowlock.core.refusals import Conflict
from rowlock.storage import editing, open_storage

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "HISTORY.md").read_text()
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w+)[^\n]*\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def blocks(kind: str) -> list[str]:
    return [text for name, text in BLOCKS if name == kind]


def command_of(verb: str, words: list[str]) -> Command:
    cells = dict(word.split("=") for word in words if "=" in word)
    match verb:
        case "update":
            return UpdateRow(index=int(words[0]), cells=cells)
        case "add":
            return AddRow(cells=cells)
        case "delete":
            return DeleteRow(index=int(words[0]))
        case _:
            return RenameColumn(column=words[0], to=words[1])


async def happen(folder: Path) -> None:
    """Do what the story tells."""
    settings = settings_in(folder)
    storage = open_storage(settings)
    async with editing(storage, settings) as editor:
        data = blocks("csv")[0].encode()
        await editor.submit(ImportTable(data=data, blob=sha256(data).digest()), Caller(actor="system"))
        for line in blocks("story")[0].splitlines():
            position, actor, verb, *words = line.split()
            await editor.submit(command_of(verb, words), Caller(actor=actor))
            assert editor.sheet.position == int(position)
    storage.database.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the story has happened."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROWLOCK_COOLDOWN_SECONDS", "0")
    asyncio.run(happen(tmp_path))
    return tmp_path


def test_the_commands_say_what_the_page_says(folder: Path) -> None:
    examples = [example for session in blocks("console") for example in session.split("$ ")[1:]]
    for example in examples:
        command, _, expected = example.partition("\n")
        run = rowlock(*shlex.split(command)[1:])
        assert TIME.sub("", run.out + run.err) == TIME.sub("", expected), command


def test_the_answer_over_http_is_that_of_the_page(folder: Path) -> None:
    (request,), (expected,) = blocks("http"), blocks("json")
    _, path, body = request.split(maxsplit=2)
    with serving(folder, cooldown_seconds=0) as server:
        assert refusal(server.user("ann").post(path, json=json.loads(body)), 409, "undo_conflict") == json.loads(
            expected
        )


def test_every_conflict_is_on_the_page() -> None:
    listed = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*) \|", TEXT, re.MULTILINE)))
    named = re.findall(r"\b([a-z]+_[a-z]+)\b", (Conflict.__doc__ or "").partition("`code`:")[2])
    assert set(named) <= set(listed)
