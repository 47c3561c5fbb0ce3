"""What routes need of a request: the services, the session, and the conditions of a write."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast

import orjson
from fastapi import Depends, Path, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import OAuth2PasswordBearer
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from rowlock.core.commands import Caller, Command
from rowlock.http.errors import ProblemError
from rowlock.service.account_errors import Unauthorized
from rowlock.service.account_ports import Session
from rowlock.service.ports import Answer
from rowlock.service.services import Services
from rowlock.wire import strict_json
from rowlock.wire.problems import Problem
from rowlock.wire.schemas import MAX_INTEGER

KEY_LIMIT = 200
CLIENT_LIMIT = 64

bearer = OAuth2PasswordBearer(tokenUrl="/api/login", auto_error=False)


class StrictRequest(Request):
    """A request whose JSON is read strictly (see `wire.strict_json`)."""

    async def json(self) -> Any:
        """The body's value; raises `BadJson`."""
        return strict_json.loads(await self.body())


class StrictRoute(APIRoute):
    """A route that reads JSON strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given a `StrictRequest`."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict


async def services(request: Request) -> Services:
    """The services of the app."""
    return cast(Services, request.app.state.services)


async def current_session(request: Request, token: Annotated[str | None, Security(bearer)]) -> Session:
    """The session of the request's token; raises `Unauthorized`."""
    if not token:
        raise Unauthorized
    accounts = cast(Services, request.app.state.services).accounts
    return accounts.authenticate_now(token) or await accounts.authenticate(token)


def _digits(value: object) -> object:
    """Pydantic reads `1_000`, ` 1`, `+1` and `1.0` as numbers too; in an address they are mistakes."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise PydanticCustomError("whole_number", "Input should be a whole number")
    return value


ServicesDep = Annotated[Services, Depends(services)]
SessionDep = Annotated[Session, Depends(current_session)]
# A number in an address is plain digits.
Digits = BeforeValidator(_digits)
Index = Annotated[int, Path(ge=0, le=MAX_INTEGER), Digits]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The optional headers of a write: what must hold, under which key, and when to answer."""

    caller: Caller
    version: int | None
    token: int | None
    key: str | None
    materialized: bool


async def conditions(request: Request, session: SessionDep) -> Conditions:
    """The conditions of a write."""
    return conditions_of(request.headers, session)


def conditions_of(headers: Mapping[str, str], session: Session) -> Conditions:
    """The conditions that headers (by lower-case name) set; one that cannot be understood is refused, never ignored."""
    return Conditions(
        caller=Caller(actor=session.username, session=session.jti, client=_client(headers.get("client-id"))),
        version=_version(headers.get("if-match")),
        token=integer_in("Lease-Token", headers.get("lease-token")),
        key=_key(headers.get("idempotency-key")),
        materialized="wait=materialized" in headers.get("prefer", "").replace(" ", "").split(","),
    )


ConditionsDep = Annotated[Conditions, Depends(conditions)]


def _bad_header(name: str, detail: str) -> ProblemError:
    return ProblemError(Problem(code="invalid_request", detail=f"{name}: {detail}", more={"field": name}))


def integer_in(name: str, text: str | None) -> int | None:
    """The number in a header, if there is one; anything else in it is refused."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= MAX_INTEGER):
        raise _bad_header(name, "a whole number is needed.")
    return int(text)


def _version(text: str | None) -> int | None:
    """The version in `If-Match: "<version>"`; `*` asks for nothing. A weak tag never matches (RFC 9110, 13.1.1)."""
    if text is None or text.strip() == "*":
        return None
    tag = text.strip()
    if tag.startswith("W/"):
        raise ProblemError(Problem(code="version_mismatch", detail="A weak tag in If-Match never matches a row."))
    if tag.startswith('"') and tag.endswith('"') and len(tag) > 2:
        tag = tag[1:-1]
    return integer_in("If-Match", tag)


def _key(text: str | None) -> str | None:
    if text is None:
        return None
    if not 1 <= len(text) <= KEY_LIMIT or not text.isascii() or not text.isprintable():
        raise _bad_header("Idempotency-Key", f"1 to {KEY_LIMIT} printable ASCII characters are needed.")
    return text


def _client(text: str | None) -> str | None:
    if text is None:
        return None
    if not 1 <= len(text) <= CLIENT_LIMIT or not text.isascii() or not text.isprintable():
        raise _bad_header("Client-Id", f"1 to {CLIENT_LIMIT} printable ASCII characters are needed.")
    return text


async def submitted(all_services: Services, command: Command, given: Conditions, status: int = 200) -> Response:
    """Have the command done and answer with what it did."""
    answer = await all_services.editor.submit(command, given.caller, key=given.key)
    return await answered(all_services, answer, given, status)


async def answered(all_services: Services, answer: Answer, given: Conditions, status: int = 200) -> Response:
    """The answer to a write, once the file has it too where the caller asked for that."""
    headers = {}
    if given.materialized and "position" in answer:  # a lease changes nothing in the file
        await all_services.materialized(answer["position"])
        headers["Preference-Applied"] = "wait=materialized"
    if "version" in answer:
        headers["ETag"] = f'"{answer["version"]}"'
    return Response(orjson.dumps(answer), status, headers, "application/json")


def json_response(value: Any, status: int = 200) -> Response:
    """A value as a JSON response, by the fast writer."""
    return Response(orjson.dumps(value), status, media_type="application/json")


CONDITION_HEADERS: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": description}
        for name, description in (
            ("If-Match", "the version the row must still have, in quotes"),
            ("Lease-Token", "the token of your lease of the row"),
            (
                "Idempotency-Key",
                "up to 200 characters: a repeated request gets the first answer and does nothing twice",
            ),
            ("Prefer", "`wait=materialized` answers once the file has the change"),
            ("Client-Id", "the window you ask from, where one session has several"),
        )
    ]
}
