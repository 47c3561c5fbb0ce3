"""The composition root: puts the adapters under the services and the interfaces on top; it alone knows everyone."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files

import socketio
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from rowlock import garbage, http
from rowlock.clock import SystemClock
from rowlock.core.commands import Caller, ImportTable
from rowlock.files.backups import Backups
from rowlock.files.conflicts import ConflictNotes
from rowlock.files.folder_lock import FolderLock, FolderLocked
from rowlock.files.table_file import TableFile, TableFileError
from rowlock.files.watch import Watch
from rowlock.http import accounts as account_routes
from rowlock.http import backups as backup_routes
from rowlock.http import client as client_routes
from rowlock.http import columns as column_routes
from rowlock.http import conflicts as conflict_routes
from rowlock.http import errors, openapi
from rowlock.http import events as event_routes
from rowlock.http import health as health_routes
from rowlock.http import history as history_routes
from rowlock.http import imports as import_routes
from rowlock.http import leases as lease_routes
from rowlock.http import numbers as number_routes
from rowlock.http import past as past_routes
from rowlock.http import rows as row_routes
from rowlock.http import stream as stream_routes
from rowlock.http.lane import Lane
from rowlock.http.stream import Streams
from rowlock.jobs import Jobs
from rowlock.live.protocol import protocol_of
from rowlock.live.server import GuardedServer
from rowlock.live.sockets import Sockets
from rowlock.security import Passwords, SecretKeyError, Tokens, load_secret_key
from rowlock.service.account_ports import Session
from rowlock.service.accounts import Accounts
from rowlock.service.conflicts import Conflicts
from rowlock.service.editor import Editor, Refused
from rowlock.service.feed import Feed
from rowlock.service.importer import Importer
from rowlock.service.materializer import Materializer
from rowlock.service.numbers import Numbers
from rowlock.service.outside import Outside
from rowlock.service.ports import Clock
from rowlock.service.publisher import Publisher, Sinks
from rowlock.service.queries import Queries, warm_up
from rowlock.service.restorer import Restorer
from rowlock.service.services import Services
from rowlock.service.snapshots import Snapshots
from rowlock.settings import Settings
from rowlock.storage import StartError, Storage, loaded_sheet, open_storage, opened_editor
from rowlock.store.accounts import SqlAccounts
from rowlock.store.database import Database, migrate
from rowlock.store.numbers import SqlNumbers
from rowlock.telemetry import Metrics

log = logging.getLogger(__name__)

# The client's pages come last: they answer every path that is left.
ROUTES = (
    row_routes,
    column_routes,
    lease_routes,
    event_routes,
    stream_routes,
    history_routes,
    past_routes,
    backup_routes,
    conflict_routes,
    number_routes,
    account_routes,
    health_routes,
    client_routes,
)
SYSTEM = Caller(actor="system")


class Application(socketio.ASGIApp):  # type: ignore[misc]  # the library is not typed
    """The ASGI application. Socket.IO is outermost, so that it can reach the transports of its sockets.

    `protocol` is the WebSocket for uvicorn; with another one everything works, only slower when very many listen.
    """

    def __init__(self, server: GuardedServer, fastapi: FastAPI, other: ASGIApp) -> None:
        super().__init__(server, other_asgi_app=other)
        self.fastapi = fastapi
        self.protocol = protocol_of(server.turns)

    def say_goodbye(self) -> None:
        """End the streams: they last for ever, and a server that stops would wait for them."""
        self.fastapi.state.streams.close()


def create_app(settings: Settings, clock: Clock | None = None) -> Application:
    """The application on these settings; nothing is opened before it is started."""
    sockets = Sockets(per_user=settings.sockets_per_user, grace=settings.grace_seconds)
    streams = Streams(per_user=settings.sockets_per_user)
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        garbage.relax()
        async with AsyncExitStack() as stack:
            opened = await _open(stack, settings, clock or SystemClock(), sockets, streams, metrics)
            app.state.services, app.state.jobs = opened
            app.state.metrics = metrics
            garbage.settle()
            warming = asyncio.create_task(asyncio.to_thread(warm_up), name="rowlock-warm-up")
            yield
            await warming

    app = FastAPI(
        title="Rowlock",
        description=http.__doc__ or "",
        version=version("rowlock"),
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
        max_body_size=settings.body_limit,
        telemetry={"tracing": False, "metrics": False},
    )
    app.state.streams = streams
    errors.install(app)
    openapi.install(app)
    app.include_router(import_routes.router, max_body_size=settings.import_limit)
    for routes in ROUTES:
        app.include_router(routes.router)
    limited = errors.BodyLimit(app, settings.body_limit, {import_routes.PATH: settings.import_limit})
    most_asked = (row_routes.router, lease_routes.router)
    laned = Lane(limited, most_asked, lambda: getattr(app.state, "services", None))
    return Application(sockets.server, app, _for_hosts(laned, settings))


def _for_hosts(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The app, deaf to requests for hosts other than those allowed, if any are named."""
    hosts = [host.strip() for host in settings.allowed_hosts.split(",") if host.strip()]
    return TrustedHostMiddleware(app, allowed_hosts=hosts) if hosts else app


async def _open(
    stack: AsyncExitStack, settings: Settings, clock: Clock, sockets: Sockets, streams: Streams, metrics: Metrics
) -> tuple[Services, Jobs]:
    """Start everything in order; `stack` ends it in the opposite one."""
    storage = await asyncio.to_thread(_locked_storage, stack, settings)
    numbers_database = await asyncio.to_thread(_numbers_database, stack, settings, storage)
    sheet = await asyncio.to_thread(loaded_sheet, storage.journal)
    editor = await opened_editor(storage, sheet, settings, clock, metrics)
    # Noted before anything is leased: a crash and a clock set back must not lengthen a lease.
    await storage.journal.set_marks(editor.clock.marks())
    table, backups = _disk(settings)
    queries = Queries(sheet, storage.journal)
    conflicts = Conflicts(ConflictNotes(backups.conflicts), backups, clock)
    for sink in (sockets, streams):
        conflicts.listen(sink.conflict)
    outside = Outside(editor, storage.journal, queries.sheet_at, table, conflicts, clock)
    materializer = Materializer(sheet, storage.journal, table, backups, outside, clock, settings.publish_seconds)
    accounts = _accounts(stack, settings, clock, storage, editor)
    accounts.on_ended += [sockets.ended, streams.ended]
    feed = Feed(storage.journal, sheet.position)
    publisher = Publisher(editor, feed, Sinks(sockets, streams), settings.push_seconds)
    snapshots = Snapshots(sheet, storage.journal.snapshots)
    services = Services(
        clock=clock,
        journal=storage.journal,
        editor=editor,
        importer=Importer(editor),
        restorer=Restorer(editor, storage.journal, queries),
        queries=queries,
        feed=feed,
        publisher=publisher,
        materializer=materializer,
        conflicts=conflicts,
        outside=outside,
        accounts=accounts,
        numbers=Numbers(
            store=SqlNumbers(numbers_database),
            clock=clock,
            interval=settings.number_seconds,
            raw_hours=settings.number_raw_hours,
            keep_days=settings.number_days,
        ),
        backups=backups,
        table=table,
    )
    for listener in (queries.extend, feed.extend, publisher.extend, materializer.extend, snapshots.extend):
        editor.listen(listener)
    editor.start()
    stack.push_async_callback(editor.close)
    if sheet.position == 0:
        await _first_import(editor, table, settings.encoding or None)
    await conflicts.load()
    await materializer.open()
    materializer.start()
    stack.push_async_callback(materializer.close)
    watch = Watch(table, materializer.look)
    watch.start()
    stack.push_async_callback(watch.close)
    publisher.start()
    stack.push_async_callback(publisher.close)
    sockets.open(services)
    stack.push_async_callback(sockets.close)
    streams.open(services)
    stack.callback(streams.close)
    await snapshots.start()
    stack.push_async_callback(snapshots.close)
    jobs = Jobs(services, backups, settings, (sockets.number, streams.number))
    metrics.watch(services, sockets, jobs)
    jobs.start()
    stack.push_async_callback(jobs.close)
    return services, jobs


def _locked_storage(stack: AsyncExitStack, settings: Settings) -> Storage:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        stack.enter_context(FolderLock(settings.data_dir))
    except FolderLocked as locked:
        raise StartError(f"a server is running on {settings.data_dir} already (process {locked.pid})") from locked
    storage = open_storage(settings)
    stack.callback(storage.database.close)
    return storage


def _numbers_database(stack: AsyncExitStack, settings: Settings, storage: Storage) -> Database:
    if settings.numbers_database_url == settings.journal_url:
        return storage.database
    migrate(settings.numbers_database_url)
    database = Database(settings.numbers_database_url)
    stack.callback(database.close)
    return database


def _disk(settings: Settings) -> tuple[TableFile, Backups]:
    return TableFile(settings.table_path), Backups(settings.backup_dir)


def _accounts(stack: AsyncExitStack, settings: Settings, clock: Clock, storage: Storage, editor: Editor) -> Accounts:
    try:
        key = load_secret_key(settings.data_dir, settings.secret_key)
    except SecretKeyError as error:
        raise StartError(str(error)) from error
    passwords = Passwords()
    stack.callback(passwords.close)

    async def end_session(session: Session, reason: str) -> object:
        return await editor.end_session(Caller(actor=session.username, session=session.jti), reason)

    return Accounts(
        store=SqlAccounts(storage.database),
        passwords=passwords,
        tokens=Tokens(key, settings.token_hours, clock),
        clock=clock,
        end_session=end_session,
        mode=settings.auth,
        login_failures=settings.login_failures,
    )


async def _first_import(editor: Editor, table: TableFile, encoding: str | None) -> None:
    """The file that is there becomes the table; if there is none, the demo rows do."""
    try:
        data = await asyncio.to_thread(table.read)
    except TableFileError as error:
        raise StartError(error.detail) from error
    if data is None:
        data, encoding = files("rowlock").joinpath("demo.csv").read_bytes(), None
    try:
        await editor.submit(ImportTable(data=data, blob=sha256(data).digest(), encoding=encoding), SYSTEM)
    except Refused as refused:
        refusal = refused.refusal
        raise StartError(f"{table.path} cannot be taken in: {refusal.detail()} ({refusal.code})") from refused
    log.info("%s is the table now: %d rows", table.path, editor.sheet.total)
