"""What commands do to rows, and why they may not. Who may write when is in test_leases.py."""

from collections.abc import Sequence

import pytest
from tests.core.given import (
    ADA,
    BOB,
    COOLDOWN,
    NOW,
    RULES,
    addition,
    by,
    decide_in,
    deletion,
    edit,
    file_of,
    given,
    happen,
    imported,
    lease,
    order_of,
)
from tests.core.odd_files import ODD_FILES, OddFile

from rowlock.core.commands import (
    AddRow,
    ChangeRows,
    DeleteRow,
    EndLeases,
    ImportTable,
    MoveRow,
    Rules,
    UpdateRow,
    reason_of,
)
from rowlock.core.events import Fact, RowAdded, RowDeleted, RowMoved, RowUpdated, TableImported
from rowlock.core.records import read_table
from rowlock.core.refusals import (
    BadCell,
    BadTableRefused,
    OpRefused,
    RowLocked,
    RowNotFound,
    StaleLease,
    UnknownColumn,
    VersionMismatch,
)
from rowlock.core.refusals import RowDeleted as RowIsDeleted

COOLING = NOW + COOLDOWN


def price(index: int, old: str, new: str) -> RowUpdated:
    return RowUpdated(index=index, cells={"price": (old, new)}, until=COOLING)


def tea_and(name: str, after: int | None, index: int = 3) -> RowAdded:
    return RowAdded(index=index, cells={"name": (None, name), "price": (None, "")}, after=after)


def decided(command: AddRow) -> Sequence[Fact]:
    facts = decide_in(given(), command)
    assert isinstance(facts, list)
    return facts


# Updating


def test_an_update_names_the_cells_that_change_from_what_to_what() -> None:
    command = UpdateRow(index=0, cells={"name": "Tea", "price": "5"})
    assert decide_in(given(), command) == [price(0, "2", "5")]


def test_an_update_that_changes_nothing_makes_no_event() -> None:
    assert decide_in(given(), UpdateRow(index=0, cells={"name": "Tea", "price": "2"})) == []
    assert decide_in(given(), UpdateRow(index=0, cells={})) == []


def test_an_update_twice_is_one_event() -> None:
    sheet, command = given(), UpdateRow(index=0, cells={"price": "5"})
    assert isinstance(facts := decide_in(sheet, command), list)
    happen(sheet, *(by(ADA, fact) for fact in facts))
    assert decide_in(sheet, command) == []


def test_a_cell_that_a_short_row_lacks_is_empty_before() -> None:
    sheet = given(file=b"name,price\nTea\n")
    assert decide_in(sheet, UpdateRow(index=0, cells={"price": "5"})) == [price(0, "", "5")]


def test_without_cooldown_the_event_ends_none() -> None:
    facts = decide_in(given(), UpdateRow(index=0, cells={"price": "5"}), rules=Rules(cooldown=0))
    assert facts == [RowUpdated(index=0, cells={"price": ("2", "5")}, until=0)]


def test_an_update_of_the_version_that_the_caller_saw_is_made() -> None:
    assert decide_in(given(), UpdateRow(index=0, version=1, cells={"price": "5"})) == [price(0, "2", "5")]


def test_an_update_of_an_older_version_is_refused_and_shown_the_row() -> None:
    command = UpdateRow(index=0, version=1, cells={"price": "5"})
    assert decide_in(given(edit(0)), command) == VersionMismatch(
        index=0, expected=1, version=2, cells={"name": "Tea", "price": "9"}
    )


@pytest.mark.parametrize(
    ("text", "code"), [("\0", "control_character"), ("\ud800", "bad_text"), ("x" * 65_537, "cell_too_large")]
)
def test_a_text_that_the_file_cannot_hold_is_refused(text: str, code: str) -> None:
    refusal = BadCell(code=code, column="price")
    assert decide_in(given(), UpdateRow(index=0, cells={"price": text})) == refusal
    assert decide_in(given(), AddRow(cells={"price": text})) == refusal


def test_a_character_that_the_files_encoding_lacks_is_refused() -> None:
    sheet = given(file="name\nMüsli\n".encode("latin-1"), encoding="latin-1")
    assert decide_in(sheet, UpdateRow(index=0, cells={"name": "5 €"})) == BadCell(code="bad_text", column="name")


def test_an_unknown_column_is_refused_with_the_columns_there_are() -> None:
    refusal = UnknownColumn(column="colour", columns=("name", "price"))
    assert decide_in(given(), UpdateRow(index=0, cells={"colour": "red"})) == refusal
    assert decide_in(given(), AddRow(cells={"colour": "red"})) == refusal


@pytest.mark.parametrize(
    "command",
    [
        UpdateRow(index=7, cells={}),
        DeleteRow(index=7),
        MoveRow(index=7, after=None),
        MoveRow(index=0, after=7),
        AddRow(cells={}, after=7),
        AddRow(cells={}, before=7),
    ],
)
def test_a_row_that_never_was_is_not_found_and_a_deleted_one_is_deleted(
    command: UpdateRow | DeleteRow | MoveRow | AddRow,
) -> None:
    def refusal(*, with_deletion: bool) -> object:
        additions = [addition(index, {}, index - 1) for index in range(3, 8)]
        return decide_in(given(*additions, deletion(7)) if with_deletion else given(), command)

    assert refusal(with_deletion=False) == RowNotFound(index=7)
    assert refusal(with_deletion=True) == RowIsDeleted(index=7)


def test_a_negative_index_is_no_row() -> None:
    assert decide_in(given(), DeleteRow(index=-1)) == RowNotFound(index=-1)


def test_a_record_whose_bytes_are_known_is_kept_though_no_cell_changes() -> None:
    raw = '"Tea",2\n'
    assert decide_in(given(), UpdateRow(index=0, cells={}, raw=raw)) == [
        RowUpdated(index=0, cells={}, until=COOLING, raw=raw)
    ]
    assert decide_in(given(), UpdateRow(index=0, cells={"name": "Tea"}, raw="Tea,2\n")) == []


# Adding


def test_a_new_row_may_come_with_its_bytes() -> None:
    (fact,) = decided(AddRow(cells={"name": "Oil"}, raw='"Oil",\n'))
    assert fact == RowAdded(index=3, cells={"name": (None, "Oil"), "price": (None, "")}, after=2, raw='"Oil",\n')


def test_a_row_is_added_at_the_end_with_the_columns_not_named_empty() -> None:
    assert decide_in(given(), AddRow(cells={"name": "Oil"})) == [tea_and("Oil", 2)]


def test_a_row_is_added_behind_or_before_another() -> None:
    assert decide_in(given(), AddRow(cells={"name": "Oil"}, after=0)) == [tea_and("Oil", 0)]
    assert decide_in(given(), AddRow(cells={"name": "Oil"}, before=1)) == [tea_and("Oil", 0)]
    assert decide_in(given(), AddRow(cells={"name": "Oil"}, before=0)) == [tea_and("Oil", None)]


def test_the_first_row_of_an_empty_table_stands_behind_nothing() -> None:
    assert decide_in(given(file=b"name,price\n"), AddRow(cells={"name": "Oil"})) == [tea_and("Oil", None, 0)]


def test_the_index_of_a_deleted_row_is_never_used_again() -> None:
    assert decide_in(given(deletion(2)), AddRow(cells={"name": "Oil"})) == [tea_and("Oil", 1, 3)]


# Deleting


def test_a_deletion_keeps_what_the_row_was_and_where_it_stood() -> None:
    assert decide_in(given(), DeleteRow(index=1)) == [
        RowDeleted(index=1, cells={"name": ("Milk", None), "price": ("3", None)}, after=0)
    ]


@pytest.mark.parametrize(
    ("file", "index", "raw"),
    [
        (b'a,b\n1,2\n"3",4\n', 1, '"3",4\n'),
        (b"a,b\n1,2\n3\n", 1, "3\n"),
        (b"a,b\n1,2\n3,4,5\n", 1, "3,4,5\n"),
        (b"a,b\n1,2\r\n3,4\n5,6\n", 0, "1,2\r\n"),
        (b'a,b\n"1","2"\n3,4\n', 0, '"1","2"\n'),
        (b"a,b\n1,2\n3,4\n", 1, None),
        (b"a,b\n1,2\n3,4\n", 0, None),
        (b'a,b\n"1","2"\n', 0, '"1","2"\n'),
        (b"a,b\n1,2\n", 0, None),
    ],
)
def test_a_deletion_keeps_the_record_where_a_new_one_would_be_written_otherwise(
    file: bytes, index: int, raw: str | None
) -> None:
    facts = decide_in(given(file=file), DeleteRow(index=index))
    assert isinstance(facts, list)
    assert [fact.raw for fact in facts if isinstance(fact, RowDeleted)] == [raw]


@pytest.mark.parametrize("index", [0, 1, 2])
def test_what_a_deletion_keeps_brings_the_same_bytes_back(index: int) -> None:
    sheet = given(file=b'a,b\n"1",x y\n2\r\n"3","4"\n')
    before, facts = file_of(sheet), decide_in(sheet, DeleteRow(index=index))
    assert isinstance(facts, list)
    (gone,) = facts
    assert isinstance(gone, RowDeleted)
    cells = {column: (to, old) for column, (old, to) in gone.cells.items()}
    happen(sheet, by(ADA, gone), by(ADA, RowAdded(index=3, cells=cells, after=gone.after, raw=gone.raw)))
    assert file_of(sheet) == before


# Moving


def test_a_move_says_where_the_row_goes_and_where_it_stood() -> None:
    assert decide_in(given(), MoveRow(index=2, after=None)) == [RowMoved(index=2, after=None, was=1)]
    assert decide_in(given(), MoveRow(index=0, after=1)) == [RowMoved(index=0, after=1, was=None)]


@pytest.mark.parametrize("after", [0, 1])
def test_a_move_to_where_the_row_stands_makes_no_event(after: int) -> None:
    assert decide_in(given(), MoveRow(index=1, after=after)) == []


def test_moving_the_first_row_first_makes_no_event() -> None:
    assert decide_in(given(), MoveRow(index=0, after=None)) == []


# Several at once


def change(*ops: AddRow | UpdateRow | DeleteRow | MoveRow) -> ChangeRows:
    return ChangeRows(ops=ops)


def test_each_operation_of_a_batch_sees_what_those_before_it_did() -> None:
    command = change(
        AddRow(cells={"name": "Oil"}), UpdateRow(index=3, version=2, cells={"price": "7"}), MoveRow(index=3, after=0)
    )
    assert decide_in(given(), command) == [tea_and("Oil", 2), price(3, "", "7"), RowMoved(index=3, after=0, was=2)]


@pytest.mark.parametrize(
    ("op", "refusal"),
    [
        (UpdateRow(index=1, cells={"price": "5"}), RowLocked(index=1, holder="bob", expires_in=RULES.term)),
        (UpdateRow(index=9, cells={}), RowNotFound(index=9)),
        (UpdateRow(index=0, token=77, cells={}), StaleLease(index=0, token=77)),
        (AddRow(cells={"colour": ""}), UnknownColumn(column="colour", columns=("name", "price"))),
    ],
)
def test_a_batch_is_all_or_nothing_and_its_refusal_names_the_operation(
    op: UpdateRow | AddRow, refusal: RowLocked | RowNotFound | StaleLease | UnknownColumn
) -> None:
    sheet = given(lease(1, BOB))
    before = file_of(sheet)
    refused = decide_in(sheet, change(DeleteRow(index=2), AddRow(cells={}), op))
    assert refused == OpRefused(op=2, refusal=refusal)
    assert (file_of(sheet), sheet.position) == (before, 2)


def test_a_row_deleted_in_a_batch_is_deleted_for_the_rest_of_it() -> None:
    command = change(DeleteRow(index=1), UpdateRow(index=1, cells={"price": "5"}))
    assert decide_in(given(), command) == OpRefused(op=1, refusal=RowIsDeleted(index=1))


def test_an_empty_batch_makes_no_event() -> None:
    assert decide_in(given(), change()) == []


def test_the_reason_of_a_batch_and_of_the_end_of_leases_is_that_of_their_events() -> None:
    assert reason_of(ChangeRows(ops=(), reason="restored")) == "restored"
    assert reason_of(EndLeases(reason="logout")) == "logout"
    assert reason_of(DeleteRow(index=0)) is None


# The whole table


def test_an_import_says_how_the_file_was_read() -> None:
    data = b"a;b\n1;2\n"
    assert decide_in(given(), ImportTable(data=data, blob=imported(data).blob)) == [imported(data)]


@pytest.mark.parametrize("odd", [odd for odd in ODD_FILES if odd.code is None], ids=lambda odd: odd.name)
def test_what_an_import_has_read_is_what_the_journal_will_read(odd: OddFile) -> None:
    command = ImportTable(data=odd.data, blob=b"", encoding=odd.encoding, delimiter=odd.delimiter)
    facts = decide_in(given(), command)
    assert isinstance(facts, list)
    [fact] = facts
    assert isinstance(fact, TableImported)
    assert fact.table == read_table(fact.data, encoding=fact.encoding, delimiter=fact.delimiter)


def test_a_file_that_is_no_table_is_refused_with_the_readers_reason() -> None:
    refused = decide_in(given(), ImportTable(data=b'a\n"1\n', blob=b""))
    assert refused == BadTableRefused(
        code="unclosed_quote", reason="The quote that opens on line 2 is never closed.", line=2
    )


def test_deciding_changes_nothing() -> None:
    def seen() -> object:
        return file_of(sheet), order_of(sheet), sheet.position, sheet.next_index, sheet.lease(0), sheet.cooling(1)

    sheet = given(lease(0), edit(1, until=NOW))
    before = seen()
    decide_in(sheet, change(DeleteRow(index=0), AddRow(cells={}), MoveRow(index=2, after=None)))
    assert seen() == before
