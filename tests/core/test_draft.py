"""A draft answers as the sheet will once it has folded the same events, and leaves the sheet alone."""

import pytest
from tests.core.given import (
    ADA,
    BOB,
    FILE,
    Step,
    addition,
    by,
    deletion,
    edit,
    event,
    file_of,
    given,
    lease,
)

from rowlock.core.draft import Draft, Rows
from rowlock.core.events import ColumnRenamed, LeaseReleased, LeaseRenewed, RowMoved
from rowlock.core.evolve import evolve_rows
from rowlock.service.snapshots import alike

STORIES: dict[str, list[Step]] = {
    "nothing": [],
    "an update": [edit(1)],
    "a row at the end": [addition(3, {"name": "Oil"}, 2)],
    "a row at the start": [addition(3, {"name": "Oil"}, None)],
    "a row behind a new one": [addition(3, {"name": "Oil"}, 0), addition(4, {"name": "Jam"}, 3)],
    "a row deleted": [deletion(1)],
    "all rows deleted": [deletion(0), deletion(2), deletion(1)],
    "a new row deleted": [addition(3, {}, 1), deletion(3)],
    "a move up": [by(ADA, RowMoved(index=2, after=None, was=1))],
    "a move down": [by(ADA, RowMoved(index=0, after=2, was=None))],
    "moves in turn": [by(ADA, RowMoved(index=0, after=1, was=None)), by(ADA, RowMoved(index=1, after=2, was=None))],
    "a lease": [lease(0, bound=True)],
    "a lease renewed": [lease(0), by(ADA, LeaseRenewed(index=0, token=2, until=5))],
    "a lease given back": [lease(0), by(ADA, LeaseReleased(index=0, token=2))],
    "a lease moved with its row": [lease(0), edit(0), by(ADA, RowMoved(index=0, after=2, was=None))],
    "a lease ended with its row": [lease(0), edit(0), deletion(0)],
    "two leases": [lease(0), lease(1, BOB)],
}


def seen(table: Rows) -> tuple[object, ...]:
    """All that can be asked of a table."""
    order = [index for index, _ in table.rows()]
    return (
        [(index, row, table.cells(row.record)) for index, row in table.rows()],
        [(table.previous(index), table.following(index)) for index in (None, *order)],
        [(table.row(index), table.lease(index), table.cooling(index)) for index in range(-1, 6)],
        sorted(table.leased()),
        (table.position, table.next_index, table.columns, table.ordinals, table.dialect, table.header),
    )


def draft_over(base: Rows, steps: list[Step]) -> Draft:
    draft = Draft(base)
    for step in steps:
        evolve_rows(draft, event(step.fact, draft.position + 1, step.caller))
    return draft


@pytest.mark.parametrize("steps", STORIES.values(), ids=STORIES.keys())
def test_a_draft_answers_as_the_sheet_does_after_folding(steps: list[Step]) -> None:
    sheet, untouched = given(), given()
    draft = draft_over(sheet, steps)
    assert seen(draft) == seen(given(*steps))
    assert (seen(sheet), file_of(sheet)) == (seen(untouched), FILE)


@pytest.mark.parametrize("below", STORIES.values(), ids=STORIES.keys())
def test_a_draft_may_lie_over_a_draft(below: list[Step]) -> None:
    lower = draft_over(given(), below)
    index = lower.next_index
    above = [
        addition(index, {"name": "Oil"}, None),
        by(ADA, RowMoved(index=index, after=lower.previous(None), was=None)),
    ]
    if lower.previous(None) is None:
        above.pop()
    before = seen(lower)
    assert seen(draft_over(lower, above)) == seen(given(*below, *above))
    assert seen(lower) == before


@pytest.mark.parametrize("steps", STORIES.values(), ids=STORIES.keys())
def test_laying_a_draft_on_its_sheet_does_what_folding_the_events_does(steps: list[Step]) -> None:
    sheet = given()
    draft_over(sheet, steps).lay_on(sheet)
    assert alike(sheet, given(*steps))


@pytest.mark.parametrize("steps", STORIES.values(), ids=STORIES.keys())
def test_a_draft_may_be_laid_on_a_draft(steps: list[Step]) -> None:
    sheet, folded = given(), given(edit(0), *steps)
    lower = draft_over(sheet, [edit(0)])
    draft_over(lower, steps).lay_on(lower)
    assert seen(lower) == seen(folded)
    lower.lay_on(sheet)
    assert alike(sheet, folded)


def test_a_change_of_columns_is_not_for_drafts() -> None:
    with pytest.raises(TypeError, match="ColumnRenamed changes the whole table"):
        evolve_rows(Draft(given()), event(ColumnRenamed(column="name", to="title")))
