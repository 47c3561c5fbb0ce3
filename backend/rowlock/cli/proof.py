"""The command that proves: the journal, the file, the snapshots, and receipts of events."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from rowlock.cli.common import AsJson, DataDir, opened, out, progress, say_json, settings_of
from rowlock.cli.complaints import fail, printable
from rowlock.core.sheet import Sheet
from rowlock.files.table_file import TableFile, TableFileError
from rowlock.service import verifier
from rowlock.service.materializer import MARK
from rowlock.service.ports import Head, Journal, Link
from rowlock.service.queries import folded
from rowlock.settings import Settings
from rowlock.storage import Storage
from rowlock.store import codec
from rowlock.wire.receipts import read_receipt

VERIFY_TRIES = 3


def verify(
    data_dir: DataDir = None,
    receipt: Annotated[
        Path | None, typer.Option(help="A receipt to check: alone, and against the journal if there is one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replay the journal and check its hash chain and snapshots, and the file against it; or check a receipt."""
    settings = settings_of(data_dir)
    if receipt is not None:
        _verify_receipt(receipt, settings, as_json=as_json)
        return
    with opened(settings) as storage:
        verification = _verified(storage, settings)
    if as_json:
        say_json(verification.body())
    else:
        out.print(f"position    {verification.position}\nchain head  {verification.chain_head}")
        out.print(f"csv sha256  {verification.csv_sha256}")
        for problem in verification.problems:
            out.print(f"[red]problem[/red]     {escape(printable(problem))}")
        if verification.ok:
            out.print("[green]ok[/green]          journal and file agree")
    raise typer.Exit(0 if verification.ok else 1)


def _verify_receipt(path: Path, settings: Settings, *, as_json: bool) -> None:
    try:
        link, head = read_receipt(path.read_bytes())
    except (OSError, ValueError) as error:
        fail(f"{path}: {getattr(error, 'strerror', None) or error}")
    problem, beside = _receipt_problem(link, head), None
    if problem is None and (settings.database_url or (settings.data_dir / "rowlock.db").is_file()):
        with opened(settings) as storage:
            beside = str(settings.data_dir)
            problem = asyncio.run(_journal_problem(storage.journal, link, head))
    if as_json:
        position = link.event["position"]
        say_json({"ok": problem is None, "position": position, "journal": beside, "problem": problem})
    elif problem:
        out.print(f"[red]problem[/red]     {escape(printable(problem))}")
    else:
        said = f"the journal in {beside} holds this event" if beside else "the receipt is whole; no journal is at hand"
        out.print(f"[green]ok[/green]          {escape(printable(said))}, position {link.event['position']}")
    raise typer.Exit(1 if problem else 0)


def _receipt_problem(link: Link, head: Head) -> str | None:
    """What is wrong with a receipt by itself."""
    if not codec.holds(link):
        return "receipt: its event is not what its hash says"
    if head.position < link.event["position"]:
        return "receipt: its event lies behind its head"
    if head.position == link.event["position"] and head.hash != link.hash:
        return "receipt: its head is another event"
    return None


async def _journal_problem(journal: Journal, link: Link, head: Head) -> str | None:
    """How the journal differs from a receipt that is good by itself."""
    position = link.event["position"]
    stored, last = await journal.link(position), await journal.link(head.position)
    if stored is None:
        return f"journal: it does not reach position {position}"
    if stored != link:
        return f"journal: it holds another event at position {position}"
    if last is None:
        return f"journal: it does not reach position {head.position}, where it ended when the receipt was given"
    if last.hash != head.hash:
        return f"journal: it holds another event at position {head.position}, where it ended then"
    return None


def _verified(storage: Storage, settings: Settings) -> verifier.Verification:
    """Journal and file; while a server writes, the file may be read between two positions: worth another look."""
    for left in reversed(range(VERIFY_TRIES)):
        found, sheet = _replayed(storage)
        problem = _file_problem(storage, settings, sheet) if found.ok else None
        if problem is None:
            return found
        if not left:
            return verifier.with_problem(found, problem)
    raise AssertionError("unreachable")


def _replayed(storage: Storage) -> tuple[verifier.Verification, Sheet]:
    with progress() as bar:
        task = bar.add_task("verifying", total=asyncio.run(storage.journal.head()).position)
        published = _published(storage)
        return verifier.verify(
            storage.journal, published=published, progress=lambda done: bar.update(task, completed=done)
        )


def _published(storage: Storage) -> int:
    return int(asyncio.run(storage.journal.marks()).get(MARK, "0"))


def _file_problem(storage: Storage, settings: Settings, sheet: Sheet) -> str | None:
    """What is wrong with the file; it may still stand at the position last published, from which it is brought on."""
    try:
        data = TableFile(settings.table_path).read()
    except TableFileError as error:
        return f"file: {error.detail}"
    problem = verifier.file_problem(sheet, data)
    published = _published(storage)
    if problem is None or not 0 < published < sheet.position:
        return problem
    behind = verifier.file_problem(folded(storage.journal, published), data)
    return problem if behind else None
