"""The shapes of requests and answers; what is not of the shape is refused before anything looks at it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from rowlock.core.commands import AddRow, ChangeRows, DeleteRow, RowOp, UpdateRow

MAX_INTEGER = 2**53 - 1
MAX_OPS = 10_000

Natural = Annotated[int, Field(ge=0, le=MAX_INTEGER, strict=True)]
Text = Annotated[str, Field(strict=True)]
Key = Annotated[str, Field(strict=True, min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+$")]


class Shape(BaseModel):
    """A request of exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class Credentials(Shape):
    """Who wants in."""

    username: Annotated[str, Field(strict=True, max_length=10_000)]
    password: Annotated[str, Field(strict=True, max_length=100_000)]


class Cells(RootModel[dict[Text, Text]]):
    """Columns and their new texts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"pnl": "12.50", "max_risk": "0.02"}]})


class LeaseRequest(Shape):
    """How to take a row."""

    takeover: Annotated[bool, Field(strict=True)] = False


class AddOp(Shape):
    """Add a row behind `after`, or before `before`, else at the end."""

    op: Literal["add"]
    cells: dict[Text, Text] = {}
    after: Natural | None = None
    before: Natural | None = None

    def command(self) -> AddRow:
        """The operation as a command."""
        return AddRow(cells=self.cells, after=self.after, before=self.before)


class UpdateOp(Shape):
    """Change cells of a row."""

    op: Literal["update"]
    index: Natural
    cells: dict[Text, Text]
    version: Natural | None = None
    token: Natural | None = None

    def command(self) -> UpdateRow:
        """The operation as a command."""
        return UpdateRow(index=self.index, cells=self.cells, version=self.version, token=self.token)


class DeleteOp(Shape):
    """Delete a row."""

    op: Literal["delete"]
    index: Natural
    version: Natural | None = None
    token: Natural | None = None

    def command(self) -> DeleteRow:
        """The operation as a command."""
        return DeleteRow(index=self.index, version=self.version, token=self.token)


Op = Annotated[AddOp | UpdateOp | DeleteOp, Field(discriminator="op")]


class Batch(Shape):
    """Several changes: all or nothing, one undo step."""

    ops: Annotated[list[Op], Field(min_length=1, max_length=MAX_OPS)]

    def command(self) -> ChangeRows:
        """The batch as a command."""
        ops: list[RowOp] = [op.command() for op in self.ops]
        return ChangeRows(ops=tuple(ops))


class SyncMessage(Shape):
    """Everything after this position, please."""

    after: Natural


class LockMessage(Shape):
    """A row to take."""

    index: Natural
    takeover: Annotated[bool, Field(strict=True)] = False


class HeldMessage(Shape):
    """A row that is held."""

    index: Natural
    token: Natural | None = None


class AddMessage(Shape):
    """A row to add."""

    cells: dict[Text, Text] = {}
    after: Natural | None = None
    before: Natural | None = None
    key: Key | None = None


class UpdateMessage(Shape):
    """Cells to change."""

    index: Natural
    cells: dict[Text, Text]
    version: Natural | None = None
    token: Natural | None = None
    key: Key | None = None


class DeleteMessage(Shape):
    """A row to delete."""

    index: Natural
    version: Natural | None = None
    token: Natural | None = None
    key: Key | None = None


class FocusMessage(Shape):
    """The row one is at, or none."""

    index: Natural | None = None


class SocketAuth(BaseModel):
    """What a socket connects with: a token, the position it has, and the window it stands for."""

    model_config = ConfigDict(extra="ignore")

    token: Annotated[str, Field(strict=True, max_length=4096)]
    after: Natural | None = None
    client: Annotated[str, Field(strict=True, min_length=1, max_length=64)] | None = None


class RowShape(BaseModel):
    """A row after a write."""

    index: int
    version: int
    cells: dict[str, str]
    position: int


class DeletedShape(BaseModel):
    """A row that is gone."""

    index: int
    position: int


class BatchShape(BaseModel):
    """What a batch did, an entry for each operation."""

    position: int
    results: list[dict[str, object]]


class LeaseShape(BaseModel):
    """A lease; `expires_in` in seconds, since a client's clock may be wrong."""

    index: int
    token: int
    holder: str
    expires_at: str
    expires_in: float


class HeldShape(BaseModel):
    """A row that is held or cooling."""

    index: int
    status: Literal["locked", "cooldown"]
    holder: str
    token: int | None
    expires_at: str
    expires_in: float


class WindowRowShape(BaseModel):
    """A row of a window."""

    index: int
    version: int
    cells: list[str]


class WindowShape(BaseModel):
    """Some rows of a result."""

    columns: list[str]
    rows: list[WindowRowShape]
    total: int
    position: int


class EventsShape(BaseModel):
    """A page of the journal."""

    events: list[dict[str, object]]
    position: int


class HistoryShape(BaseModel):
    """What became of a row: the events that changed it, oldest first."""

    index: int
    deleted: bool
    events: list[dict[str, object]]


class VerificationShape(BaseModel):
    """What a replay of the journal found."""

    ok: bool
    position: int
    events: int
    csv_sha256: str
    chain_head: str
    problems: list[str]


class BackupShape(BaseModel):
    """A backup."""

    name: str
    position: int
    at: str
    size: int
    sha256: str


class UserShape(BaseModel):
    """An account."""

    username: str


class SessionShape(BaseModel):
    """The session one is in."""

    username: str
    expires_at: str


class TokenShape(BaseModel):
    """A session that was opened."""

    access_token: str
    token_type: Literal["bearer"]
    username: str
    expires_at: str


class ProblemShape(BaseModel):
    """A refusal (RFC 9457); `code` is stable, more fields help the caller."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
