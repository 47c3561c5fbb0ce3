"""The tables of the database, as classes for the migrations and as tables for statements; neither leaves `store`."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

# SQLite's rowid alias must be spelt INTEGER; elsewhere 64 bits must be asked for.
BIG = BigInteger().with_variant(Integer(), "sqlite")
_WHOLE_TABLE = text("row_index IS NULL")


class EventRow(SQLModel, table=True):
    """One event of the journal. Triggers refuse UPDATE and DELETE; `hash` chains it to the one before."""

    __tablename__ = "event"
    # On PostgreSQL it is of these rows alone too, which only the migration says: to say it loads that dialect.
    __table_args__ = (Index("ix_event_whole_table", "position", sqlite_where=_WHOLE_TABLE),)

    position: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    sheet: int = Field(default=1, nullable=False)
    kind: str = Field(sa_type=Text, nullable=False)
    row_index: int | None = Field(default=None, sa_type=BIG)
    at: int = Field(sa_type=BIG, nullable=False)
    actor: str = Field(sa_type=Text, nullable=False)
    session: str | None = Field(default=None, sa_type=Text)
    key: str | None = Field(default=None, sa_type=Text)
    batch: int | None = Field(default=None, sa_type=BIG)
    payload: str = Field(sa_type=Text, nullable=False)
    hash: bytes = Field(sa_type=LargeBinary, nullable=False)


class RowEventRow(SQLModel, table=True):
    """One event that is about a row, of those that are indexed already (`row_events`)."""

    __tablename__ = "row_event"
    __table_args__ = {"sqlite_with_rowid": False}

    row_index: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))


class HeadRow(SQLModel, table=True):
    """The last position of a sheet and its hash: the counter that positions come from."""

    __tablename__ = "head"

    sheet: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int = Field(sa_type=BIG, nullable=False)
    hash: bytes = Field(sa_type=LargeBinary, nullable=False)


class AnswerRow(SQLModel, table=True):
    """The first answer given under an idempotency key, so that a repeated request does nothing twice."""

    __tablename__ = "answer"

    actor: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
    fingerprint: bytes = Field(sa_type=LargeBinary, nullable=False)
    position: int = Field(sa_type=BIG, nullable=False)
    at: int = Field(sa_type=BIG, nullable=False, index=True)
    body: str = Field(sa_type=Text, nullable=False)


class BlobRow(SQLModel, table=True):
    """A large value named by the SHA-256 of its bytes, stored compressed (`packing`)."""

    __tablename__ = "blob"

    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    size: int = Field(sa_type=BIG, nullable=False)
    data: bytes = Field(sa_type=LargeBinary, nullable=False)


class MarkRow(SQLModel, table=True):
    """A small fact that outlives a restart: where a projection stands, the lease clock."""

    __tablename__ = "mark"

    name: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text, nullable=False)


class SnapshotRow(SQLModel, table=True):
    """A sheet at rest, so that a fold need not begin at the first event: a cache, which may be deleted.

    `pages` are the names of its pages, joined; `digest` says what all of it must be.
    """

    __tablename__ = "snapshot"

    position: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    digest: bytes = Field(sa_type=LargeBinary, nullable=False)
    body: bytes = Field(sa_type=LargeBinary, nullable=False)
    pages: bytes = Field(sa_type=LargeBinary, nullable=False)


class PageRow(SQLModel, table=True):
    """Some hundred neighbouring rows of a snapshot, named by the SHA-256 of the content."""

    __tablename__ = "page"

    name: bytes = Field(primary_key=True, sa_type=LargeBinary)
    data: bytes = Field(sa_type=LargeBinary, nullable=False)


class AccountRow(SQLModel, table=True):
    """A person who can log in. `key` is the normalised name: no two look-alikes exist."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("key", name="uq_account_key"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_type=Text, nullable=False)
    key: str = Field(sa_type=Text, nullable=False)
    password_hash: str | None = Field(default=None, sa_type=Text)
    created_at: int = Field(sa_type=BIG, nullable=False)


class SessionRow(SQLModel, table=True):
    """A session that is alive; logging out deletes it. `jti` is the token's id."""

    __tablename__ = "session"

    jti: str = Field(primary_key=True, sa_type=Text)
    account_id: int = Field(foreign_key="account.id", index=True, nullable=False)
    created_at: int = Field(sa_type=BIG, nullable=False)
    expires_at: int = Field(sa_type=BIG, nullable=False, index=True)


class NumberRow(SQLModel, table=True):
    """One generated number; `timestamp` is in milliseconds, at most one number for each."""

    __tablename__ = "number"

    timestamp: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    value: float = Field(nullable=False)


class NumberMinuteRow(SQLModel, table=True):
    """The sums of a minute of numbers, which stay when the numbers are dropped; `timestamp` in milliseconds."""

    __tablename__ = "number_minute"

    timestamp: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    count: int = Field(nullable=False)
    min: float = Field(nullable=False)
    max: float = Field(nullable=False)
    mean: float = Field(nullable=False)


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


EVENT, ROW_EVENT, HEAD, ANSWER, BLOB, MARK = map(_table, ("event", "row_event", "head", "answer", "blob", "mark"))
SNAPSHOT, PAGE = map(_table, ("snapshot", "page"))
ACCOUNT, SESSION = map(_table, ("account", "session"))
NUMBER, MINUTE = map(_table, ("number", "number_minute"))
