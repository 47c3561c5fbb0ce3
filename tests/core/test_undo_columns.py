"""Taking changes of columns and of the file's manner back."""

from dataclasses import replace

from tests.core.histories import History
from tests.core.test_undo import conflicts_of

from rowlock.core.commands import (
    AddColumn,
    AddRow,
    ChangeStyle,
    ChangeTable,
    DeleteColumn,
    DeleteRow,
    MoveColumn,
    RenameColumn,
    UpdateRow,
)
from rowlock.core.dialects import MAX_COLUMNS, Dialect


def test_a_column_whose_name_is_taken_cannot_come_back() -> None:
    history = History()
    history.do(DeleteColumn(column="price"))
    history.do(AddColumn(column="price"))
    assert conflicts_of(history.undo(2)) == [(2, "column_exists", None)]


def test_a_column_comes_back_with_its_texts_for_the_rows_that_are_there() -> None:
    history = History()
    history.do(DeleteColumn(column="price"))
    history.do(DeleteRow(index=0))
    history.do(AddRow(cells={"name": "Oil"}))
    history.undo(2)
    assert history.file == b"name,price\nMilk,3\nRye,4\nOil,\n"


def test_the_last_column_cannot_be_taken_back() -> None:
    history = History(b"only\nx\n")
    history.do(AddColumn(column="more"))
    history.do(DeleteColumn(column="only"))
    assert conflicts_of(history.undo(2)) == [(2, "bad_column", None)]


def test_a_row_comes_back_into_the_columns_of_today() -> None:
    history = History()
    history.do(DeleteRow(index=1))
    history.do(AddColumn(column="colour", place=0))
    history.do(DeleteColumn(column="price"))
    history.undo(2)
    assert history.file == b"colour,name\n,Tea\n,Milk\n,Rye\n"


def test_a_name_of_a_column_that_is_gone_stays() -> None:
    history = History()
    history.do(RenameColumn(column="price", to="cost"))
    history.do(DeleteColumn(column="cost"))
    assert conflicts_of(history.undo(2)) == [(2, "column_deleted", 3)]


def test_a_column_comes_back_beside_others_that_changed() -> None:
    history = History()
    history.do(DeleteColumn(column="price"))
    history.do(RenameColumn(column="name", to="what"))
    history.undo(2)
    assert history.file == b"what,price\nTea,2\nMilk,3\nRye,4\n"


def test_a_table_that_is_full_takes_no_column_back() -> None:
    names = [f"c{number}" for number in range(MAX_COLUMNS)]
    history = History(",".join(names).encode() + b"\n1\n")
    history.do(DeleteColumn(column="c0"))
    history.do(AddColumn(column="more"))
    assert conflicts_of(history.undo(2)) == [(2, "bad_column", None)]


def test_the_file_does_not_go_back_to_an_encoding_that_lacks_a_character() -> None:
    history = History("name,price\nTea,é\n".encode())
    latin = ChangeStyle(dialect=Dialect(encoding="latin-1"), header="name,price\n")
    plain = ChangeStyle(dialect=Dialect(), header="name,price\n")
    history.do(DeleteColumn(column="price"))
    for style in (latin, plain):
        history.do(ChangeTable(ops=(replace(style, header="name\n"),)))
    history.do(UpdateRow(index=0, cells={"name": "🦉"}))
    assert conflicts_of(history.undo(4)) == [(4, "encoding", None)]


def test_a_column_with_a_character_that_the_encoding_lacks_stays_away() -> None:
    history = History("name,price\nTea,🦉\n".encode())
    history.do(DeleteColumn(column="price"))
    history.do(ChangeTable(ops=(ChangeStyle(dialect=Dialect(encoding="latin-1"), header="name\n"),)))
    assert conflicts_of(history.undo(2)) == [(2, "encoding", None)]


def test_a_column_gets_its_name_back_wherever_it_stands_now() -> None:
    history = History()
    history.do(RenameColumn(column="price", to="cost"))
    history.do(MoveColumn(column="cost", place=0))
    history.do(AddColumn(column="colour"))
    assert conflicts_of(history.undo(2)) == []
    assert history.file == b"price,name,colour\n2,Tea,\n3,Milk,\n4,Rye,\n"
