"""The proof that nothing was lost: the journal replayed, against the live table and the file."""

from collections.abc import AsyncIterator
from hashlib import sha256

import pytest
from tests.clocks import HandClock
from tests.service.running import ADA, FILE, execute, file_of, named, price, running
from tests.store.facts import PRICE, append

from rowlock.core.commands import TakeLease
from rowlock.core.events import RowUpdated
from rowlock.core.sheet import Sheet
from rowlock.service.editor import Editor
from rowlock.service.verifier import file_problem, verify, with_problem
from rowlock.store import journal as journals
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal

pytestmark = pytest.mark.anyio


@pytest.fixture(params=[1, 1_000_000], autouse=True)
def checked_apart(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "CHECKED_APART", request.param)


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database)


@pytest.fixture
async def editor(journal: SqlJournal, clock: HandClock) -> AsyncIterator[Editor]:
    async with running(journal, clock) as editor:
        await editor.submit(price(0, "5"), ADA)
        await editor.submit(TakeLease(index=1), ADA)
        await editor.submit(named("Oil"), ADA)
        yield editor


async def test_a_sound_journal_gives_the_table_again(editor: Editor, journal: SqlJournal) -> None:
    found, sheet = verify(journal, live=editor.sheet.file_parts())
    assert (found.ok, found.problems, found.position, found.events) == (True, [], 4, 4)
    assert found.csv_sha256 == sha256(file_of(editor.sheet)).hexdigest()
    assert found.chain_head == (await journal.head()).hash.hex()
    assert file_of(sheet) == file_of(editor.sheet)
    assert found.body()["ok"] is True


async def test_an_earlier_position_is_proved_too(editor: Editor, journal: SqlJournal) -> None:
    found, sheet = verify(journal, upto=1)
    assert (found.ok, found.position, file_of(sheet)) == (True, 1, FILE)


async def test_an_empty_journal_is_sound(journal: SqlJournal) -> None:
    found, _ = verify(journal, live=[])
    assert (found.ok, found.position, found.chain_head) == (True, 0, bytes(32).hex())


async def test_a_live_table_that_differs_is_a_problem(editor: Editor, journal: SqlJournal) -> None:
    found, _ = verify(journal, live=[FILE])
    assert found.problems == ["table: what the server shows at position 4 is not what the journal says"]


@pytest.mark.parametrize(
    ("change", "position", "problem"),
    [
        ("UPDATE event SET actor = 'eve' WHERE position = 3", 2, "not what its hash says at position 3"),
        ("DELETE FROM event WHERE position = 4", 3, "an event is missing at position 4"),
        ("DELETE FROM blob", 0, "missing or damaged"),
        ("UPDATE blob SET data = x'00'", 0, "missing or damaged"),
    ],
)
async def test_a_journal_that_was_changed_is_good_up_to_there(
    editor: Editor, journal: SqlJournal, database: Database, change: str, position: int, problem: str
) -> None:
    execute(database, "DROP TRIGGER event_refuses_update", "DROP TRIGGER event_refuses_delete", change)
    found, sheet = verify(journal, live=editor.sheet.file_parts())
    assert (found.ok, found.position, sheet.position) == (False, position, position)
    (said,) = found.problems
    assert said.startswith("journal: ")
    assert problem in said


async def test_an_event_that_makes_no_sense_is_named_though_the_chain_holds(
    editor: Editor, journal: SqlJournal
) -> None:
    await append(journal, PRICE, RowUpdated(index=77, cells={"price": ("2", "5")}), PRICE)
    found, sheet = verify(journal)
    assert (found.ok, found.position, sheet.position) == (False, 5, 5)
    (said,) = found.problems
    assert said.startswith("journal: the event at position 6 cannot be followed (")
    assert file_of(sheet) == file_of(editor.sheet)


async def test_the_file_must_be_the_table(editor: Editor) -> None:
    assert file_problem(editor.sheet, file_of(editor.sheet)) is None
    assert file_problem(editor.sheet, FILE) == "file: its bytes are not those of position 4"
    assert file_problem(editor.sheet, None) == "file: it is missing"
    assert file_problem(Sheet(), b"") is None


async def test_a_problem_found_elsewhere_can_be_added(editor: Editor, journal: SqlJournal) -> None:
    found = with_problem(verify(journal)[0], "file: it is missing")
    assert (found.ok, found.body()["problems"]) == (False, ["file: it is missing"])


async def test_a_long_replay_says_how_far_it_is(journal: SqlJournal, clock: HandClock) -> None:
    heard: list[int] = []
    async with running(journal, clock) as editor:
        for _ in range(4):
            for submission in [editor.submit(named(str(number)), ADA) for number in range(500)]:
                await submission
    assert verify(journal, progress=heard.append)[0].ok
    assert heard == [1000, 2000, 2001]
