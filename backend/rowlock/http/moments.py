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
        detail = f"The journal ends at position {head}."
        raise ProblemError(Problem(code="ahead_of_head", detail=detail, more={"position": head}))
    return position


def _time(text: str) -> int:
    try:
        return parse_time(text)
    except ValueError as error:
        detail = f"A moment is a position or an RFC 3339 time: {error}"
        raise ProblemError(Problem(code="invalid_request", detail=detail)) from None
