"""The one write path: batches, idempotency keys, sessions, other processes, and storage that fails."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256

import pytest
from sqlalchemy import event
from tests.clocks import HOUR, HandClock
from tests.service.running import (
    ADA,
    BOB,
    COOLDOWN,
    FILE,
    SYSTEM,
    all_at_once,
    code_of,
    file_of,
    log_in,
    named,
    open_editor,
    positions,
    price,
    running,
    sessions,
)

from rowlock.core.commands import (
    AddColumn,
    AddRow,
    Caller,
    ChangeRows,
    DeleteRow,
    EndLeases,
    ExpireLeases,
    ImportTable,
    MoveRow,
    ReleaseLease,
    RenewLease,
    TakeLease,
)
from rowlock.service import editor as editors
from rowlock.service.editor import Editor, Overloaded
from rowlock.service.ports import Entry
from rowlock.service.queries import folded
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal

pytestmark = pytest.mark.anyio
ADA_IN = Caller(actor="ada", session="ada's", client="one")


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database)


@pytest.fixture
async def editor(journal: SqlJournal, clock: HandClock) -> AsyncIterator[Editor]:
    async with running(journal, clock) as editor:
        yield editor


# Answers


async def test_an_edit_is_answered_with_the_row_as_it_is_now(editor: Editor) -> None:
    answer = {"index": 0, "version": 2, "cells": {"name": "Tea", "price": "5"}, "position": 2}
    assert await editor.submit(price(0, "5"), ADA) == answer
    assert await editor.submit(price(0, "5"), ADA) == answer


async def test_every_command_has_its_answer(editor: Editor, clock: HandClock) -> None:
    oil = {"index": 3, "version": 2, "cells": {"name": "Oil", "price": ""}}
    assert await editor.submit(named("Oil"), ADA) == {**oil, "position": 2}
    assert await editor.submit(MoveRow(index=3, after=None), ADA) == {**oil, "version": 3, "position": 3}
    held = {"index": 3, "token": 4, "holder": "ada", "expires_at": "2026-11-23T08:15:00.000000Z", "expires_in": 900.0}
    assert await editor.submit(TakeLease(index=3), ADA) == held
    clock.advance(HOUR // 60)
    assert (await editor.submit(RenewLease(index=3), ADA))["expires_in"] == 840.0
    assert await editor.submit(ReleaseLease(index=3), ADA) == {"index": 3, "position": 5}
    await editor.submit(TakeLease(index=3), ADA)
    assert await editor.submit(EndLeases(reason="logout"), ADA) == {"position": 7, "ended": [3]}
    assert await editor.submit(DeleteRow(index=3), ADA) == {"index": 3, "position": 8}
    columns = ["name", "price", "colour"]
    assert await editor.submit(AddColumn(column="colour"), ADA) == {"columns": columns, "position": 9}
    assert await editor.submit(ExpireLeases(), SYSTEM) == {"position": 9, "ended": []}


async def test_a_batch_is_answered_one_result_an_operation(editor: Editor, journal: SqlJournal) -> None:
    ops = (named("Oil"), price(0, "5"), DeleteRow(index=1), named("Jam"))
    assert await editor.submit(ChangeRows(ops=ops, reason="imported"), ADA) == {
        "position": 5,
        "results": [
            {"index": 3, "version": 2, "cells": {"name": "Oil", "price": ""}},
            {"index": 0, "version": 3, "cells": {"name": "Tea", "price": "5"}},
            {"index": 1},
            {"index": 4, "version": 5, "cells": {"name": "Jam", "price": ""}},
        ],
    }
    assert {(entry.event.batch, entry.event.reason) for entry in journal.entries(1)} == {(2, "imported")}


# Batches


async def test_many_at_once_are_one_order_without_a_gap(editor: Editor, journal: SqlJournal) -> None:
    answers = await asyncio.gather(*(editor.submit(named(f"row {number}"), ADA) for number in range(700)))
    assert [answer["position"] for answer in answers] == list(range(2, 702))
    assert [answer["index"] for answer in answers] == list(range(3, 703))
    assert positions(journal) == list(range(1, 702))
    assert file_of(folded(journal)) == file_of(editor.sheet)


async def test_what_waits_together_is_committed_together(editor: Editor) -> None:
    heard: list[int] = []
    editor.listen(lambda entries: heard.append(len(entries)))
    await asyncio.gather(*(editor.submit(named(str(number)), ADA) for number in range(50)))
    assert heard == [50]


async def test_one_refused_does_not_disturb_its_neighbours(editor: Editor) -> None:
    first, refused, last = await all_at_once(
        editor.submit(price(0, "5"), ADA), editor.submit(price(9, "5"), ADA), editor.submit(price(1, "6"), ADA)
    )
    assert (first["position"], refused, last["position"]) == (2, "row_not_found", 3)


async def test_each_command_sees_what_those_before_it_did(editor: Editor) -> None:
    added, written, deleted, gone = await all_at_once(
        editor.submit(named("Oil"), ADA),
        editor.submit(price(3, "8", version=2), ADA),
        editor.submit(DeleteRow(index=3), ADA),
        editor.submit(price(3, "9"), ADA),
    )
    assert (added["version"], written["version"], deleted["position"], gone) == (2, 3, 4, "row_deleted")


async def test_a_change_of_the_whole_table_is_a_batch_of_its_own(editor: Editor) -> None:
    heard: list[list[int]] = []
    editor.listen(lambda entries: heard.append([entry.event.position for entry in entries]))
    outcomes = await all_at_once(
        editor.submit(price(0, "5"), ADA),
        editor.submit(AddColumn(column="colour"), ADA),
        editor.submit(price(1, "6"), ADA),
        editor.submit(ImportTable(data=FILE, blob=sha256(FILE).digest()), SYSTEM),
        editor.submit(price(0, "6"), ADA),
        editor.submit(price(4, "7"), ADA),
    )
    assert heard == [[2], [3], [4], [5], [6]]
    assert outcomes[4] == "row_deleted"
    assert outcomes[5]["cells"] == {"name": "Milk", "price": "7"}


async def test_nothing_is_seen_before_the_commit(editor: Editor, journal: SqlJournal) -> None:
    """Whoever listens is told after the fold, and what they are told is in the journal already."""
    seen: list[tuple[int, list[int]]] = []

    def listener(entries: Sequence[Entry]) -> None:
        seen.append((editor.sheet.position, positions(journal)))

    editor.listen(listener)
    waiting = asyncio.ensure_future(editor.submit(price(0, "5"), ADA))
    while not waiting.done():
        assert editor.sheet.position == (2 if seen else 1)
        await asyncio.sleep(0)
    assert seen == [(2, [1, 2])]


async def test_a_caller_that_gives_up_does_not_stop_the_others(editor: Editor) -> None:
    gone = asyncio.ensure_future(editor.submit(price(0, "5"), ADA))
    stays = asyncio.ensure_future(editor.submit(price(1, "5"), ADA))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays)["position"] == 3


async def test_closing_finishes_what_waits_and_takes_no_more(journal: SqlJournal, clock: HandClock) -> None:
    async with running(journal, clock) as editor:
        waiting = [editor.submit(named(str(number)), ADA) for number in range(600)]
        assert editor.waiting == 600
        await editor.close()
        assert all(task.done() for task in waiting)
        with pytest.raises(Overloaded):
            await editor.submit(price(0, "5"), ADA)
    assert positions(journal) == list(range(1, 602))


async def test_those_who_were_answered_together_are_committed_together_again(
    database: Database, editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editors, "GATHERING_SECONDS", 60)
    commits: list[object] = []

    def slowly(connection: object) -> None:
        commits.append(connection)
        time.sleep(0.2)

    event.listen(database._write_engine, "commit", slowly)

    async def edit(turns: int) -> None:
        """Again and again, each time so many turns of the loop after the answer."""
        for number in range(3):
            await editor.submit(named(f"{turns} {number}"), ADA)
            for _ in range(turns):
                await asyncio.sleep(0)

    await asyncio.gather(*map(edit, range(5)))
    assert editor.sheet.position == 1 + 5 * 3
    assert len(commits) == 3


async def test_too_many_at_once_are_told_to_come_again(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editors, "WAITING", 2)
    outcomes = await all_at_once(*(editor.submit(named(str(number)), ADA) for number in range(3)))
    assert [type(outcome) for outcome in outcomes] == [dict, dict, Overloaded]


# Keys


async def test_the_same_key_gives_the_same_answer_and_one_event(editor: Editor, journal: SqlJournal) -> None:
    first = await editor.submit(named("Oil"), ADA, key="k")
    await editor.submit(price(3, "9"), ADA)
    assert await editor.submit(named("Oil"), ADA, key="k") == first
    assert positions(journal) == [1, 2, 3]


async def test_the_same_key_twice_in_one_batch_is_one_event(editor: Editor, journal: SqlJournal) -> None:
    twice = await all_at_once(*(editor.submit(named("Oil"), ADA, key="k") for _ in range(2)))
    assert twice[0] == twice[1]
    assert positions(journal) == [1, 2]


async def test_a_key_is_known_after_a_restart(journal: SqlJournal, clock: HandClock) -> None:
    async with running(journal, clock) as editor:
        first = [await editor.submit(named("Oil"), ADA, key="k"), await editor.submit(TakeLease(index=0), ADA, key="l")]
    async with running(journal, clock) as editor:
        again = [await editor.submit(named("Oil"), ADA, key="k"), await editor.submit(TakeLease(index=0), ADA, key="l")]
    assert again == first
    assert positions(journal) == [1, 2, 3]


async def test_the_same_key_with_another_request_is_a_mismatch(editor: Editor) -> None:
    await editor.submit(named("Oil"), ADA, key="k")
    assert await code_of(editor, named("Jam"), ADA, key="k") == "idempotency_mismatch"
    assert await code_of(editor, DeleteRow(index=0), ADA, key="k") == "idempotency_mismatch"
    outcomes = await all_at_once(editor.submit(price(0, "5"), ADA, key="l"), editor.submit(price(0, "6"), ADA, key="l"))
    assert outcomes[1] == "idempotency_mismatch"


async def test_a_retry_may_name_another_version_or_token_and_its_cells_in_another_order(editor: Editor) -> None:
    first = await editor.submit(price(0, "5", version=1), ADA, key="k")
    assert await editor.submit(price(0, "5", version=2, token=7), ADA, key="k") == first
    cells = {"name": "Oil", "price": "8"}
    added = await editor.submit(AddRow(cells=cells), ADA, key="l")
    assert await editor.submit(AddRow(cells=dict(reversed(cells.items()))), ADA, key="l") == added


async def test_a_key_of_a_change_of_the_whole_table_is_kept_at_its_position(
    editor: Editor, journal: SqlJournal
) -> None:
    first = await editor.submit(AddColumn(column="colour"), ADA, key="k")
    assert first == {"columns": ["name", "price", "colour"], "position": 2}
    assert await editor.submit(AddColumn(column="colour"), ADA, key="k") == first
    kept = await journal.write(lambda transaction: transaction.answers({("ada", "k")}))
    assert kept["ada", "k"].position == 2


async def test_a_key_belongs_to_its_actor(editor: Editor) -> None:
    await editor.submit(named("Oil"), ADA, key="k")
    assert (await editor.submit(named("Jam"), BOB, key="k"))["index"] == 4


async def test_a_refusal_leaves_the_key_free(editor: Editor, clock: HandClock) -> None:
    await editor.submit(price(0, "5"), ADA)
    assert await code_of(editor, price(0, "6"), BOB, key="k") == "row_cooling"
    clock.advance(COOLDOWN)
    assert (await editor.submit(price(0, "6"), BOB, key="k"))["version"] == 3


# Sessions


async def test_a_session_deleted_meanwhile_changes_nothing(
    editor: Editor, database: Database, journal: SqlJournal, clock: HandClock
) -> None:
    assert await code_of(editor, price(0, "5"), ADA_IN) == "session_ended"
    await log_in(database, clock, ADA_IN)
    assert (await editor.submit(price(0, "5"), ADA_IN, key="k"))["version"] == 2
    clock.advance(HOUR)
    assert await code_of(editor, price(0, "5"), ADA_IN, key="k") == "session_ended"
    assert positions(journal) == [1, 2]


async def test_the_end_of_a_session_ends_its_leases_and_the_session_at_once(
    editor: Editor, database: Database, journal: SqlJournal, clock: HandClock
) -> None:
    await log_in(database, clock, ADA_IN)
    await editor.submit(TakeLease(index=0), ADA_IN)
    await editor.submit(TakeLease(index=1), ADA_IN)
    assert await editor.end_session(ADA_IN, "logout") == {"position": 5, "ended": [0, 1]}
    assert await sessions(database) == []
    assert [entry.event.reason for entry in journal.entries(3)] == ["logout", "logout"]
    assert await editor.end_session(ADA_IN, "logout") == {"position": 5, "ended": []}


async def test_deciding_does_not_read_the_clock_before_its_turn(editor: Editor, clock: HandClock) -> None:
    waiting = asyncio.ensure_future(editor.submit(TakeLease(index=0), ADA))
    clock.advance(HOUR)
    assert (await waiting)["expires_at"] == "2026-11-23T09:15:00.000000Z"


async def test_a_bug_answers_its_callers_and_leaves_the_editor_alive(
    editor: Editor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    nonsense: DeleteRow = "no command"  # type: ignore[assignment]
    with pytest.raises((AssertionError, TypeError)):
        await editor.submit(nonsense, ADA)
    assert (await editor.submit(price(0, "5"), ADA))["position"] == 2


async def test_an_editor_that_never_began_can_be_closed(journal: SqlJournal, clock: HandClock) -> None:
    await (await open_editor(journal, clock)).close()
