"""No two user names that look alike are two accounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowlock.core.names import InvalidName, normalise_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna", "ANNA"),
        ("file-1", "\ufb01le-1"),
        ("anna", "\uff41\uff4e\uff4e\uff41"),
        ("jos\u00e9", "jose\u0301"),
        ("strasse", "stra\u00dfe"),
        ("mike", "m\u0131ke"),
        ("mike", "M\u0130KE"),
        ("coco", "\u0441\u043e\u0441\u043e"),
        ("max", "\u041c\u0410\u0425"),
        ("zo\u00eb", "Zo\u00cb"),
        ("a\u00eb", "\u0430\u0451"),
        ("ato", "\u0391\u03a4\u039f"),
        ("\u06cc\u0648\u0633\u0641", "\u064a\u0648\u0633\u0641"),
    ],
)
def test_names_that_look_alike_are_one_account(one: str, other: str) -> None:
    assert normalise_name(one).key == normalise_name(other).key


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\u0430nna", id="a Cyrillic letter among Latin ones"),
        pytest.param("an\u200bna", id="zero width"),
        pytest.param("an\u00adna", id="soft hyphen"),
        pytest.param("\u202eanna", id="right to left override"),
        pytest.param("q\u0307", id="an accent that composes with nothing"),
        pytest.param("\u0261o", id="phonetic script g"),
        pytest.param("\u01c3", id="a click that looks like an exclamation mark"),
        pytest.param("\u3164", id="Hangul filler"),
        pytest.param("\uffa0", id="half-width Hangul filler"),
        pytest.param("\u13aa", id="a Cherokee letter that looks like A"),
        pytest.param("\u5c71\u30ab", id="Katakana among Han"),
        pytest.param("\u03bd\u03b9\u03ba\u03bf", id="Greek letters that all look Latin, one of them like two"),
        pytest.param("a\u0663", id="a digit that looks like a letter"),
        pytest.param("a\u02bcb", id="a modifier letter"),
        pytest.param("\U0001f600", id="emoji only"),
        pytest.param("\ud800", id="half a surrogate pair"),
        pytest.param("a\0", id="NUL"),
        pytest.param("a\nb", id="newline"),
        pytest.param("a b", id="space"),
        pytest.param("../x", id="a path"),
        pytest.param("..", id="punctuation only"),
        pytest.param("<script>", id="markup"),
        pytest.param("", id="nothing"),
        pytest.param("x" * 65, id="65 characters"),
        pytest.param("x" * 10_000_000, id="ten million characters"),
        pytest.param("file", id="the actor of hand edits"),
        pytest.param("F\u0131LE", id="a look-alike of the actor of hand edits"),
        pytest.param("system", id="the actor of jobs"),
    ],
)
def test_a_name_that_deceives_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(InvalidName) as refusal:
        normalise_name(text)
    assert refusal.value.detail.endswith(".")


@pytest.mark.parametrize(
    "text", ["a", "7", "anna.b-c_d", "x" * 64, "J\u00f6rg", "\u0418\u0432\u0430\u043d", "\u5c71\u7530", "\uc548\ub155"]
)
def test_an_ordinary_name_is_shown_as_it_was_written(text: str) -> None:
    assert normalise_name(text).shown == text


def test_letters_and_digits_that_differ_to_the_eye_stay_different() -> None:
    assert len({normalise_name(name).key for name in ("user1", "userl", "jose", "jos\u00e9", "user-1")}) == 5


@given(st.text(max_size=70))
def test_any_text_is_a_name_or_refused_and_normalising_twice_changes_nothing(text: str) -> None:
    try:
        name = normalise_name(text)
    except InvalidName:
        return
    assert normalise_name(name.shown) == name
    assert 1 <= len(name.shown) <= 64
    assert name.shown.isprintable()
