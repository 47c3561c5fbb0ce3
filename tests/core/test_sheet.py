"""The table in memory: blocks that split and vanish are never seen from outside."""

import threading

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st
from tests.core.given import FILE, cells_of, file_of, given, order_of

from rowlock.core import sheet as sheets
from rowlock.core.joined import Joined
from rowlock.core.records import read_table
from rowlock.core.sheet import Row, Sheet

PLACES = st.lists(
    st.tuples(st.sampled_from(["insert", "append", "replace", "remove", "move"]), st.integers(0, 1 << 20))
)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "BLOCK_ROWS", 2)


def test_a_new_sheet_has_nothing() -> None:
    sheet = Sheet()
    assert (sheet.file_parts(), list(sheet.rows()), list(sheet.window(0, 5).indexes)) == ([], [], [])
    assert (sheet.previous(None), sheet.following(None), sheet.row(0)) == (None, None, None)


def test_a_loaded_sheet_is_the_file() -> None:
    sheet = given()
    assert file_of(sheet) == FILE
    assert (sheet.columns, sheet.total, sheet.next_index) == (("name", "price"), 3, 3)
    assert sheet.row(1) == Row(1, b"Milk,3\n")


def test_a_row_that_is_not_there_is_none_and_has_no_neighbours() -> None:
    sheet = given()
    assert (sheet.row(3), sheet.row(-1)) == (None, None)
    with pytest.raises(LookupError, match="no row 3"):
        sheet.previous(3)


def test_neighbours_are_those_in_the_file() -> None:
    sheet = given()
    assert [sheet.previous(index) for index in (None, 0, 1, 2)] == [2, None, 0, 1]
    assert [sheet.following(index) for index in (None, 0, 1, 2)] == [0, 1, 2, None]


def test_a_row_may_be_added_to_an_empty_table_and_taken_out_again() -> None:
    sheet = given(file=b"name,price\n")
    sheet.insert(0, 2, b"Tea,2\n", None)
    assert (order_of(sheet), file_of(sheet)) == ([0], b"name,price\nTea,2\n")
    sheet.remove(0)
    assert (order_of(sheet), file_of(sheet), sheet.total) == ([], b"name,price\n", 0)


def test_a_second_table_gets_the_next_indexes() -> None:
    sheet = given()
    before = sheet.blocks()
    sheet.position = 2
    sheet.load(read_table(b"a\n1\n2\n"))
    assert [(index, row.version) for index, row in sheet.rows()] == [(3, 2), (4, 2)]
    assert sheet.row(0) is None
    assert before[0][0] == FILE[11:]


def test_a_part_that_did_not_change_is_the_same_object_as_before() -> None:
    sheet = given(file=b"a\n" + b"".join(b"%d\n" % number for number in range(600)))
    before = sheet.parts()
    sheet.replace(599, 2, b"x\n")
    after = sheet.parts()
    assert len(before) == 3
    assert [was is now for was, now in zip(before, after, strict=True)] == [True, True, False]


def test_changes_may_be_joined_step_by_step_while_others_come() -> None:
    sheet = given(file=b"a\n" + b"".join(b"%d\n" % number for number in range(200_000)))
    sheet.replace(5, 2, b"x\n")
    for step, _ in enumerate(sheet.settle()):
        sheet.replace(step, 3, b"step %d\n" % step)
        sheet.insert(200_000 + step, 3, b"new\n", 7)
    assert step > 0
    records = b"".join(sheet.parts()).splitlines()
    assert records[: step + 1] == [b"step %d" % each for each in range(step + 1)]
    assert records.count(b"new") == step + 1
    assert records.count(b"x") == 1


def test_copies_of_blocks_stay_as_they_were() -> None:
    sheet = given()
    ((data, lengths),) = sheet.blocks()
    sheet.insert(3, 2, b"Oil,8\n", 0)
    assert (data, list(lengths)) == (b"Tea,2\nMilk,3\nRye,4\n", [6, 7, 6])


def test_a_changed_record_is_seen_at_once_however_many_stand_aside() -> None:
    sheet = given(file=b"a\n" + b"".join(b"%d\n" % number for number in range(300)))
    for changed in range(200):
        sheet.replace(changed, 2 + changed, b"x%d\n" % changed)
        assert sheet.row(changed) == Row(2 + changed, b"x%d\n" % changed)
        assert sheet.row(changed + 1) == Row(1, b"%d\n" % (changed + 1))
    expected = [b"x%d\n" % number for number in range(200)] + [b"%d\n" % number for number in range(200, 300)]
    assert sheet.picked(range(299, -1, -1)).records == expected[::-1]
    assert sheet.window(0, 300).records == expected
    assert sheet.picked(range(300)).records == expected
    assert b"".join(sheet.parts()) == b"".join(expected)


def test_a_row_is_read_whole_while_another_thread_has_its_block_joined() -> None:
    sheet = given(file=b"a\n" + b"".join(b"%0100d\n" % number for number in range(256)))
    wrong: list[Row | None] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            wrong.extend(row for row in map(sheet.row, range(200, 256)) if row is None or len(row.record) != 101)

    reader = threading.Thread(target=read)
    reader.start()
    for version in range(3_000):
        sheet.replace(version % 200, version, b"x" * (version % 77) + b"\n")
        sheet.parts()
    ended.set()
    reader.join()
    assert wrong == []


@pytest.mark.parametrize(
    ("offset", "limit", "expected"),
    [(0, 3, [0, 1, 2]), (1, 1, [1]), (2, 9, [2]), (3, 9, []), (99, 1, []), (0, 0, [])],
)
def test_a_window_shows_the_rows_from_a_number_on(offset: int, limit: int, expected: list[int]) -> None:
    assert list(given().window(offset, limit).indexes) == expected


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("offset", range(12))
@pytest.mark.parametrize("limit", [1, 2, 5, 20])
def test_a_window_may_span_blocks(offset: int, limit: int) -> None:
    sheet = given(file=b"a\n" + b"".join(b"%d\n" % number for number in range(11)))
    assert list(sheet.window(offset, limit).indexes) == list(range(11))[offset : offset + limit]


@for_any(PLACES)
def test_any_changes_leave_what_a_plain_list_would_hold(changes: list[tuple[str, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets, "BLOCK_ROWS", 2)
        sheet = given(file=b"a\n0\n1\n2\n3\n4\n")
        order = list(range(5))
        texts = {index: str(index) for index in order}
        for number, (change, seed) in enumerate(changes):
            _change(sheet, order, texts, change, seed, version=number + 2)
            _compare(sheet, order, texts)


def _change(sheet: Sheet, order: list[int], texts: dict[int, str], change: str, seed: int, version: int) -> None:
    index, fresh = (order[seed % len(order)] if order else None), sheet.next_index
    if change in {"insert", "append"} or index is None:
        after = order[-1] if order and change == "append" else index if seed % 5 else None
        sheet.insert(fresh, version, b"%d\n" % fresh, after)
        order.insert(order.index(after) + 1 if after is not None else 0, fresh)
        texts[fresh] = str(fresh)
    elif change == "replace":
        sheet.replace(index, version, b"x%d\n" % version)
        texts[index] = f"x{version}"
    elif change == "remove":
        sheet.remove(index)
        order.remove(index)
    elif len(order) > 1:
        order.remove(index)
        after = order[seed % 7 % len(order)] if seed % 3 else None
        sheet.move(index, version, after)
        order.insert(order.index(after) + 1 if after is not None else 0, index)


def _compare(sheet: Sheet, order: list[int], texts: dict[int, str]) -> None:
    assert [sheet.place(index) for index in order] == list(range(len(order)))
    assert order_of(sheet) == list(sheet.indexes()) == order
    assert cells_of(sheet) == [[texts[index]] for index in order]
    assert sheet.total == len(order)
    around = [None, *order, None]
    for before, index, after in zip(around, around[1:], around[2:], strict=False):
        assert (sheet.previous(index), sheet.following(index)) == (before, after)
    assert sheet.previous(None) == (order[-1] if order else None)
    assert sheet.following(None) == (order[0] if order else None)
    assert list(sheet.window(1, 3).indexes) == order[1:4]
    assert list(map(list, sheet.window(1, 3))) == list(map(list, sheet.picked(order[1:4])))


def test_what_is_kept_of_a_block_is_noted_without_joining_what_changed_since(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = given(file=b"a\n" + b"".join(b"%d\n" % number for number in range(600)))
    first, second, _ = sheet.image().pages
    sheet.replace(0, 2, b"x\n")
    with monkeypatch.context() as patch:
        patch.delattr(Joined, "settled")
        first.note_kept(b"first")
        second.note_kept(b"second")
    assert [page.kept for page in sheet.image().pages] == [None, b"second", None]
