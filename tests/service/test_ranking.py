"""What is found and sorted for many rows at once is what `core.query` says of each of them."""

import random
from functools import cmp_to_key

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowlock.core.fields import new_record
from rowlock.core.query import OPERATORS, Filter, Query, number_of, picks, precedes, rank_of
from rowlock.core.records import Dialect, read_table
from rowlock.core.sheet import Sheet
from rowlock.service import order, scan
from rowlock.service.order import Order
from rowlock.service.ranking import order_of

COLUMNS = ("a", "b", "c")
NUMBERS = [
    "0",
    "-0",
    "7",
    "007",
    "1.50",
    "-1.5",
    "+.5",
    "5.",
    "1e3",
    "1E-3",
    " 12 ",
    "123456789012345678901",
    "1.7e308",
]
NEAR_NUMBERS = ["1e999", "9007199254740993", "0.1234567890123456789", "12345678901234567", "1_0", "1-2", "--1", "1.2.3"]
WORDS = [
    "",
    "nan",
    "inf",
    "é",
    "Äpfel",
    "ÄPFEL",
    "straße",
    "K",
    "a,b",
    'say "hi"',
    "two\nlines",
    "x" * 30,
    "x" * 30 + "y",
]
texts = st.one_of(st.sampled_from(NUMBERS + NEAR_NUMBERS + WORDS), st.text('aAbB01.-+eE ,"\n', max_size=12))
rows = st.lists(st.lists(texts, min_size=1, max_size=4), max_size=12)
wanted = st.one_of(texts, st.text("aAbB01.ÄßK", min_size=1, max_size=3))
filters = st.builds(Filter, column=st.sampled_from(COLUMNS), operator=st.sampled_from(OPERATORS), value=wanted)
queries = st.builds(
    Query,
    sort=st.sampled_from((None, *COLUMNS)),
    descending=st.booleans(),
    text=st.one_of(st.just(""), wanted),
    filters=st.lists(filters, max_size=2).map(tuple),
)


def sheet_of(table: list[list[str]], odd: bytes = b"") -> Sheet:
    """A sheet of rows that need not have as many cells as the table has columns."""
    dialect = Dialect()
    lines = [new_record(texts, dialect, None) for texts in table]
    sheet = Sheet()
    sheet.load(read_table(b"a,b,c\n" + b"".join(lines) + odd, delimiter=","))
    return sheet


def one_by_one(sheet: Sheet, query: Query) -> list[int]:
    """The answer for each row by itself."""
    picked = picks(query, sheet.columns)
    found = [(index, cells) for index, row in sheet.rows() if picked(cells := sheet.cells(row.record))]
    if query.sort is not None:
        at = sheet.ordinals[query.sort]

        def compared(one: tuple[int, list[str]], other: tuple[int, list[str]]) -> int:
            ranks = rank_of(one[1][at]), rank_of(other[1][at])
            before = precedes(*ranks, descending=query.descending)
            return -1 if before else int(precedes(*reversed(ranks), descending=query.descending))

        found.sort(key=cmp_to_key(compared))
    return [index for index, _ in found]


def at_once(sheet: Sheet, query: Query) -> list[int]:
    return all_of(order_of(sheet.image(), query))


def all_of(order: Order) -> list[int]:
    return list(order.window(0, len(order)))


@given(rows, queries)
def test_all_rows_at_once_give_what_they_give_one_by_one(table: list[list[str]], query: Query) -> None:
    sheet = sheet_of(table)
    assert at_once(sheet, query) == one_by_one(sheet, query)


@given(st.lists(st.text("ab", max_size=3)), st.booleans())
def test_texts_that_begin_alike_for_long_are_told_apart_by_what_follows(ends: list[str], descending: bool) -> None:
    sheet = sheet_of([["alike for seventeen: " + end] for end in ends])
    query = Query(sort="a", descending=descending)
    assert at_once(sheet, query) == one_by_one(sheet, query)


@given(queries)
def test_records_with_quotes_in_odd_places_do_too(query: Query) -> None:
    sheet = sheet_of([["1", "2", "3"]], b'5" pipe,a,b\nx, "a",c\n"q""q",,"1,0"\n,,,\n')
    assert at_once(sheet, query) == one_by_one(sheet, query)


@pytest.mark.parametrize("seed", range(6))
def test_large_tables_do_too(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "PAGES_AT_ONCE", 2)
    monkeypatch.setattr(scan, "BYTES_AT_ONCE", 1000)
    chance = random.Random(seed)
    endings = ["", "a", "ab", "A" * 40, "é" * 20, "1", "-2.5"]
    starts = ["", "row", "row", "https://example.com/some/long/path/", "12"]
    table = [[chance.choice(starts) + chance.choice(endings) for _ in COLUMNS] for _ in range(3000)]
    if seed % 2:
        table[1234] = ["one, two", "b"]
    sheet = sheet_of(table)
    for query in (
        Query(sort="a"),
        Query(sort="b", descending=True),
        Query(sort="c", text="PATH/"),
        Query(text="é1"),
        Query(filters=(Filter(column="b", operator="contains", value="wa"),), sort="a"),
        Query(filters=(Filter(column="c", operator="ge", value="row"),)),
    ):
        assert at_once(sheet, query) == one_by_one(sheet, query)


@pytest.mark.parametrize(
    "query", [Query(sort="a"), Query(text="a"), Query(text="b", sort="a", descending=True)], ids=str
)
def test_a_table_of_one_column_does_too(query: Query) -> None:
    sheet = Sheet()
    sheet.load(read_table(b'a\nb\nab\n"a,b"\n12\n""\n', delimiter=","))
    assert at_once(sheet, query) == one_by_one(sheet, query)


def test_a_long_text_among_short_ones_is_sorted_by_all_of_it() -> None:
    long = "x" * 60_000
    sheet = sheet_of([[long + "b"], ["y"], [long + "a"], ["x"]])
    assert at_once(sheet, Query(sort="a")) == [3, 2, 0, 1]
    assert at_once(sheet, Query(sort="a", descending=True)) == [1, 0, 2, 3]


@pytest.mark.parametrize("seed", range(6))
def test_an_order_stays_right_while_rows_change(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "PART_ROWS", 4)
    monkeypatch.setattr("rowlock.service.ranking.PART_ROWS", 4)
    chance = random.Random(seed)
    words = [*NUMBERS, *WORDS]
    sheet = sheet_of([[chance.choice(words) for _ in COLUMNS] for _ in range(60)])
    asked = [
        Query(sort="a"),
        Query(sort="b", descending=True),
        Query(text="1"),
        Query(sort="c", filters=(Filter(column="a", operator="gt", value="1"),)),
    ]
    kept = [order_of(sheet.image(), query) for query in asked]
    for turn in range(200):
        changed = change(sheet, chance, words, emptying=turn > 100)
        for query, each in zip(asked, kept, strict=True):
            each.remove(changed)
            for index in changed:
                each.put(index, sheet)
            assert all_of(each) == one_by_one(sheet, query)


def change(sheet: Sheet, chance: random.Random, words: list[str], *, emptying: bool) -> set[int]:
    """Add, change, move or delete a few rows; which."""
    changed: set[int] = set()
    for _ in range(chance.randrange(1, 4)):
        present = [index for index, _ in sheet.rows()]
        record = new_record([chance.choice(words) for _ in COLUMNS], sheet.dialect, None)
        after = chance.choice([None, *present])
        index = chance.choice(present) if present else None
        what = chance.choice(["update", "move", "delete", "delete" if emptying else "add", "add"])
        if what == "add" or index is None:
            index = sheet.next_index
            sheet.insert(index, 1, record, after)
        elif what == "update":
            sheet.replace(index, 2, record)
        elif what == "delete":
            sheet.remove(index)
        elif after != index:
            sheet.move(index, 3, after)
        changed.add(index)
    return changed


@pytest.mark.parametrize("text", ["1", "-1.50", " +.5e-3 ", "007", "5."])
def test_a_number_is_plain_digits_a_point_a_sign_and_an_exponent(text: str) -> None:
    assert number_of(text) == float(text)


@pytest.mark.parametrize("text", ["", " ", "nan", "inf", "1_0", "0x1", "1,5", "e5", ".", "-", "1 2", "١", "\t1", "--1"])
def test_everything_else_is_a_text(text: str) -> None:
    assert number_of(text) is None
