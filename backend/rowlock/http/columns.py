"""Routes of the columns: add, rename, move, delete."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from starlette.convertors import Convertor, register_url_convertor

from rowlock.core.commands import (
    AddColumn,
    ChangeTable,
    ColumnCommand,
    DeleteColumn,
    MoveColumn,
    RenameColumn,
    TableCommand,
)
from rowlock.http.deps import CONDITION_HEADERS, ConditionsDep, ServicesDep, StrictRoute, submitted
from rowlock.http.errors import ProblemError
from rowlock.http.openapi import problem_responses
from rowlock.wire.columns import ColumnChange, ColumnsShape, NewColumn
from rowlock.wire.problems import Problem

router = APIRouter(route_class=StrictRoute, tags=["columns"])

Name = Annotated[str, Path(description="the column's name, percent-encoded")]
NAMES = ("column_exists", "bad_column", "control_character", "cell_too_large", "bad_text")


class _AnyText(Convertor[str]):
    """The rest of the path whatever it holds: a column's name may have slashes and even line ends."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        """The text itself."""
        return value

    def to_string(self, value: str) -> str:
        """The text itself."""
        return value


register_url_convertor("text", _AnyText())


@router.post(
    "/api/columns",
    status_code=201,
    response_model=ColumnsShape,
    responses=problem_responses(*NAMES),
    openapi_extra=CONDITION_HEADERS,
)
async def add_column(all_services: ServicesDep, given: ConditionsDep, column: NewColumn) -> Response:
    """Add a column, empty in every row."""
    return await submitted(all_services, AddColumn(column=column.column, place=column.place), given, 201)


@router.patch(
    "/api/columns/{name:text}",
    response_model=ColumnsShape,
    responses=problem_responses("unknown_column", *NAMES),
    openapi_extra=CONDITION_HEADERS,
)
async def change_column(all_services: ServicesDep, given: ConditionsDep, name: Name, change: ColumnChange) -> Response:
    """Rename a column, move it, or both in one step."""
    return await submitted(all_services, _changed(name, change), given)


@router.delete(
    "/api/columns/{name:text}",
    response_model=ColumnsShape,
    responses=problem_responses("unknown_column", "bad_column"),
    openapi_extra=CONDITION_HEADERS,
)
async def delete_column(all_services: ServicesDep, given: ConditionsDep, name: Name) -> Response:
    """Delete a column with its cells."""
    return await submitted(all_services, DeleteColumn(column=name), given)


def _changed(name: str, change: ColumnChange) -> TableCommand:
    ops: list[ColumnCommand] = []
    if change.place is not None:
        ops.append(MoveColumn(column=name, place=change.place))
    if change.to is not None:
        ops.append(RenameColumn(column=name, to=change.to))
    if not ops:
        raise ProblemError(Problem(code="invalid_request", detail="Say what to change: `to`, `place`, or both."))
    return ops[0] if len(ops) == 1 else ChangeTable(ops=tuple(ops))
