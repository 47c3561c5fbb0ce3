"""The shapes of requests and answers about whole files."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from rowlock.service.importer import Mode, Wanted
from rowlock.wire.schemas import Shape


class ImportOptions(Shape):
    """How a file is to be taken in."""

    mode: Annotated[Mode, Field(description="instead of the table, or row by row by `key`")] = "replace"
    key: Annotated[str | None, Field(description="the column that says which row is which; for upsert")] = None
    add_columns: Annotated[bool, Field(description="an upsert adds the columns that the table lacks")] = False
    dry_run: Annotated[bool, Field(description="only say what would change")] = False
    encoding: Annotated[str | None, Field(max_length=40, description="if it is not UTF-8, for example latin-1")] = None
    delimiter: Annotated[Literal[",", ";", "\t", "tab", "|"] | None, Field(description="if it is not noticed")] = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.mode == "upsert") != (self.key is not None):
            raise ValueError("an upsert needs a key, and nothing else has one")
        return self

    def wanted(self) -> Wanted:
        """The options as the importer has them."""
        delimiter = "\t" if self.delimiter == "tab" else self.delimiter
        return Wanted(
            mode=self.mode, key=self.key, add_columns=self.add_columns, encoding=self.encoding, delimiter=delimiter
        )


class ImportedShape(BaseModel):
    """What an import did, or would do; only then `rows` has a verdict for each, up to 1,000, and `more` the rest."""

    added: int
    changed: int
    moved: int
    deleted: int
    position: int
    unchanged: int | None = None
    rows: list[dict[str, object]] | None = None
    more: int | None = None
