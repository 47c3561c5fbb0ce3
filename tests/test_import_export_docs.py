"""The examples in docs/IMPORT_EXPORT.md, run: each section on a table of its own."""

import asyncio
import json
import re
import shlex
from hashlib import sha256
from pathlib import Path

import pytest
from tests.cli.house import rowlock, settings_in
from tests.server import made, serving

from rowlock.core.commands import Caller, ImportTable
from rowlock.storage import editing, open_storage

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "IMPORT_EXPORT.md").read_text()
SECTIONS = re.split(r"^## ", TEXT, flags=re.MULTILINE)
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = {name: text for kind, name, text in BLOCK.findall(TEXT) if kind == "csv" and name}
TABLE = BLOCK.findall(SECTIONS[0])[0][2].encode()
COMMANDS = [
    (section.partition("\n")[0], text)
    for section in SECTIONS
    for kind, _, text in BLOCK.findall(section)
    if kind == "console"
]


async def _first_import(folder: Path) -> None:
    storage = open_storage(settings_in(folder))
    async with editing(storage, settings_in(folder)) as editor:
        await editor.submit(ImportTable(data=TABLE, blob=sha256(TABLE).digest()), Caller(actor="system"))
    storage.database.close()


@pytest.mark.parametrize(("section", "session"), COMMANDS)
def test_the_commands_say_what_the_page_says(
    section: str, session: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asyncio.run(_first_import(tmp_path))
    for name, text in FILES.items():
        Path(name).write_text(text)
    for example in session.split("$ ")[1:]:
        command, _, expected = example.partition("\n")
        run = rowlock(*shlex.split(command)[1:])
        assert run.out + run.err == expected, f"{section}: {command}"


def test_the_answer_over_http_is_that_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "backend_table.csv").write_bytes(TABLE)
    expected = next(json.loads(text) for kind, _, text in BLOCK.findall(TEXT) if kind == "json")
    with serving(tmp_path) as server:
        params = {"mode": "upsert", "key": "id", "dry_run": "true"}
        answer = server.user("ada").post("/api/import_csv", params=params, files={"file": FILES["prices.csv"].encode()})
        assert made(answer) == expected
