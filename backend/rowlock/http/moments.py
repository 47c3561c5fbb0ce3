"""A moment of the past in a request: a position, or a time."""

from rowlock.core.times import parse_time
from rowlock.http.errors import ProblemError
from rowlock.service.services import Services
from rowlock.wire.problems import Problem


async def position_of(text: str | None, all_services: Services) -> int | None:
    """The position that a position or an RFC 3339 time names; None stays None. Beyond the head is refused."""
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 16:
        position = int(text)
    else:
        position = await all_services.journal.position_at(_time(text))
    head = all_services.editor.sheet.position
    if position > head:
        raise ahead(head)
    return position


async def span_of(begin: str | int | None, end: str | int | None, all_services: Services) -> tuple[int, int | None]:
    """The first and the last position of a span; None: it has no end. A time begins with the first event since then."""
    first = 1
    if begin is not None:
        text = str(begin)
        first = await position_of(text, all_services) or 0
        if not (text.isascii() and text.isdigit()):
            first = await all_services.journal.position_at(_time(text) - 1) + 1
    last = None if end is None else await position_of(str(end), all_services)
    if last is not None and first > last + 1:
        detail = "from: must not be after to."
        raise ProblemError(Problem(code="invalid_request", detail=detail, more={"field": "from"}))
    return max(1, first), last


def ahead(head: int) -> ProblemError:
    """What was asked for lies behind the end of the journal."""
    detail = f"The journal ends at position {head}."
    return ProblemError(Problem(code="ahead_of_head", detail=detail, more={"position": head}))


def _time(text: str) -> int:
    try:
        return parse_time(text)
    except ValueError as error:
        detail = f"A moment is a position or an RFC 3339 time: {error}"
        raise ProblemError(Problem(code="invalid_request", detail=detail)) from None
