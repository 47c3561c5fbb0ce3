"""JSON that two readers may understand differently is refused, quickly, whatever its shape."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowlock.wire.strict_json import BadJson, loads

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_what_python_writes_is_read_back(value: object, ascii: bool, indent: int | None) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii, indent=indent).encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b'{"a" :1,"b":{"c":[{"d":1,"d" : 2}]}}',
        b'{"\\"a\\":":1,"\\"a\\":":2}',
        b'[{"a":"\\":"},{"b":1,"b":1}]',
        b'{"":1,"":2}',
        b'{"a":1,"a":2,"b":"\\u003a"}',
        b'{"a":"1:2","a":"\\u003A\\u003A"}',
    ],
)
def test_a_key_that_stands_twice_is_refused(text: bytes) -> None:
    with pytest.raises(BadJson) as refused:
        loads(text)
    assert refused.value.code == "duplicate_key"


@pytest.mark.parametrize(
    "text", [b'{"a":"b\\":"}', b'["a\\":",{"a":"\\"a\\" :"}]', b'{"\\"b\\":":{"\\"b\\":":1}}', b'{"\\u003a":":"}']
)
def test_what_only_looks_like_a_key_is_none(text: bytes) -> None:
    assert loads(text) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"{",
        b"nul",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e400",
        b"\xff",
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b"01",
    ],
)
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(BadJson) as refused:
        loads(text)
    assert refused.value.code == "bad_json"


@pytest.mark.parametrize("depth", [100, 500, 900, 990, 1000, 1020, 1024, 1025, 5000, 500_000])
@pytest.mark.parametrize("inside", [b"1", b'"\\"a\\":"'])
def test_nesting_is_read_or_refused(depth: int, inside: bytes) -> None:
    try:
        loads(b"[" * depth + inside + b"]" * depth)
    except BadJson as refused:
        assert refused.code == "bad_json"  # noqa: PT017  # both outcomes are fine, another error is not


def test_many_keys_take_little_time_even_if_one_stands_twice() -> None:
    text = json.dumps({str(number): "" for number in range(200_000)}).encode()
    begin = time.monotonic()
    with pytest.raises(BadJson):
        loads(text[:-1] + b',"199999":""}')
    assert time.monotonic() - begin < 3
