"""Notices how a CSV file is written, so that whatever we add to it is written the same way."""

import codecs
import re
from array import array
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, TypeAlias

BadTableCode: TypeAlias = Literal[
    "empty_file",
    "no_header",
    "encoding",
    "control_character",
    "unclosed_quote",
    "bad_record",
    "cell_too_large",
    "too_many_columns",
    "not_csv",
]

DELIMITERS = (",", ";", "\t", "|")
BOM = "\ufeff".encode()
SAMPLE_BYTES = 20_000
MAX_COLUMNS = 16_384  # as many as a spreadsheet has

_MAGIC = {
    b"PK\x03\x04": "a ZIP archive (Excel's .xlsx is one too)",
    b"PK\x05\x06": "an empty ZIP archive",
    b"PK\x07\x08": "a split ZIP archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Office document (.xls)",
    b"\x1f\x8b": "gzip data",
    b"BZh91AY&SY": "bzip2 data",
    b"\xfd7zXZ\x00": "xz data",
    b"\x28\xb5\x2f\xfd": "Zstandard data",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"%PDF-": "a PDF document",
    b"\x89PNG\r\n\x1a\n": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF87a": "a GIF image",
    b"GIF89a": "a GIF image",
    b"SQLite format 3\x00": "an SQLite database",
    b"PAR1\x15": "a Parquet file",
}
# A header that begins like this would not be read back as the header it is.
MISREAD_AT_START = (BOM, *_MAGIC)

_WIDE_BOMS = {  # UTF-32 first: its little-endian mark begins with the one of UTF-16.
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_QUOTED_FIELD = re.compile(rb'(?<![^,;\t|\r\n])"[^"]*+(?:""[^"]*+)*+"')
_DECODED_AT_ONCE = 1 << 20


class BadTable(ValueError):
    """The bytes are not a table we can keep: `code` is stable, `detail` one sentence for people.

    `line` is the physical line (from 1) and `byte` the offset in the file (from 0), where known.
    """

    def __init__(self, code: BadTableCode, detail: str, line: int | None = None, byte: int | None = None) -> None:
        super().__init__(code, detail, line, byte)
        self.code = code
        self.detail = detail
        self.line = line
        self.byte = byte

    def __str__(self) -> str:
        return self.detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The manner a file is written in. A delimiter that is not one of `DELIMITERS` is a ValueError."""

    delimiter: str = ","
    line_end: str = "\n"
    """What a new record ends with: the line end that most records of the file have."""
    encoding: str = "utf-8"
    """Of the file, by Python's own name; records in memory are always UTF-8."""
    bom: bool = False
    final_newline: bool = True
    """False: the last record in the file lacks its line end (in memory it has one)."""
    lead: str = ""
    """Lines before the header that are empty or hold only spaces, kept as they are."""

    def __post_init__(self) -> None:
        if self.delimiter not in DELIMITERS:
            raise ValueError(f"{self.delimiter!r} cannot separate cells: use one of {DELIMITERS}")


def line_at(content: bytes, offset: int) -> int:
    """The physical line, from 1, that the byte at `offset` stands in; CR, LF and CRLF each end one."""
    return line_after(1, content[:offset])


def line_after(line: int, content: bytes) -> int:
    """The line that follows content which begins on `line`."""
    return line + content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n")


def as_utf8(data: bytes, encoding: str | None) -> tuple[bytes, str, bool]:
    """The file's text as UTF-8 without its BOM, the name of its encoding, and whether there was a BOM.

    Refuses (BadTable): empty_file, not_csv, encoding, control_character.
    """
    _refuse_other_formats(data)
    name = _encoding_name(data, encoding)
    content = _checked_utf8(data) if name == "utf-8" else _transcoded(data, name)
    _refuse_nul(content, name)
    bom = content.startswith(BOM)
    return content.removeprefix(BOM), name, bom


def noticed_delimiter(sample: bytes, *, cut: bool = False) -> str:
    """The candidate that the first line has and that most lines of the sample have equally often, outside quotes.

    The comma wins a tie and a sample without any candidate. `cut`: the sample's last line may be a torn one.
    """
    lines = [line for line in _QUOTED_FIELD.sub(b"q", sample).splitlines() if line]
    if cut and len(lines) > 1:
        lines.pop()
    return max(DELIMITERS, key=lambda delimiter: _agreement(lines, delimiter.encode()))


def noticed_line_end(content: bytes, start: int, lengths: "array[int]") -> str:
    """The line end that most records have; the first record's on a tie; LF in a file without any.

    Line breaks inside quotes do not count: spreadsheets write LF there and CRLF after records.
    """
    if b"\r" not in content:
        return "\n"
    if content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n"):
        return "\r\n"
    tails = Counter(content[start + end - 2 : start + end] for end in accumulate(lengths))
    ends: Counter[str] = Counter()
    for tail, count in tails.items():
        ends[_line_end_of(tail)] += count
    del ends[""]
    return max(ends, key=lambda end: ends[end], default="\n")


def _line_end_of(tail: bytes) -> str:
    return next((end for end in ("\r\n", "\n", "\r") if tail.endswith(end.encode())), "")


def _agreement(lines: list[bytes], delimiter: bytes) -> float:
    counts = [line.count(delimiter) for line in lines]
    return counts.count(counts[0]) / len(counts) if counts[0] else 0.0


def _refuse_other_formats(data: bytes) -> None:
    if not data:
        raise BadTable("empty_file", "The file is empty (0 bytes).")
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise BadTable("not_csv", f"The file is {kind}, not CSV text.", byte=0)


def _encoding_name(data: bytes, encoding: str | None) -> str:
    if encoding is None:
        return _name_without_being_told(data)
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        raise BadTable("encoding", f"There is no encoding called {encoding!r}.") from None
    if name in ("utf-16", "utf-32"):  # Python would write a BOM of its own, in its own byte order, into each part.
        return name + ("-be" if data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)) else "-le")
    return "utf-8" if name == "utf-8-sig" else name


def _name_without_being_told(data: bytes) -> str:
    for mark, name in _WIDE_BOMS.items():
        if data.startswith(mark):
            detail = f"The file begins with the byte order mark of {name.upper()}: name the encoding to read it."
            raise BadTable("encoding", detail, line=1, byte=0)
    return "utf-8"


def _checked_utf8(data: bytes) -> bytes:
    at = len(data) if data.isascii() else 0
    while at < len(data):  # in pieces: decoding 100 MB at once would need up to 400 MB more
        last = at + _DECODED_AT_ONCE >= len(data)
        try:
            _, used = codecs.utf_8_decode(data[at : at + _DECODED_AT_ONCE], "strict", last)
        except UnicodeDecodeError as error:
            raise _undecodable(data, "utf-8", at + error.start) from None
        at += used
    return data


def _transcoded(data: bytes, name: str) -> bytes:
    try:
        return data.decode(name).encode()
    except UnicodeDecodeError as error:
        raise _undecodable(data, name, error.start) from None
    except (LookupError, UnicodeError):  # hex is no text encoding; UTF-7 can spell half a character
        raise BadTable("encoding", f"The file cannot be read as {name}.") from None


def _undecodable(data: bytes, name: str, at: int) -> BadTable:
    before = data[:at].decode(name, "ignore").encode()
    line = line_at(before, len(before))
    return BadTable("encoding", f"Line {line} is not valid {name} (byte {at} of the file).", line=line, byte=at)


def _refuse_nul(content: bytes, encoding: str) -> None:
    at = content.find(b"\0")
    if at < 0:
        return
    line = line_at(content, at)
    detail = f"Line {line} holds a NUL character; if the file is UTF-16, name the encoding."
    raise BadTable("control_character", detail, line=line, byte=at if encoding == "utf-8" else None)
