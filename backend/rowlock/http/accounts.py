"""Routes of accounts and sessions: register, login, logout, who am I."""

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from rowlock.core.times import format_time
from rowlock.http.deps import ServicesDep, SessionDep, StrictRoute, json_response
from rowlock.http.errors import ProblemError
from rowlock.http.openapi import problem_responses
from rowlock.wire import strict_json
from rowlock.wire.problems import Problem
from rowlock.wire.schemas import Credentials, SessionShape, TokenShape, UserShape

router = APIRouter(route_class=StrictRoute, tags=["accounts"])

NAMES = ("invalid_username", "invalid_password", "too_many_attempts", "busy")
LOGIN_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": Credentials.model_json_schema()},
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["username", "password"],
                    "properties": {"username": {"type": "string"}, "password": {"type": "string"}},
                }
            },
        },
    }
}


@router.post(
    "/api/register",
    status_code=201,
    response_model=UserShape,
    responses=problem_responses("username_taken", *NAMES),
)
async def register(request: Request, all_services: ServicesDep, credentials: Credentials) -> Response:
    """Make an account."""
    account = await all_services.accounts.register(credentials.username, credentials.password, _address(request))
    return json_response({"username": account.name}, 201)


@router.post(
    "/api/login",
    response_model=TokenShape,
    responses=problem_responses("bad_credentials", "bad_request", *NAMES),
    openapi_extra=LOGIN_BODY,
)
async def login(request: Request, all_services: ServicesDep) -> Response:
    """Open a session, with JSON or with an OAuth2 password form."""
    credentials = await _credentials(request)
    login = await all_services.accounts.login(credentials.username, credentials.password, _address(request))
    body = {
        "access_token": login.token,
        "token_type": "bearer",
        "username": login.session.username,
        "expires_at": format_time(login.session.expires_at),
    }
    return json_response(body)


@router.post("/api/logout", status_code=204, response_class=Response)
async def logout(all_services: ServicesDep, session: SessionDep) -> Response:
    """End this session, its leases and its sockets."""
    await all_services.accounts.logout(session)
    return Response(status_code=204)


@router.get("/api/session", response_model=SessionShape)
async def get_session(session: SessionDep) -> Response:
    """Who am I?"""
    return json_response({"username": session.username, "expires_at": format_time(session.expires_at)})


async def _credentials(request: Request) -> Credentials:
    form = request.headers.get("content-type", "").startswith(("application/x-www-form-urlencoded", "multipart/form"))
    if form:
        async with request.form() as fields:
            value: object = {name: fields.get(name) for name in ("username", "password")}
    else:
        value = strict_json.loads(await request.body())
    try:
        return Credentials.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        detail = f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['msg']}."
        raise ProblemError(Problem(code="invalid_request", detail=detail)) from None


def _address(request: Request) -> str:
    return request.client.host if request.client else "local"
