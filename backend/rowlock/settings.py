"""Every setting in one place, read once from the environment, `.env` or flags, and passed in."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

AuthMode = Literal["claim", "open", "registered"]
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(BaseSettings):
    """What an operator may choose; each field is `ROWLOCK_<NAME>` in the environment and `--<name>` of `serve`."""

    model_config = SettingsConfigDict(env_prefix="ROWLOCK_", env_file=".env", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 takes any free one")
    data_dir: Path = Field(Path("data"), description="folder of the table and the journal")
    csv: str = Field("backend_table.csv", description="file name of the table, in the data folder")
    backup_dir: Path = Field(Path("backups"), description="folder of the backups")
    database_url: str = Field("", description="the journal's database; empty: rowlock.db in the data folder")
    numbers_url: str = Field("", description="the numbers' database; empty: the journal's")
    secret_key: str = Field("", description="key of the session tokens, 32 bytes or more; empty: made at first start")
    auth: AuthMode = Field("claim", description="who may log in: claim, open or registered")
    open_beyond_loopback: bool = Field(False, description="let auth mode open listen beyond this machine")
    token_hours: float = Field(24, gt=0, le=24 * 365, description="life of a session token, in hours")
    lease_seconds: float = Field(900, gt=0, le=86_400, description="term of a lease")
    lease_max_seconds: float = Field(14_400, gt=0, description="longest time one lease can be held by renewing")
    lease_limit: int = Field(50, ge=1, description="leases one session may hold at once")
    cooldown_seconds: float = Field(
        15, ge=0, le=3600, description="time after an edit in which only its editor may go on"
    )
    grace_seconds: float = Field(30, ge=0, description="time a lease outlives its socket")
    cleanup_seconds: float = Field(5, gt=0, description="interval of the lock clean-up")
    number_seconds: float = Field(1, gt=0, description="interval of the number generator")
    number_raw_hours: float = Field(24, gt=0, description="how long each number is kept before minutes are summed up")
    number_days: float = Field(30, gt=0, description="how long minutes of numbers are kept")
    publish_seconds: float = Field(0.1, gt=0, le=1, description="shortest time between two writes of the table's file")
    push_seconds: float = Field(
        0.02,
        ge=0,
        le=1,
        description="window in which events for the sockets are gathered; up to five times as long after very many",
    )
    body_limit: int = Field(2_000_000, ge=1000, description="largest body of a request, in bytes")
    import_limit: int = Field(512_000_000, ge=1000, description="largest upload of a file to import, in bytes")
    encoding: str = Field("", description="encoding of the table's file at the first start; empty: UTF-8")
    sockets_per_user: int = Field(20, ge=1, description="sockets one user may have open at once")
    login_failures: int = Field(10, ge=1, description="failed logins a minute and name; five times that an address")
    allowed_hosts: str = Field("", description="Host headers to answer, comma separated; empty: any")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="what to log")
    log_json: bool = Field(False, description="log JSON lines instead of text for people")

    @model_validator(mode="after")
    def _check(self) -> "Settings":
        if self.auth == "open" and self.host not in LOOPBACK and not self.open_beyond_loopback:
            raise ValueError(
                "auth mode open lets anybody in; it listens on 127.0.0.1 only, unless ROWLOCK_OPEN_BEYOND_LOOPBACK=true"
            )
        if self.csv != Path(self.csv).name or self.csv in {"", ".", ".."}:
            raise ValueError("csv is the name of a file in the data folder, not a path")
        if self.secret_key and len(self.secret_key.encode()) < 32:
            raise ValueError("secret_key needs at least 32 bytes")
        return self

    @property
    def table_path(self) -> Path:
        """The table's file."""
        return self.data_dir / self.csv

    @property
    def journal_url(self) -> str:
        """The journal's database as an SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'rowlock.db').absolute()}"

    @property
    def numbers_database_url(self) -> str:
        """The numbers' database as an SQLAlchemy URL."""
        return self.numbers_url or self.journal_url
