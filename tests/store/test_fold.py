"""The journal's rows folded many at a time: they come to what `evolve` makes of each event by itself."""

from collections.abc import Iterable, Iterator, Sequence

import orjson
import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st
from tests.core.histories import ADA, BOB, TEXTS, History, Step, files, given_history, steps

from rowlock.core.commands import EndLeases, UpdateRow
from rowlock.core.events import Event, RowUpdated, TableImported
from rowlock.core.evolve import evolve
from rowlock.core.sheet import Change, Sheet
from rowlock.service.snapshots import alike
from rowlock.store import chain, codec, fold, updates
from rowlock.store.fold import briefs, folding
from rowlock.store.updates import said_of, said_of_one_cell

# Mostly updates of the same few cells, with leases between them; and now and then anything else.
busy: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from(["update"] * 12 + ["lease", "lease", "end", "raw", "batch", "delete", "style"]),
        st.integers(0, 5),
        st.integers(0, 3),
        st.sampled_from([*TEXTS, "1", "2", "3"]),
    ),
    max_size=40,
)


@pytest.fixture(params=[(1, 1), (1, 1_000_000), (200, 1_000_000)])
def sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    few, most = request.param
    monkeypatch.setattr(updates, "FEW", few)
    monkeypatch.setattr(fold, "MOST", most)


@pytest.mark.usefixtures("sizes")
@for_any(files, busy, st.integers(1, 60), st.sampled_from([0, 30, 120]))
def test_many_updates_come_to_what_each_of_them_alone_comes_to(
    file: bytes, happened: list[Step], at_once: int, pause: int
) -> None:
    history = History(file, pause=pause * 1_000_000)
    for kind, seed, other, text in happened:
        if kind == "end":
            history.do(EndLeases(reason="logout"), (ADA, BOB)[seed % 2])
        else:
            history.random((kind, seed, other, text))
    assert_folded_alike(history, at_once)


@pytest.mark.usefixtures("sizes")
@for_any(files, steps, st.integers(1, 60))
def test_whatever_happened_comes_to_what_each_event_alone_comes_to(
    file: bytes, happened: list[Step], at_once: int
) -> None:
    assert_folded_alike(given_history(file, happened), at_once)


def assert_folded_alike(history: History, at_once: int, sheet: Sheet | None = None) -> None:
    sheet = Sheet() if sheet is None else sheet
    fold_into(sheet, history, at_once)
    assert alike(sheet, history.sheet)
    assert sheet.image().cooling == history.sheet.image().cooling
    assert b"".join(sheet.file_parts()) == history.file


def rows_of(events: Sequence[Event]) -> list[chain.Values]:
    """The events as they are stored."""

    def stored() -> Iterator[chain.Values]:
        previous = chain.GENESIS
        for event in events:
            row = codec.named(codec.values_of(event, previous))
            previous = row["hash"]
            yield tuple(row.values())

    return list(stored())


def fold_into(sheet: Sheet, history: History, at_once: int) -> None:
    """All that has happened, so many events at a time."""
    rows, imported = rows_of(history.events), history.events[0].fact
    assert isinstance(imported, TableImported)
    blobs = {imported.blob: imported.data}
    with folding(sheet, lambda positions: [rows[position - 1] for position in positions], blobs.__getitem__) as taken:
        for start in range(0, len(rows), at_once):
            taken.take(briefs(rows[start : start + at_once]))


class Counting(Sheet):
    """A sheet that counts the updates that are laid into it."""

    laid = 0

    def change_all(self, changes: Iterable[Change]) -> None:
        changes = list(changes)
        self.laid += len(changes)
        super().change_all(changes)


def test_what_a_later_update_overwrites_is_not_laid_into_the_table() -> None:
    history, sheet = History(b"name,price\nTea,2\nMilk,3\n"), Counting()
    for number in range(300):
        history.do(UpdateRow(index=number % 2, cells={"price": str(number)}), ADA)
    assert_folded_alike(history, 50, sheet)
    assert sheet.laid == 2


@pytest.mark.parametrize("until", [0, 17])
def test_what_is_written_for_most_updates_is_read_without_json(until: int) -> None:
    event = Event(position=9, at=1, actor="ada", fact=RowUpdated(index=3, cells={"né": ("", "7,5 é")}, until=until))
    payload = codec.named(codec.values_of(event, chain.GENESIS))["payload"]
    said = said_of_one_cell(2, f"{payload}\n{payload}")
    assert said is not None
    assert (
        listed(said) == listed(said_of([orjson.loads(payload)] * 2)) == [[1, 1], [until] * 2, ["né"] * 2, ["7,5 é"] * 2]
    )


@pytest.mark.parametrize(
    "fact",
    [
        RowUpdated(index=3, cells={"a": ("", "1"), "b": ("", "2")}),
        RowUpdated(index=3, cells={'"': ("", "1")}),
        RowUpdated(index=3, cells={"a": ("\n", "1")}),
        RowUpdated(index=3, cells={"a": ("", "\\")}),
        RowUpdated(index=3, cells={"a": ("", "1")}, raw="1,2\n"),
        RowUpdated(index=3, cells={}),
    ],
)
def test_what_is_not_plainly_the_update_of_one_cell_is_left_to_json(fact: RowUpdated) -> None:
    plain = codec.named(
        codec.values_of(Event(position=9, at=1, actor="ada", fact=RowUpdated(index=3, cells={"a": ("", "1")})), b"")
    )
    payload = codec.named(codec.values_of(Event(position=9, at=1, actor="ada", fact=fact), b""))["payload"]
    assert said_of_one_cell(2, plain["payload"] + "\n" + payload) is None
    assert said_of_one_cell(2, payload + "\n" + plain["payload"]) is None


@pytest.mark.parametrize(
    "one", ['{"v":1,"cells":{"a":{"from":"","to":"1"}}}', '{"v":1,"cells":{"a":{"from":"\n","to":"1"}}}']
)
def test_what_is_not_a_line_for_each_payload_is_left_to_json(one: str) -> None:
    assert said_of_one_cell(3, f"{one}\n{one}") is None
    assert said_of_one_cell(2, f"{one}{one}") is None
    assert said_of_one_cell(2, f"{one}\n\n{one}") is None
    assert said_of_one_cell(1, one) is None or "\n" not in one


def listed(said: updates.Said) -> list[list[object]]:
    return [list(column) for column in said]


def test_a_cell_that_a_text_in_quotes_was_in_stays_quoted_also_where_that_was_overwritten() -> None:
    history = History(b"name,price\nTea,2\nMilk,3\n")
    for text in ("a,b", *map(str, range(300))):
        history.do(UpdateRow(index=0, cells={"price": text}), ADA)
    assert_folded_alike(history, 1000)
    assert history.file == b'name,price\nTea,"299"\nMilk,3\n'


def test_an_earlier_sheet_is_brought_on() -> None:
    history = History()
    for number in range(5):
        history.do(UpdateRow(index=0, cells={"price": str(number)}), ADA)
    sheet = Sheet()
    for event in history.events[:3]:
        evolve(sheet, event)
    rows = rows_of(history.events)
    with folding(
        sheet, lambda positions: [rows[position - 1] for position in positions], dict[bytes, bytes]().__getitem__
    ) as taken:
        assert taken.position == 3
        taken.take(briefs(rows[3:]))
        assert taken.position == 6
    assert alike(sheet, history.sheet)
