"""Folding: what each event makes of the table. It never refuses."""

from dataclasses import replace

import pytest
from tests.core.given import (
    ADA,
    BOB,
    COOLDOWN,
    FILE,
    NOW,
    addition,
    by,
    deletion,
    edit,
    event,
    file_of,
    given,
    imported,
    lease,
    order_of,
)

from rowlock.core.events import (
    KINDS,
    Fact,
    LeaseExpired,
    LeaseReleased,
    LeaseRenewed,
    RowAdded,
    RowMoved,
    RowUpdated,
)
from rowlock.core.evolve import evolve
from rowlock.core.leases import Lease
from rowlock.core.records import read_table


def test_every_event_moves_the_position_by_one() -> None:
    sheet = given(lease(0), edit(0), deletion(1))
    assert sheet.position == 4
    evolve(sheet, event(imported(b"a\n"), 5))
    assert sheet.position == 5


def test_a_file_that_was_read_already_is_not_read_again() -> None:
    sheet = given()
    fact = replace(imported(FILE), data=b"not looked at", table=read_table(b"a,b\n1,2\n"))
    evolve(sheet, event(fact))
    assert file_of(sheet) == b"a,b\n1,2\n"


def test_an_update_changes_only_the_bytes_of_its_cells() -> None:
    sheet = given(edit(1, price="7"), file=b'name,price\n"Tea",2\n"Milk",3\n')
    assert file_of(sheet) == b'name,price\n"Tea",2\n"Milk",7\n'
    assert (row := sheet.row(1)) is not None
    assert row.version == 2


def test_an_update_sets_the_cooldown_unless_there_is_none() -> None:
    assert given(edit(0, BOB)).cooling(0) == (NOW + COOLDOWN, "bob")
    assert given(edit(0, BOB, until=0)).cooling(0) is None


@pytest.mark.parametrize("kind", [RowUpdated, RowAdded])
def test_a_record_that_the_event_holds_is_taken_as_it_is(kind: type[RowUpdated] | type[RowAdded]) -> None:
    raw = '"Rye",\r\n'
    cells = {"name": ("", "Rye")}
    if kind is RowUpdated:
        fact: Fact = RowUpdated(index=2, cells=cells, raw=raw)
    else:
        fact = RowAdded(index=3, cells=cells, after=2, raw=raw)
    assert file_of(given(by(ADA, fact))).endswith(raw.encode())


def test_a_new_row_is_written_as_its_neighbour_is() -> None:
    quoted = b'name,price\n"Tea","2"\nMilk,3\n'
    texts = {"name": "Oil", "price": "8"}
    assert file_of(given(addition(2, texts, 0), file=quoted)) == b'name,price\n"Tea","2"\n"Oil","8"\nMilk,3\n'
    assert file_of(given(addition(2, texts, 1), file=quoted)) == quoted + b"Oil,8\n"
    assert file_of(given(addition(2, texts, None), file=quoted)).startswith(b'name,price\n"Oil","8"\n')
    assert file_of(given(addition(0, texts, None), file=b"name,price\r\n")) == b"name,price\r\nOil,8\r\n"


def test_a_new_row_without_a_text_for_a_column_has_an_empty_cell() -> None:
    sheet = given(by(ADA, RowAdded(index=3, cells={"price": (None, "8")}, after=2)))
    assert file_of(sheet) == FILE + b",8\n"


def test_a_move_keeps_the_bytes_and_changes_the_version() -> None:
    sheet = given(by(ADA, RowMoved(index=2, after=None, was=1)))
    assert (file_of(sheet), order_of(sheet)) == (b"name,price\nRye,4\nTea,2\nMilk,3\n", [2, 0, 1])
    assert (row := sheet.row(2)) is not None
    assert row.version == 2


def test_the_token_of_a_lease_is_the_position_of_its_grant() -> None:
    assert given(edit(1), lease(0, BOB, bound=True)).lease(0) == Lease(
        token=3, holder="bob", session="bob's", client="four", since=NOW, until=NOW + 900_000_000, bound=True
    )


@pytest.mark.parametrize(
    "fact",
    [
        LeaseRenewed(index=0, token=9, until=1),
        LeaseReleased(index=0, token=9),
        LeaseExpired(index=0, token=9),
    ],
)
def test_what_becomes_of_a_lease_that_is_gone_changes_nothing(fact: Fact) -> None:
    assert given(by(ADA, fact)).lease(0) is None
    assert given(lease(0), by(ADA, fact)).lease(0) == given(lease(0)).lease(0)


def test_every_fact_has_a_kind_of_its_own() -> None:
    assert len(set(KINDS.values())) == len(KINDS) == 14
