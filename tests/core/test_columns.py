"""Columns come, go and move, and every record follows while all other bytes stay."""

import pytest
from tests.core.given import ADA, by, cells_of, decide_in, edit, file_of, given, happen, lease

from rowlock.core.commands import AddColumn, DeleteColumn, MoveColumn, RenameColumn, Rules, UpdateRow
from rowlock.core.events import ColumnAdded, ColumnDeleted, ColumnMoved, ColumnRenamed, Fact, RowUpdated
from rowlock.core.records import read_table
from rowlock.core.refusals import BadCell, BadColumn, ColumnExists, Refusal, UnknownColumn
from rowlock.core.sheet import Sheet

ODD = b'name,"price"\r\n"Tea",2,extra\nMilk\n5" pipe,"3"\n'


def after(fact: Fact, file: bytes = ODD) -> Sheet:
    sheet = given(file=file)
    happen(sheet, by(ADA, fact))
    table = read_table(file_of(sheet), delimiter=sheet.dialect.delimiter)
    assert (table.columns, table.header, table.data) == (sheet.columns, sheet.header, b"".join(sheet.parts()))
    return sheet


def test_a_column_is_added_last_or_where_one_says() -> None:
    assert decide_in(given(), AddColumn(column="colour")) == [ColumnAdded(column="colour", place=2, values={})]
    assert decide_in(given(), AddColumn(column="colour", place=0)) == [ColumnAdded(column="colour", place=0, values={})]


def test_an_added_column_is_empty_but_for_its_values() -> None:
    sheet = after(ColumnAdded(column="colour", place=1, values={1: "white"}))
    assert sheet.columns == ("name", "colour", "price")
    assert cells_of(sheet) == [["Tea", "", "2"], ["Milk", "white", ""], ['5" pipe', "", "3"]]
    assert file_of(sheet) == b'name,colour,"price"\r\n"Tea",,2,extra\nMilk,white\n5" pipe,,"3"\n'


def test_a_renamed_column_keeps_every_record() -> None:
    sheet = after(ColumnRenamed(column="price", to='the "price"'))
    assert sheet.ordinals == {"name": 0, 'the "price"': 1}
    assert file_of(sheet) == ODD.replace(b'"price"', b'"the ""price"""')


def test_renaming_to_the_same_name_makes_no_event() -> None:
    assert decide_in(given(), RenameColumn(column="name", to="name")) == []
    assert decide_in(given(), RenameColumn(column="name", to="title")) == [ColumnRenamed(column="name", to="title")]


def test_a_moved_column_takes_its_cells_along() -> None:
    assert decide_in(given(), MoveColumn(column="price", place=0)) == [ColumnMoved(column="price", place=0, was=1)]
    sheet = after(ColumnMoved(column="price", place=0, was=1))
    assert sheet.columns == ("price", "name")
    assert cells_of(sheet) == [["2", "Tea"], ["", "Milk"], ["3", '5" pipe']]


def test_a_column_that_is_there_already_is_not_moved() -> None:
    assert decide_in(given(), MoveColumn(column="price", place=1)) == []


def test_a_deleted_column_leaves_its_texts_in_the_event() -> None:
    gone = ColumnDeleted(column="price", place=1, values={0: "2", 2: "3"})
    assert decide_in(given(file=ODD), DeleteColumn(column="price")) == [gone]
    sheet = after(gone)
    assert file_of(sheet) == b'name\r\n"Tea",extra\nMilk\n5" pipe\n'


def test_what_a_deletion_keeps_brings_the_cells_back() -> None:
    sheet = given(file=ODD)
    before = cells_of(sheet)
    facts = decide_in(sheet, DeleteColumn(column="price"))
    assert isinstance(facts, list)
    (gone,) = facts
    assert isinstance(gone, ColumnDeleted)
    happen(sheet, by(ADA, gone), by(ADA, ColumnAdded(column="price", place=gone.place, values=gone.values)))
    assert cells_of(sheet) == before


def test_a_column_change_ends_no_lease_and_moves_no_version() -> None:
    sheet = given(lease(0), edit(1))
    held, cooling, row = sheet.lease(0), sheet.cooling(1), sheet.row(1)
    happen(sheet, by(ADA, ColumnRenamed(column="name", to="title")))
    assert (sheet.lease(0), sheet.cooling(1), sheet.row(1)) == (held, cooling, row)
    command = UpdateRow(index=1, cells={"title": "Cream"}, version=3)
    assert decide_in(sheet, command, rules=Rules(cooldown=0)) == [
        RowUpdated(index=1, cells={"title": ("Milk", "Cream")})
    ]


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (AddColumn(column="name"), ColumnExists(column="name")),
        (AddColumn(column=" "), BadColumn(reason="A column needs a name.")),
        (AddColumn(column="a\0"), BadCell(code="control_character", column="a\0")),
        (AddColumn(column="a", place=3), BadColumn(reason="A column can be number 0 to 2, not 3.")),
        (AddColumn(column="a", place=-1), BadColumn(reason="A column can be number 0 to 2, not -1.")),
        (RenameColumn(column="a", to="b"), UnknownColumn(column="a", columns=("name", "price"))),
        (RenameColumn(column="name", to="price"), ColumnExists(column="price")),
        (MoveColumn(column="a", place=0), UnknownColumn(column="a", columns=("name", "price"))),
        (MoveColumn(column="name", place=2), BadColumn(reason="A column can be number 0 to 1, not 2.")),
        (DeleteColumn(column="a"), UnknownColumn(column="a", columns=("name", "price"))),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    command: AddColumn | RenameColumn | MoveColumn | DeleteColumn, refusal: Refusal
) -> None:
    assert decide_in(given(), command) == refusal


def test_the_last_column_stays() -> None:
    refusal = BadColumn(reason="The last column cannot be deleted.")
    assert decide_in(given(file=b"name\nTea\n"), DeleteColumn(column="name")) == refusal
