"""Every refusal says what is wrong in a sentence, under a code that does not change."""

import re
from typing import get_args

import pytest

from rowlock.core import refusals
from rowlock.core.refusals import (
    AmbiguousKey,
    BadCell,
    BadColumn,
    BadTableRefused,
    ColumnExists,
    Conflict,
    IdempotencyMismatch,
    NoTable,
    NotLeaseOwner,
    OpRefused,
    Refusal,
    RowCooling,
    RowDeleted,
    RowLocked,
    RowNotFound,
    SessionEnded,
    SimpleRefusal,
    StaleLease,
    TableMoved,
    TooManyLeases,
    UndoConflict,
    UnknownColumn,
    VersionMismatch,
)

STANDING = Conflict(position=3, code="later_edit", detail="Event 3 stays.")
ALL: list[tuple[Refusal, str, str]] = [
    (RowNotFound(index=4), "row_not_found", "There is no row 4."),
    (RowDeleted(index=4), "row_deleted", "Row 4 has been deleted."),
    (UnknownColumn(column="a", columns=()), "unknown_column", "There is no column 'a'."),
    (
        BadCell(code="control_character", column="a"),
        "control_character",
        "The cell of column 'a' holds a NUL character.",
    ),
    (
        BadCell(code="cell_too_large", column="a"),
        "cell_too_large",
        "The cell of column 'a' is longer than 65,536 characters.",
    ),
    (
        BadCell(code="bad_text", column="a"),
        "bad_text",
        "The cell of column 'a' holds half of a surrogate pair and is no text.",
    ),
    (ColumnExists(column="a"), "column_exists", "There is a column 'a' already."),
    (BadColumn(reason="No."), "bad_column", "No."),
    (RowLocked(index=4, holder="bob", expires_in=1), "row_locked", "Row 4 is held by bob."),
    (
        RowLocked(index=4, holder="ada", expires_in=1, yours=True),
        "row_locked",
        "You hold row 4 in another window; move it here to edit it.",
    ),
    (
        RowCooling(index=4, holder="bob", expires_in=1),
        "row_cooling",
        "Row 4 was edited by bob just now and is still cooling.",
    ),
    (StaleLease(index=4, token=7), "stale_lease", "Your lease of row 4 is over; take the row again."),
    (NotLeaseOwner(index=4, holder="bob"), "not_lease_owner", "Row 4 is held by bob; only they can give it back."),
    (TooManyLeases(limit=50), "too_many_leases", "You hold 50 rows already; give some back first."),
    (
        VersionMismatch(index=4, expected=1, version=2, cells={}),
        "version_mismatch",
        "Row 4 has changed: it is at version 2, not 1.",
    ),
    (BadTableRefused(code="empty_file", reason="Nothing."), "empty_file", "Nothing."),
    (TableMoved(expected=3, position=5), "table_moved", "The table has moved on from position 3 to 5."),
    (
        AmbiguousKey(column="id", text="7", lines=(2, 5)),
        "ambiguous_key",
        "Lines 2 and 5 of the file have the same 'id': '7'.",
    ),
    (UndoConflict(conflicts=(STANDING,)), "undo_conflict", "Event 3 stays."),
    (UndoConflict(conflicts=(STANDING, STANDING)), "undo_conflict", "Event 3 stays. (and 1 more)"),
    (NoTable(position=0), "no_table", "There was no table yet at position 0."),
    (SessionEnded(), "session_ended", "Your session has ended; log in again."),
    (
        IdempotencyMismatch(key="k"),
        "idempotency_mismatch",
        "The idempotency key 'k' was used before with another request.",
    ),
    (OpRefused(op=3, refusal=RowNotFound(index=4)), "row_not_found", "Operation 3: There is no row 4."),
]


@pytest.mark.parametrize(("refusal", "code", "detail"), ALL, ids=lambda value: type(value).__name__)
def test_a_refusal_has_a_code_and_a_sentence(refusal: Refusal, code: str, detail: str) -> None:
    assert (refusal.code, refusal.detail()) == (code, detail)


def test_every_refusal_is_tried_here_and_drawn_in_the_tree() -> None:
    names = {kind.__name__ for kind in (*get_args(SimpleRefusal), OpRefused)}
    assert {type(refusal).__name__ for refusal, _, _ in ALL} == names
    assert names <= set(re.findall(r"[A-Z]\w+", refusals.__doc__ or ""))
