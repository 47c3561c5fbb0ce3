"""Refusals and failures as problems (RFC 9457): the one table from codes to statuses."""

from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Any

from rowlock.core import refusals
from rowlock.core.refusals import OpRefused, Refusal
from rowlock.core.times import format_time
from rowlock.service.account_errors import AccountError
from rowlock.service.answers import conflict_body
from rowlock.service.conflicts import ConflictNotFound
from rowlock.service.editor import Overloaded, Refused
from rowlock.service.parquet import ParquetMissing
from rowlock.service.ports import BackupError, BackupNotFound, OutcomeUnknown, StorageBusy, StorageError, StorageFull
from rowlock.service.services import FileBehind
from rowlock.wire.strict_json import BadJson

STATUSES: dict[str, int] = {
    # the table
    "row_not_found": 404,
    "row_deleted": 404,
    "unknown_column": 422,
    "control_character": 422,
    "cell_too_large": 422,
    "bad_text": 422,
    "column_exists": 409,
    "bad_column": 422,
    "empty_file": 422,
    "no_header": 422,
    "encoding": 422,
    "unclosed_quote": 422,
    "bad_record": 422,
    "not_csv": 422,
    "too_many_columns": 422,
    "ambiguous_key": 422,
    "version_mismatch": 412,
    "table_moved": 409,
    "undo_conflict": 409,
    "no_table": 422,
    "idempotency_mismatch": 422,
    # leases
    "row_locked": 423,
    "row_cooling": 423,
    "stale_lease": 409,
    "not_lease_owner": 403,
    "too_many_leases": 429,
    "too_many_streams": 429,
    # people
    "unauthorized": 401,
    "session_ended": 401,
    "bad_credentials": 401,
    "username_taken": 409,
    "invalid_username": 422,
    "invalid_password": 422,
    "unknown_user": 404,
    "too_many_attempts": 429,
    "busy": 429,
    # backups
    "backup_not_found": 404,
    "backup_failed": 503,
    "conflict_not_found": 404,
    # requests
    "bad_json": 422,
    "duplicate_key": 422,
    "invalid_request": 422,
    "bad_event": 422,
    "body_too_large": 413,
    "ahead_of_head": 409,
    "not_found": 404,
    "method_not_allowed": 405,
    "unsupported_media_type": 415,
    "bad_request": 400,
    # the server
    "overloaded": 503,
    "storage_full": 507,
    "storage_busy": 503,
    "storage_failed": 503,
    "outcome_unknown": 503,
    "file_behind": 503,
    "not_ready": 503,
    "parquet_missing": 501,
    "internal_error": 500,
}
# What can be wrong with a file.
TABLE_CODES = (
    "empty_file",
    "no_header",
    "encoding",
    "control_character",
    "unclosed_quote",
    "bad_record",
    "cell_too_large",
    "too_many_columns",
    "not_csv",
    "ambiguous_key",
)
BY_STATUS = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}
MEDIA_TYPE = "application/problem+json"
CONFLICTS_SHOWN = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A refusal for the wire; `more` are fields that help the caller, `retry_after` is in seconds."""

    code: str
    detail: str
    retry_after: int | None = None
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return STATUSES[self.code]

    def body(self) -> dict[str, Any]:
        """The problem as JSON."""
        known = {
            "type": f"urn:rowlock:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.retry_after is not None:
            known["retry_after"] = self.retry_after
        return known | self.more


def problem_of(error: BaseException, wall: int) -> Problem:
    """The problem that tells of `error`; `wall` is now (UTC in microseconds). An unknown error is an internal one."""
    match error:
        case Refused():
            return refusal_problem(error.refusal, wall)
        case AccountError():
            return Problem(code=error.code, detail=str(error), retry_after=getattr(error, "retry_after", None))
        case BadJson():
            return Problem(code=error.code, detail=error.detail)
        case Overloaded():
            return Problem(code="overloaded", detail="Too many changes wait already; try again shortly.", retry_after=1)
        case StorageError():
            return _storage_problem(error)
        case ConflictNotFound():
            return Problem(code="conflict_not_found", detail=str(error))
        case BackupNotFound():
            return Problem(code="backup_not_found", detail=str(error))
        case BackupError():
            return Problem(code="backup_failed", detail=str(error), retry_after=5)
        case FileBehind():
            detail = "The change is stored, but the file could not be written yet; it follows."
            return Problem(code="file_behind", detail=detail, retry_after=1)
        case ParquetMissing():
            return Problem(code="parquet_missing", detail=str(error))
        case _:
            return Problem(code="internal_error", detail="Something went wrong in the server; it has been logged.")


def refusal_problem(refusal: Refusal, wall: int) -> Problem:
    """The problem that tells of a refusal."""
    if isinstance(refusal, OpRefused):
        inner = refusal_problem(refusal.refusal, wall)
        more = {"op": refusal.op, **inner.more}
        return Problem(code=inner.code, detail=refusal.detail(), retry_after=inner.retry_after, more=more)
    detail = refusal.detail()
    match refusal:
        case refusals.RowLocked() | refusals.RowCooling():
            seconds = refusal.expires_in / 1_000_000
            more = {
                "index": refusal.index,
                "holder": refusal.holder,
                "expires_at": format_time(wall + refusal.expires_in),
                "expires_in": seconds,
            }
            if isinstance(refusal, refusals.RowLocked):
                more["yours"] = refusal.yours
            return Problem(code=refusal.code, detail=detail, retry_after=max(1, ceil(seconds)), more=more)
        case _:
            return Problem(code=refusal.code, detail=detail, more=_help(refusal))


def _help(refusal: refusals.SimpleRefusal) -> dict[str, Any]:
    """What of a refusal helps its caller."""
    match refusal:
        case refusals.VersionMismatch():
            row = {"index": refusal.index, "version": refusal.version, "cells": dict(refusal.cells)}
            return {"index": refusal.index, "version": refusal.version, "row": row}
        case refusals.UnknownColumn():
            return {"column": refusal.column, "columns": list(refusal.columns)}
        case refusals.BadCell() | refusals.ColumnExists():
            return {"column": refusal.column}
        case refusals.NotLeaseOwner():
            return {"index": refusal.index, "holder": refusal.holder}
        case refusals.StaleLease():
            return {"index": refusal.index, "token": refusal.token}
        case refusals.RowNotFound() | refusals.RowDeleted():
            return {"index": refusal.index}
        case refusals.TooManyLeases():
            return {"limit": refusal.limit}
        case refusals.UndoConflict():
            shown = refusal.conflicts[:CONFLICTS_SHOWN]
            return {"conflicts": [conflict_body(each) for each in shown], "count": len(refusal.conflicts)}
        case refusals.AmbiguousKey():
            where = {"lines": refusal.lines} if refusal.lines else {"rows": refusal.rows}
            return {"column": refusal.column, "text": refusal.text, **where}
        case refusals.BadTableRefused():
            places = {"line": refusal.line, "byte": refusal.byte}
            return {name: value for name, value in places.items() if value is not None}
        case _:
            return {}


def _storage_problem(error: StorageError) -> Problem:
    detail = f"{str(error).capitalize()}."
    match error:
        case StorageFull():
            return Problem(code="storage_full", detail=detail)
        case StorageBusy():
            return Problem(code="storage_busy", detail=detail, retry_after=1)
        case OutcomeUnknown():
            return Problem(code="outcome_unknown", detail=detail, retry_after=1)
        case _:
            return Problem(code="storage_failed", detail=detail, retry_after=5)
