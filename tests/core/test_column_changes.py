"""Columns: what may be asked of them, and what becomes of every record."""

import pytest
from tests.core.differing import FILE, NOW, bytes_of, change, sheet_of

from rowlock.core.columns import decide_columns
from rowlock.core.commands import (
    AddColumn,
    ColumnCommand,
    DeleteColumn,
    MoveColumn,
    RenameColumn,
    Rules,
    TakeLease,
)
from rowlock.core.decide import decide, stamped
from rowlock.core.dialects import MAX_COLUMNS
from rowlock.core.evolve import evolve

TABLE = b'a,"b b",c\r\n1,"x",3\r\n4\r\n7,8,9,10'


def code_of(data: bytes, op: ColumnCommand) -> str | None:
    outcome = decide_columns(sheet_of(data), op)
    return None if isinstance(outcome, list) else outcome.code


@pytest.mark.parametrize(
    ("op", "file"),
    [
        (AddColumn(column="id"), b'a,"b b",c,id\r\n1,"x",3,\r\n4\r\n7,8,9,,10'),
        (AddColumn(column="v,w", place=0), b'"v,w",a,"b b",c\r\n,1,"x",3\r\n,4\r\n,7,8,9,10'),
        (RenameColumn(column="b b", to="__proto__"), b'a,"__proto__",c\r\n1,"x",3\r\n4\r\n7,8,9,10'),
        (MoveColumn(column="c", place=0), b'c,a,"b b"\r\n3,1,"x"\r\n,4\r\n9,7,8,10'),
        (DeleteColumn(column="a"), b'"b b",c\r\n"x",3\r\n""\r\n8,9,10'),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_change_of_columns_touches_what_it_must(op: ColumnCommand, file: bytes) -> None:
    sheet = sheet_of(TABLE)
    change(sheet, (op,))
    assert bytes_of(sheet) == file


@pytest.mark.parametrize(
    ("op", "code"),
    [
        (AddColumn(column="a"), "column_exists"),
        (AddColumn(column=" "), "bad_column"),
        (AddColumn(column=""), "bad_column"),
        (AddColumn(column="z", place=4), "bad_column"),
        (AddColumn(column="z\0"), "control_character"),
        (AddColumn(column="\ud800"), "bad_text"),
        (AddColumn(column="z" * 65_537), "cell_too_large"),
        (RenameColumn(column="z", to="y"), "unknown_column"),
        (RenameColumn(column="a", to="c"), "column_exists"),
        (MoveColumn(column="a", place=3), "bad_column"),
        (MoveColumn(column="z", place=0), "unknown_column"),
        (DeleteColumn(column="z"), "unknown_column"),
        (AddColumn(column="z", place=3), None),
    ],
)
def test_what_cannot_be_is_refused(op: ColumnCommand, code: str | None) -> None:
    assert code_of(TABLE, op) == code


def test_the_last_column_stays() -> None:
    assert code_of(b"a\n1\n", DeleteColumn(column="a")) == "bad_column"


def test_a_name_that_the_file_would_tell_otherwise_is_refused() -> None:
    assert code_of(b"a,a\n1,2\n", AddColumn(column="a")) == "column_exists"


def test_a_table_has_no_more_columns_than_a_file_may_have() -> None:
    assert code_of(b",".join([b"c"] * MAX_COLUMNS) + b"\n", AddColumn(column="z")) == "bad_column"


def test_what_changes_nothing_makes_nothing_happen() -> None:
    sheet = sheet_of(TABLE)
    assert decide_columns(sheet, MoveColumn(column="a", place=0)) == []
    assert decide_columns(sheet, RenameColumn(column="a", to="a")) == []


def test_leases_and_versions_are_kept() -> None:
    sheet = sheet_of(TABLE)
    facts = decide(sheet, TakeLease(index=1), FILE, NOW, Rules())
    assert isinstance(facts, list)
    evolve(sheet, stamped(facts[0], FILE, NOW, 2))
    change(sheet, (AddColumn(column="z", place=0), DeleteColumn(column="c"), MoveColumn(column="z", place=2)))
    assert sheet.columns == ("a", "b b", "z")
    lease = sheet.lease(1)
    assert lease is not None
    assert lease.token == 2
    assert [row.version for _, row in sheet.rows()] == [1, 1, 1]
