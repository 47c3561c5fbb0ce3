"""JSON without surprises: no duplicate keys, no NaN, no lone surrogates, no numbers that do not fit."""

import json
import re
from collections import Counter
from typing import Any

import orjson

_KEY = re.compile(rb'"\s*:')


class BadJson(ValueError):
    """The text is not JSON, or is JSON that two readers may understand differently; `code` says which."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def loads(text: bytes) -> Any:
    """The value of a JSON text. Raises `BadJson` with code `bad_json` or `duplicate_key`.

    The fast reader lets the last of two equal keys win. It is believed only if the text has no more places that look
    like a key than the value has keys; else a slow reader looks at each.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadJson("bad_json", f"The body is not valid JSON: {error}.") from error
    try:
        if len(_KEY.findall(text)) != _count_keys(value):
            json.loads(text, object_pairs_hook=_without_duplicates)
    except RecursionError:
        raise BadJson("bad_json", "The body is nested too deeply.") from None
    return value


def _count_keys(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_count_keys, value.values()))
    if isinstance(value, list):
        return sum(map(_count_keys, value))
    return 0


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise BadJson("duplicate_key", f"The key {twice[:100]!r} stands twice in one object.")
    return found
