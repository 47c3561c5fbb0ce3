"""Commands for accounts."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer
from rich.markup import escape

from rowlock.cli.common import AsJson, DataDir, opened, out, say_json, settings_of
from rowlock.cli.complaints import fail
from rowlock.clock import SystemClock
from rowlock.core.commands import Caller
from rowlock.core.times import format_time
from rowlock.security import Passwords, SecretKeyError, Tokens, load_secret_key
from rowlock.service.account_errors import AccountError
from rowlock.service.account_ports import Session
from rowlock.service.accounts import Accounts
from rowlock.settings import Settings
from rowlock.storage import Storage, editing
from rowlock.store.accounts import SqlAccounts

app = typer.Typer(help="Add, list and remove accounts.", no_args_is_help=True)
Username = Annotated[str, typer.Argument(metavar="NAME")]


@app.command()
def add(
    username: Username,
    data_dir: DataDir = None,
    password: Annotated[bool, typer.Option("--password", help="Ask for a password (read it from a pipe).")] = False,
) -> None:
    """Add an account. Without a password, the first login of the name sets it."""
    secret = _asked_password() if password else None
    settings = settings_of(data_dir)
    with opened(settings) as storage:
        asyncio.run(_add(storage, settings, username, secret))
    out.print(f"added {escape(username)}")


@app.command("list")
def list_users(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the accounts."""
    with opened(settings_of(data_dir)) as storage:
        accounts = asyncio.run(SqlAccounts(storage.database).everybody())
    if as_json:
        say_json([{"username": each.name, "created_at": format_time(each.created_at)} for each in accounts])
        return
    for each in accounts:
        out.print(escape(f"{each.name:<24} since {format_time(each.created_at)[:10]}"))


@app.command()
def remove(username: Username, data_dir: DataDir = None) -> None:
    """Remove an account; its sessions and leases end. What it did stays in the journal."""
    settings = settings_of(data_dir)
    with opened(settings) as storage:
        asyncio.run(_remove(storage, settings, username))
    out.print(f"removed {escape(username)}")


async def _add(storage: Storage, settings: Settings, username: str, password: str | None) -> None:
    async with _accounts(storage, settings) as accounts:
        await accounts.add(username, password)


async def _remove(storage: Storage, settings: Settings, username: str) -> None:
    async with _accounts(storage, settings) as accounts:
        await accounts.remove(username)


@asynccontextmanager
async def _accounts(storage: Storage, settings: Settings) -> AsyncIterator[Accounts]:
    passwords, clock = Passwords(), SystemClock()
    async with editing(storage, settings) as editor:

        async def end_session(session: Session, reason: str) -> object:
            return await editor.end_session(Caller(actor=session.username, session=session.jti), reason)

        try:
            yield Accounts(
                store=SqlAccounts(storage.database),
                passwords=passwords,
                tokens=Tokens(load_secret_key(settings.data_dir, settings.secret_key), settings.token_hours, clock),
                clock=clock,
                end_session=end_session,
                mode=settings.auth,
            )
        except (AccountError, SecretKeyError) as error:
            fail(str(error))
        finally:
            passwords.close()


def _asked_password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
