"""The real app on a real port, in a thread beside the tests, and the people who use it."""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import httpx2
import uvicorn

from rowlock.clock import SystemClock
from rowlock.core.times import format_time
from rowlock.jobs import Jobs
from rowlock.main import create_app
from rowlock.service.ports import Clock
from rowlock.service.services import Services
from rowlock.settings import Settings

T = TypeVar("T")
PASSWORD = "correct horse"
PATIENCE = 10.0


def eventually(found: Callable[[], T | Literal[False] | None], seconds: float = PATIENCE) -> T:
    """The first true value of `found`, asked again and again; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return value


def refusal(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem in a response, which must be one of this status and code."""
    assert (response.status_code, response.json().get("code")) == (status, code), response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = cast(dict[str, Any], response.json())
    assert body["status"] == status
    assert body["type"]
    assert body["title"]
    assert body["detail"]
    if "retry_after" in body:
        assert response.headers["retry-after"] == str(body["retry_after"])
    assert _declared(response.request, status, code), f"{code} is not in the API's description of {response.url}"
    return body


def _declared(request: httpx2.Request, status: int, code: str) -> bool:
    """Whether the description of the route names this refusal; a path of no route has no description."""
    for template, operations in _description(str(request.url.join("/openapi.json"))).items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), request.url.path) and request.method.lower() in operations:
            declared = operations[request.method.lower()]["responses"].get(
                str(status), {"description": "", "content": {}}
            )
            return f"`{code}`" in declared["description"] and "application/problem+json" in declared["content"]
    return True


@lru_cache
def _description(url: str) -> dict[str, Any]:
    return cast(dict[str, Any], httpx2.get(url).json()["paths"])


def made(response: httpx2.Response, status: int = 200) -> dict[str, Any]:
    """The JSON of an answer of this status."""
    assert response.status_code == status, response.text
    return cast(dict[str, Any], response.json())


class User(httpx2.Client):
    """Somebody with a session."""

    def __init__(self, url: str, name: str, token: str) -> None:
        # Without certificates, which take longer to load than the requests.
        super().__init__(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30, verify=False)
        self.name = name
        self.token = token

    def row(self, **cells: str) -> int:
        """The index of a new row."""
        return int(made(self.post("/api/add_csv", json=cells), 201)["index"])

    def update(self, index: int, headers: dict[str, str] | None = None, **cells: str) -> httpx2.Response:
        """Change cells of a row."""
        return self.put(f"/api/update_csv/{index}", json=cells, headers=headers or {})

    def lease(self, index: int, **headers: str) -> int:
        """The token of a lease that is taken."""
        response = self.post(f"/api/rows/{index}/lease", headers={k.replace("_", "-"): v for k, v in headers.items()})
        return int(made(response, 201)["token"])

    def status(self, index: int) -> dict[str, Any] | None:
        """What the list of leases says of a row."""
        held: list[dict[str, Any]] = self.get("/api/leases").json()
        return next((each for each in held if each["index"] == index), None)

    def cells(self, index: int) -> list[str] | None:
        """The row's cells as the table shows them."""
        rows = made(self.get("/api/fetch_csv", params={"limit": 10_000}))["rows"]
        return next((row["cells"] for row in rows if row["index"] == index), None)

    def events(self, **wanted: str | int) -> list[dict[str, Any]]:
        """A page of the journal."""
        return cast(list[dict[str, Any]], made(self.get("/api/events", params=wanted))["events"])


class Server:
    """The app of some settings, served by uvicorn in a thread of its own."""

    def __init__(self, folder: Path, clock: Clock | None = None, **settings: Any) -> None:
        self.settings = Settings(
            _env_file=None,
            data_dir=folder / "data",
            backup_dir=folder / "backups",
            **settings,
        )
        self.clock = clock or SystemClock()
        self.app = create_app(self.settings, self.clock)
        config = uvicorn.Config(
            self.app,
            port=0,
            log_config=None,
            access_log=False,
            ws=self.app.protocol,
            timeout_graceful_shutdown=2,
        )
        self._uvicorn = uvicorn.Server(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._serve)
        self._users: list[User] = []
        self.guest = httpx2.Client(timeout=30, verify=False)

    def start(self) -> "Server":
        """Serve; returns when it listens."""
        self._thread.start()
        eventually(lambda: self._uvicorn.started or not self._thread.is_alive(), 30)
        assert self._uvicorn.started, "the server did not start"
        self.guest.base_url = httpx2.URL(self.url)
        return self

    def stop(self) -> None:
        """Shut down as on SIGTERM."""
        for client in (self.guest, *self._users):
            client.close()
        self._uvicorn.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            await self._uvicorn.serve()

        asyncio.run(serve())

    @property
    def url(self) -> str:
        """Where it listens."""
        port = self._uvicorn.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    @property
    def services(self) -> Services:
        """What is inside, for the few tests that cannot see it from outside."""
        return cast(Services, self.app.fastapi.state.services)

    @property
    def jobs(self) -> Jobs:
        """The jobs inside."""
        return cast(Jobs, self.app.fastapi.state.jobs)

    def run(self, job: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What a coroutine says, run in the server's loop."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(job(), self._loop).result(30)

    def user(self, name: str, password: str = PASSWORD) -> User:
        """Log in."""
        response = self.guest.post("/api/login", json={"username": name, "password": password})
        user = User(self.url, name, made(response)["access_token"])
        self._users.append(user)
        return user

    def file(self) -> bytes:
        """The table's file as it is on the disk."""
        return self.settings.table_path.read_bytes()

    def state(self, user: User) -> tuple[int, bytes, list[dict[str, Any]], list[dict[str, Any]]]:
        """What a refused request must leave alone: the journal's position, the file, leases, cooldowns."""
        eventually(lambda: user.get("/api/fetch_csv", params={"format": "csv"}).content == self.file())
        listed = user.get("/api/leases").json()
        held = [{name: each[name] for name in ("index", "status", "holder", "token")} for each in listed]
        cooling = [each for each in listed if each["status"] == "cooldown"]
        return user.get("/api/health").json()["position"], self.file(), held, cooling

    @contextmanager
    def untouched(self, user: User) -> Iterator[None]:
        """Fails if what happens within changes anything; a cooldown may come to its end meanwhile, by itself."""
        position, file, held, cooling = self.state(user)
        yield
        after = self.state(user)
        now = format_time(self.clock.wall())
        over = {each["index"] for each in cooling if each["expires_at"] <= now}
        assert after[:2] == (position, file)
        listed = {each["index"] for each in after[2]}
        assert after[2] == [each for each in held if each["index"] not in over or each["index"] in listed]


@contextmanager
def serving(folder: Path, clock: Clock | None = None, **settings: Any) -> Iterator[Server]:
    """A server that is stopped at the end."""
    server = Server(folder, clock, **settings).start()
    try:
        yield server
    finally:
        server.stop()
