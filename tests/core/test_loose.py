"""Many changes one after the other: whatever the file looks like, they come to what each of them alone comes to."""

from contextlib import nullcontext

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st
from tests.core.written_files import Written, texts, written_files

from rowlock.core import sheet as sheets
from rowlock.core.leases import Cooling
from rowlock.core.records import changed_record, read_table
from rowlock.core.sheet import Row, Sheet

# What happens: which of the rows, which of the columns, and the text or record that it gets, if any.
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["rewrite", "rewrite", "rewrite", "replace", "insert", "remove", "move", "read", "cool"]),
        st.integers(0, 5),
        st.integers(0, 4),
        texts,
    ),
    max_size=12,
)


@pytest.fixture(params=[1, 200_000])
def most_loose(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_LOOSE", request.param)


@pytest.mark.usefixtures("most_loose")
@for_any(written_files(), CHANGES)
def test_many_changes_come_to_what_each_of_them_alone_comes_to(
    written: Written, changes: list[tuple[str, int, int, str]]
) -> None:
    many, single = changed(written, changes, many=True), changed(written, changes, many=False)
    assert b"".join(many.file_parts()) == b"".join(single.file_parts())
    assert list(many.rows()) == list(single.rows())
    assert many.image().cooling == single.image().cooling


def changed(written: Written, changes: list[tuple[str, int, int, str]], *, many: bool) -> Sheet:
    """The sheet of the file after the changes; those of rows or columns that are not there are left out."""
    sheet = Sheet()
    sheet.load(read_table(written.data, delimiter=written.delimiter))
    with sheet.many_changes() if many else nullcontext():
        for version, (what, index, at, text) in enumerate(changes, start=1):
            change(sheet, what, index, version, at, text, many=many)
    return sheet


def change(sheet: Sheet, what: str, index: int, version: int, at: int, text: str, *, many: bool) -> None:
    if what == "insert":
        sheet.insert(sheet.next_index, version, b"new" + sheet.dialect.line_end.encode(), sheet.previous(None))
    elif (row := sheet.row(index)) is None:
        return
    elif what == "rewrite":
        until = version if at else 0
        actor = "ada" if index else "bob"
        if many:
            cells = {sheet.columns[at % len(sheet.columns)]: {"to": text or None}}
            sheet.change_all([(index, cells, until, version, actor)])
            return
        sheet.replace(index, version, changed_record(row.record, {at % len(sheet.columns): text}, sheet.dialect))
        if until:
            sheet.cool(index, Cooling(until, actor))
    elif what == "replace":
        sheet.replace(index, version, b"x" + row.record)
    elif what == "cool":
        sheet.cool(index, Cooling(version, text))
        assert sheet.cooling(index) == Cooling(version, text)
    elif what == "remove":
        sheet.remove(index)
    elif what == "move":
        sheet.move(index, version, None if sheet.following(None) == index else sheet.following(None))
    else:
        assert dict(sheet.rows())[index] == row


def test_a_row_that_lies_loose_is_read_as_it_is_now() -> None:
    sheet = Sheet()
    sheet.load(read_table(b"name,price\nTea,2\nMilk,3\n"))
    with sheet.many_changes():
        sheet.change_all([(1, {"price": {"to": "4"}}, 9, 7, "ada")])
        assert sheet.position == 7
        assert sheet.cooling(1) == Cooling(9, "ada")
        assert sheet.row(1) == Row(7, b"Milk,4\n")
        assert sheet.row(0) == Row(0, b"Tea,2\n")
    assert b"".join(sheet.file_parts()) == b"name,price\nTea,2\nMilk,4\n"
