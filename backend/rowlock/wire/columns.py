"""The shapes of requests and answers about columns; a column's name is any text."""

from typing import Annotated

from pydantic import BaseModel, Field

from rowlock.wire.schemas import Natural, Shape, Text


class NewColumn(Shape):
    """A column to add as number `place` from 0, else as the last."""

    column: Text
    place: Natural | None = None


class ColumnChange(Shape):
    """What a column is called from now on, or which number it has, or both."""

    to: Text | None = None
    place: Natural | None = None


class ColumnsShape(BaseModel):
    """The columns after a change."""

    columns: Annotated[list[str], Field(examples=[["user", "pnl"]])]
    position: int
