"""Every way to say no has a status, and tells its caller what helps and nothing more."""

import inspect
import json
from typing import Any

import pytest

from rowlock.core import refusals
from rowlock.service import account_errors
from rowlock.service.account_errors import AccountError, TooManyAttempts
from rowlock.service.editor import Overloaded, Refused
from rowlock.service.ports import BackupError, OutcomeUnknown, StorageBusy, StorageFailed, StorageFull
from rowlock.service.services import FileBehind
from rowlock.wire.problems import STATUSES, problem_of

WALL = 1_795_420_800_000_000


def codes(module: object, base: type[Any] | None = None) -> set[str]:
    found = (each for _, each in inspect.getmembers(module, inspect.isclass) if base is None or issubclass(each, base))
    said = (getattr(each, "code", None) for each in found)
    return {code for code in said if isinstance(code, str)}


def test_every_refusal_of_the_core_and_of_accounts_has_a_status() -> None:
    assert codes(refusals) | codes(account_errors, AccountError) <= STATUSES.keys()
    assert {status // 100 for status in STATUSES.values()} == {4, 5}


def test_a_held_row_tells_by_whom_until_when_and_when_to_try_again() -> None:
    refusal = refusals.RowLocked(index=3, holder="ada", expires_in=1_500_000, yours=True)
    problem = problem_of(Refused(refusal), WALL)
    body = problem.body()
    assert (problem.status, problem.retry_after) == (423, 2)
    assert {name: body[name] for name in ("index", "holder", "expires_in", "expires_at", "yours", "retry_after")} == {
        "index": 3,
        "holder": "ada",
        "expires_in": 1.5,
        "expires_at": "2026-11-23T08:00:01.500000Z",
        "yours": True,
        "retry_after": 2,
    }


def test_an_operation_of_a_batch_is_refused_as_the_row_alone_would_be() -> None:
    alone = refusals.RowCooling(index=3, holder="ada", expires_in=10)
    one, many = (problem_of(Refused(each), WALL) for each in (alone, refusals.OpRefused(op=7, refusal=alone)))
    assert many.body() == one.body() | {"op": 7, "detail": f"Operation 7: {one.detail}"}
    assert many.retry_after == one.retry_after == 1


@pytest.mark.parametrize(
    ("error", "status", "code", "retry"),
    [
        (Overloaded(), 503, "overloaded", 1),
        (StorageFull("the disk is full"), 507, "storage_full", None),
        (StorageBusy("busy"), 503, "storage_busy", 1),
        (StorageFailed("broken"), 503, "storage_failed", 5),
        (OutcomeUnknown("not known"), 503, "outcome_unknown", 1),
        (BackupError("no folder"), 503, "backup_failed", 5),
        (FileBehind(), 503, "file_behind", 1),
        (TooManyAttempts(30), 429, "too_many_attempts", 30),
    ],
)
def test_a_failure_says_whether_another_try_is_worth_it(
    error: Exception, status: int, code: str, retry: int | None
) -> None:
    problem = problem_of(error, WALL)
    assert (problem.status, problem.code, problem.retry_after) == (status, code, retry)
    assert json.dumps(problem.body())


def test_an_unknown_error_does_not_leak_its_text() -> None:
    problem = problem_of(RuntimeError("secret path /etc/rowlock"), WALL)
    assert (problem.status, problem.code) == (500, "internal_error")
    assert "secret" not in json.dumps(problem.body())
