"""Times are written one way and read strictly."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowlock.core.times import FIRST, LAST, format_millis, format_time, parse_time


def test_a_time_is_written_in_utc_with_six_digits() -> None:
    assert format_time(1_795_423_013_123_456) == "2026-11-23T08:36:53.123456Z"


def test_a_time_in_milliseconds_is_written_with_three_digits() -> None:
    assert format_millis(1_795_423_013_007) == "2026-11-23T08:36:53.007Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T08:36:53.123456Z",
        "2026-11-23t08:36:53.1234569z",
        "2026-11-23T10:06:53.123456+01:30",
        "2026-11-22T20:36:53.123456-12:00",
    ],
)
def test_any_offset_of_one_moment_is_one_moment(text: str) -> None:
    assert parse_time(text) == 1_795_423_013_123_456


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-23",
        "2026-11-23T08:36:53",
        "2026-11-23 08:36:53Z",
        "2026-11-23T08:36Z",
        "2026-11-23T08:36:53.Z",
        "2026-11-23T08:36:53,5Z",
        "2026-11-23T08:36:53Z\n",
        "2026-11-23T08:36:53+0100",
        "2026-11-23T08:36:53+24:00",
        "2026-02-30T08:36:53Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "\u0662026-11-23T08:36:53Z",
        "Z" * 1_000_000,
    ],
)
def test_what_is_no_rfc_3339_time_is_refused_with_a_short_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$") as refusal:
        parse_time(text)
    assert len(str(refusal.value)) < 120


@given(st.integers(FIRST, LAST))
def test_what_is_written_is_read_back_and_python_agrees(micros: int) -> None:
    text = format_time(micros)
    assert parse_time(text) == micros
    assert datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="microseconds") == text.replace(
        "Z", "+00:00"
    )
