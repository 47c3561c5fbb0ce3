"""JSON without surprises: no duplicate keys, no NaN, no lone surrogates, no numbers that do not fit."""

import json
from collections import Counter
from typing import Any

import orjson

# How the escape of a colon begins.
_SPELT_COLON = b"\\u003"


class BadJson(ValueError):
    """The text is not JSON, or is JSON that two readers may understand differently; `code` says which."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def loads(text: bytes) -> Any:
    """The value of a JSON text. Raises `BadJson` with code `bad_json` or `duplicate_key`.

    The fast reader lets the last of two equal keys win; unless it is sure to have dropped none, a slow one looks.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadJson("bad_json", f"The body is not valid JSON: {error}.") from error
    if not _nothing_dropped(text, value):
        try:
            json.loads(text, object_pairs_hook=_without_duplicates)
        except RecursionError:
            raise BadJson("bad_json", "The body is nested too deeply.") from None
    return value


def _nothing_dropped(text: bytes, value: Any) -> bool:
    """Whether all keys of the text are in the value; False if that is not seen at once.

    What was dropped is missing when the value is written again, and its colon with it; no colon is new unless it was
    spelt otherwise.
    """
    if _SPELT_COLON in text:
        return False
    try:
        return orjson.dumps(value).count(b":") == text.count(b":")
    except orjson.JSONEncodeError:  # nested deeper than it can be written
        return False


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise BadJson("duplicate_key", f"The key {twice[:100]!r} stands twice in one object.")
    return found
