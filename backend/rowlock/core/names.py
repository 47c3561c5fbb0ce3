"""User names, made so that two names which look alike can never be two accounts.

What refuses or folds what:
- NFKC turns full-width, ligature and mathematical letters into plain ones; casefold makes capitals equal.
- Only letters (Lu, Ll, Lo), ASCII digits and `. _ -` may stand: that refuses zero width, bidirectional overrides,
  control characters, loose accents, spaces, emoji and foreign digits.
- All letters are of one script, so a Cyrillic `а` cannot hide among Latin letters.
- Of Latin only a-z, letters that are a-z with accents, and a few in everyday use: no phonetic look-alikes (`ɡ`, `ɑ`).
- A Turkish dotless `ı` is fine to write, but in the key it is an `i`, as are `I` and `İ`.
- A name wholly of Cyrillic, Greek or Armenian letters that have Latin twins (`сосо`) gets the key of its twin (`coco`).
"""

import unicodedata
from dataclasses import dataclass

LONGEST = 64
# Composing accents shortens a text, so a little more than LONGEST may come in; far more is not worth normalising.
LONGEST_RAW = 4 * LONGEST
LETTERS = frozenset({"Lu", "Ll", "Lo"})
COMMON = frozenset("0123456789._-")
# Actors of the journal that are no people.
RESERVED = frozenset({"file", "system", "scheduler", "rowlock"})

# The scripts in everyday use (UAX 31, table 5). The others have their own twins of Latin letters (Cherokee, Lisu, ...).
EVERYDAY = (
    "ARABIC ARMENIAN BENGALI BOPOMOFO CJK CYRILLIC DEVANAGARI ETHIOPIC GEORGIAN GREEK GUJARATI GURMUKHI HANGUL HEBREW "
    "HIRAGANA KANNADA KATAKANA KHMER LAO LATIN MALAYALAM MYANMAR ORIYA SINHALA TAMIL TELUGU THAANA THAI TIBETAN"
)
SCRIPTS = frozenset(EVERYDAY.split())
LATIN_WITHOUT_ACCENT = frozenset("æðøþßđħıłŋœəÆÐØÞẞĐĦŁŊŒƏ")
# Hangul fillers are letters to Unicode and nothing to the eye.
INVISIBLE = frozenset("\u115f\u1160")

# Letters of one script that are drawn alike, and the dot that casefold leaves behind of a Turkish capital İ.
ALIKE = str.maketrans({"ı": "i", "\u0307": None, "ی": "ي", "ى": "ي", "ک": "ك"})
# Letters drawn like a Latin one, as small or as capital letters. The three of AMBIGUOUS are like one Latin letter
# when small and like another when capital, so no fold is right for them.
TWINS = str.maketrans(
    "авекмнорстухѕіјһԁԛԝӏ" + "αβεζηικμνορτυχγ" + "օսոհցյզ",
    "abekmhopctyxsijhdqwl" + "abezhikmnoptyxy" + "ounhgjq",
)
AMBIGUOUS = frozenset("νυη")


class InvalidName(ValueError):
    """The text cannot be a user name; `detail` is a sentence that says why."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A user name: `shown` as its owner writes it, `key` the same for all its spellings and look-alikes."""

    shown: str
    key: str


def normalise_name(text: str) -> Name:
    """The name that a text stands for; raises `InvalidName`."""
    if len(text) > LONGEST_RAW:
        raise InvalidName(f"A user name has at most {LONGEST} characters.")
    shown = unicodedata.normalize("NFKC", text)
    if not 1 <= len(shown) <= LONGEST:
        raise InvalidName(f"A user name has 1 to {LONGEST} characters.")
    _check_scripts({_script(character) for character in shown if character not in COMMON})
    if not any(character.isalnum() for character in shown):
        raise InvalidName("A user name needs at least one letter or digit.")
    return Name(shown=shown, key=_key(shown))


def _script(character: str) -> str:
    """The script of a letter. The standard library has no such property, but a letter's Unicode name begins with it."""
    script = unicodedata.name(character, "").partition(" ")[0]
    if unicodedata.category(character) not in LETTERS or script not in SCRIPTS or character in INVISIBLE:
        raise InvalidName("A user name is made of letters, the digits 0-9 and . _ - only.")
    if script == "LATIN" and not _plain_latin(character):
        raise InvalidName(f"The letter {character!r} is too easily taken for another one.")
    return script


def _plain_latin(character: str) -> bool:
    base = unicodedata.normalize("NFD", character)[0]
    return base.isascii() or base in LATIN_WITHOUT_ACCENT


def _check_scripts(scripts: set[str]) -> None:
    if len(scripts) > 1:
        raise InvalidName("A user name keeps to the letters of one script; these are of several, and may look alike.")


def _key(shown: str) -> str:
    key = unicodedata.normalize("NFKC", shown.casefold()).translate(ALIKE)
    parts = unicodedata.normalize("NFD", key)
    if all(_has_twin(part) for part in parts):
        if not AMBIGUOUS.isdisjoint(parts):
            raise InvalidName("A user name of Greek letters needs one that does not look like a Latin letter.")
        key = unicodedata.normalize("NFC", parts.translate(TWINS))
    if key in RESERVED:
        raise InvalidName(f"The name {key!r} is taken by the program itself.")
    return key


def _has_twin(part: str) -> bool:
    return ord(part) in TWINS or part in COMMON or unicodedata.combining(part) > 0
