"""Commands that tell what happened: once, and as it happens."""

import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from rowlock.cli.common import AsJson, DataDir, opened, out, settings_of
from rowlock.cli.complaints import printable
from rowlock.cli.words import told
from rowlock.core.events import KINDS
from rowlock.service.ports import EventFilter, Journal

Event = Mapping[str, Any]
POLL_SECONDS = 0.25
PAGE = 1_000
SHOWN = 20

Index = Annotated[int | None, typer.Option(min=0, help="Only events of this row.", show_default=False)]
Actor = Annotated[str | None, typer.Option(help="Only what this person did.", show_default=False)]
Kind = Annotated[str | None, typer.Option(help="Only events of this kind.", show_default=False)]
OneLine = Annotated[bool, typer.Option("--oneline", help="One line an event.")]


def log(
    data_dir: DataDir = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many events.")] = 50,
    after: Annotated[int, typer.Option(min=0, help="Only events after this position.")] = 0,
    index: Index = None,
    actor: Actor = None,
    kind: Kind = None,
    oneline: OneLine = False,
    as_json: AsJson = False,
) -> None:
    """Show what happened, the newest first; what is undone together stands together."""
    wanted = _filter(index, actor, kind, after=after, limit=limit, newest_first=True)
    with opened(settings_of(data_dir)) as storage:
        events = asyncio.run(storage.journal.page(wanted))
    _tell(events, oneline=oneline, as_json=as_json)


def watch(
    data_dir: DataDir = None,
    after: Annotated[int | None, typer.Option(min=0, help="From this position on; else from now on.")] = None,
    index: Index = None,
    actor: Actor = None,
    kind: Kind = None,
    oneline: OneLine = False,
    as_json: AsJson = False,
) -> None:
    """Show what happens, as it happens, until Ctrl-C. Reads the journal, with or without a server beside it."""
    wanted = _filter(index, actor, kind, limit=PAGE)
    with opened(settings_of(data_dir)) as storage:
        asyncio.run(follow(storage.journal, after, wanted, oneline=oneline, as_json=as_json))


async def follow(journal: Journal, after: int | None, wanted: EventFilter, *, oneline: bool, as_json: bool) -> None:
    """Tell of the events after `after` (None: of those from now on) that are `wanted`, for ever."""
    position = (await journal.head()).position if after is None else after
    while True:
        # Up to the head of before, so that what is filtered out now is never looked at again.
        head = (await journal.head()).position
        while events := await journal.page(replace(wanted, after=position)):
            _tell(events, oneline=oneline, as_json=as_json)
            position = orjson.loads(events[-1])["position"]
        position = max(position, head)
        await asyncio.sleep(POLL_SECONDS)


def _filter(index: int | None, actor: str | None, kind: str | None, **more: Any) -> EventFilter:
    if kind is not None and kind not in KINDS.values():
        raise typer.BadParameter(f"one of {', '.join(KINDS.values())}", param_hint="--kind")
    return EventFilter(index=index, actor=actor, kind=kind, **more)


def _tell(events: Sequence[bytes], *, oneline: bool, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(b"".join(event + b"\n" for event in events))
        sys.stdout.buffer.flush()
        return
    for _, together in groupby(map(orjson.loads, events), lambda event: event.get("batch", event["position"])):
        if oneline:
            for event in together:
                _say(f"[yellow]{event['position']:>8}[/yellow]  {_time(event)}  ", f"{event['actor']} {told(event)}")
        else:
            _tell_batch(sorted(together, key=lambda event: event["position"]))


def _tell_batch(events: Sequence[Event]) -> None:
    """What was done together, as `git log` shows a commit."""
    first, last = events[0], events[-1]
    upto = f" to {last['position']}" if len(events) > 1 else ""
    out.print(f"[yellow]position {first['position']}{upto}[/yellow]")
    _say("By:   ", first["actor"])
    out.print(f"At:   {_time(first)}")
    for name, value in _reasons(events):
        _say(f"{name:<6}".ljust(len(name) + 1), value)
    out.print()
    for event in events[:SHOWN]:
        _say("    ", told(event))
    if len(events) > SHOWN:
        out.print(f"    ... and {len(events) - SHOWN} more; --oneline shows all")
    out.print()


def _reasons(events: Sequence[Event]) -> Iterable[tuple[str, str]]:
    if reason := events[0].get("reason"):
        yield "Why:", reason
    if undone := [event["undoes"] for event in events if "undoes" in event]:
        yield "Undoes:", ", ".join(map(str, sorted(undone)))


def _time(event: Event) -> str:
    return f"{event['at'][:19]}Z"


def _say(frame: str, words: str) -> None:
    """Words that somebody typed, in a frame that we made."""
    out.print(frame + escape(printable(words)))
