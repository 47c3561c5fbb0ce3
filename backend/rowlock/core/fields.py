"""Renders and takes apart one record: in between lie its cells, around it nothing it needs to know.

A field is quoted if its first byte is a quote; then inner quotes are doubled and nothing follows the closing quote.
Any other field is kept as it stands: `5" pipe` and ` "a` are plain text.

The functions expect a record as `read_table` or these functions give it, and texts that `check_cell` lets pass.
"""

import re
from collections.abc import Mapping, Sequence

from rowlock.core.dialects import DELIMITERS, MISREAD_AT_START, Dialect

CELL_CHARACTERS = 65_536
QUOTE = ord('"')  # `34 in record` takes 20 ns, `b'"' in record` 140
# Possessive throughout: a quote that is never closed must cost one pass, not one for each byte given back.
QUOTED = rb'"[^"]*+(?:""[^"]*+)*+"'

_FIELD_AFTER_DELIMITER = {
    d: re.compile(rb"%b(%b|[^%b]*+)" % (mark, QUOTED, mark)) for d in DELIMITERS for mark in [re.escape(d.encode())]
}
_NEEDS_QUOTES = {d: re.compile(rf'[{re.escape(d)}"\r\n]|\A | \Z') for d in DELIMITERS}
_MARKS = {d: re.compile(rf'[{re.escape(d)}"\r\n]') for d in DELIMITERS}
_MISREAD_FIRST = {ord(" "), *(start[0] for start in MISREAD_AT_START)}
_NUMBER = re.compile(r"[-+]?[0-9.,]+(?:[eE][-+]?[0-9]+)?")


def cells(record: bytes, dialect: Dialect, width: int) -> list[str]:
    """The texts of exactly `width` cells: missing ones are empty, extra ones stay in the bytes but are not shown."""
    texts = texts_of(record, dialect)
    missing = width - len(texts)
    if missing > 0:
        texts.extend([""] * missing)
    elif missing:
        del texts[width:]
    return texts


def cell(record: bytes, dialect: Dialect, at: int) -> str:
    """The text of the cell with ordinal `at`, as `cells` would give it; quicker for one of many."""
    if QUOTE in record:
        return cells(record, dialect, at + 1)[at]
    fields = record.rstrip(b"\r\n").split(dialect.delimiter.encode(), at + 1)
    return fields[at].decode() if at < len(fields) else ""


def raw_fields(record: bytes, dialect: Dialect) -> list[bytes]:
    """The fields as they stand, with their quotes, without the record's end."""
    body, delimiter = record.rstrip(b"\r\n"), dialect.delimiter.encode()
    if QUOTE not in body:
        return body.split(delimiter)
    return _FIELD_AFTER_DELIMITER[dialect.delimiter].findall(delimiter + body)


def split_end(record: bytes) -> tuple[bytes, bytes]:
    """The record's body, and its line end with any empty lines after it."""
    body = record.rstrip(b"\r\n")
    return body, record[len(body) :]


def changed_record(record: bytes, changes: Mapping[int, str], dialect: Dialect) -> bytes:
    """The record with new texts in the cells that `changes` names by ordinal; all other bytes are kept.

    A cell that has the text already keeps its bytes too. A quoted field stays quoted. A short row grows as far as
    the last changed cell.
    """
    return with_texts(record, raw_fields(record, dialect), changes, dialect)


def with_texts(record: bytes, fields: list[bytes], changes: Mapping[int, str], dialect: Dialect) -> bytes:
    """`changed_record` for a record whose fields as they stand are known; the list is used up."""
    for at, text in changes.items():
        if at < len(fields):
            fields[at] = changed_field(fields[at], text, dialect)
        elif text:
            fields.extend([b""] * (at + 1 - len(fields)))
            fields[at] = _field(text, False, dialect)
    body, changed = record.rstrip(b"\r\n"), dialect.delimiter.encode().join(fields)
    if not changed or changed[0] in _MISREAD_FIRST:
        changed = _body(fields, dialect, instead_of=body)
    return changed + record[len(body) :]


def changed_field(field: bytes, text: str, dialect: Dialect) -> bytes:
    """The field with another text: a quoted one stays quoted, and one that has the text already is the same bytes."""
    # A journal is folded at this speed.
    new = text.encode()
    if field.startswith(b'"'):
        return field if text_of(field) == text else _in_quotes(new)
    return new if new == field or not _NEEDS_QUOTES[dialect.delimiter].search(text) else _in_quotes(new)


def new_record(texts: Sequence[str], dialect: Dialect, like: bytes | None) -> bytes:
    """A record with these cells, quoted where RFC 4180 needs it and where its neighbour `like` is quoted.

    If every text of `like` is quoted (numbers and empty cells aside), every text is quoted here too.
    """
    old = raw_fields(like, dialect) if like else []
    places = [field.startswith(b'"') for field in old]
    beyond = bool(places) and all(places)
    quotes_texts = _quotes_texts(old)
    fields = [
        _field(text, (places[at] if at < len(places) else beyond) or (quotes_texts and _is_text(text)), dialect)
        for at, text in enumerate(texts)
    ]
    return _body(fields, dialect) + dialect.line_end.encode()


def insert_field(record: bytes, at: int, text: str, dialect: Dialect) -> bytes:
    """The record with a new field at ordinal `at`, quoted if all its fields are.

    A row too short to reach `at` grows only if there is text to hold; extra cells move one place on.
    """
    fields = raw_fields(record, dialect)
    quoted = all(field.startswith(b'"') for field in fields)
    return _with_fields(record, _inserted(fields, at, _field(text, quoted and at <= len(fields), dialect)), dialect)


def remove_field(record: bytes, at: int, dialect: Dialect) -> bytes:
    """The record without the field at ordinal `at`; a row too short to have it keeps its bytes.

    A row that loses its only field becomes one empty quoted cell, for an empty line would be no row.
    """
    fields = raw_fields(record, dialect)
    del fields[at : at + 1]
    return _with_fields(record, fields, dialect)


def move_field(record: bytes, source: int, target: int, dialect: Dialect) -> bytes:
    """The record with its field at `source` taken out and put back so that it has the ordinal `target`.

    A row too short to have it moves an empty one; a row too short to reach `target` grows only to hold text.
    """
    fields = raw_fields(record, dialect)
    field = fields.pop(source) if source < len(fields) else b""
    return _with_fields(record, _inserted(fields, target, field), dialect)


def delimited(fields: Sequence[bytes], dialect: Dialect) -> bytes:
    """A record's body of fields as they stood under another delimiter, quoted where this one needs it."""
    mark = dialect.delimiter.encode()
    return _body(
        [field if field.startswith(b'"') or mark not in field else _in_quotes(field) for field in fields], dialect
    )


def rename_header(header: bytes, at: int, name: str, dialect: Dialect) -> bytes:
    """The header with another title at ordinal `at`."""
    return changed_record(header, {at: name}, dialect)


def check_cell(text: str, encoding: str = "utf-8") -> str | None:
    """None if a cell of a file in this encoding can hold the text, else the code of the refusal."""
    if len(text) > CELL_CHARACTERS:
        return "cell_too_large"
    if "\0" in text:
        return "control_character"
    try:
        text.encode()
        if encoding != "utf-8":  # UTF-7, for one, can spell the half characters that UTF-8 cannot
            text.encode(encoding)
    except UnicodeEncodeError:
        return "bad_text"
    return None


def texts_of(record: bytes, dialect: Dialect) -> list[str]:
    """The texts of all fields the record has."""
    if QUOTE in record:
        return [text_of(field) for field in raw_fields(record, dialect)]
    return record.rstrip(b"\r\n").decode().split(dialect.delimiter)


def leaves_no_trace(text: str, dialect: Dialect) -> bool:
    """Whether a cell that gets this text and then another comes to the same bytes as one that gets the other at once.

    So it is with a text that needs no quotes; and that is there: an empty one does not make a short row longer.
    """
    return bool(text) and not _NEEDS_QUOTES[dialect.delimiter].search(text)


def none_leaves_a_trace(texts: Sequence[str], dialect: Dialect) -> bool:
    """`leaves_no_trace` for each of them, at a fraction of the cost."""
    joined = "\0".join(("", *texts, ""))
    return not ("\0\0" in joined or "\0 " in joined or " \0" in joined or _MARKS[dialect.delimiter].search(joined))


def text_of(field: bytes) -> str:
    """The text of a field as it stands."""
    if field.startswith(b'"'):
        return field[1:-1].replace(b'""', b'"').decode()
    return field.decode()


def _quotes_texts(fields: list[bytes]) -> bool:
    texts = [field for field in fields if _is_text(text_of(field))]
    return bool(texts) and all(field.startswith(b'"') for field in texts)


def _is_text(text: str) -> bool:
    return bool(text) and not _NUMBER.fullmatch(text)


def _field(text: str, quoted: bool, dialect: Dialect) -> bytes:
    if quoted or _NEEDS_QUOTES[dialect.delimiter].search(text):
        return _in_quotes(text.encode())
    return text.encode()


def _in_quotes(text: bytes) -> bytes:
    return b'"' + text.replace(b'"', b'""') + b'"'


def _inserted(fields: list[bytes], at: int, field: bytes) -> list[bytes]:
    if at > len(fields) and not field:
        return fields
    padding = [b""] * (at - len(fields))
    return [*fields[:at], *padding, field, *fields[at:]]


def _with_fields(record: bytes, fields: list[bytes], dialect: Dialect) -> bytes:
    body, end = split_end(record)
    return _body(fields, dialect, instead_of=body) + end


def _body(fields: Sequence[bytes], dialect: Dialect, instead_of: bytes = b"") -> bytes:
    """The fields joined. The first is quoted if they would be taken for a blank line, a BOM or another format.

    Where the body that they replace begins like that already, it stands where nobody mistakes it.
    """
    delimiter = dialect.delimiter.encode()
    body = delimiter.join(fields)
    if not _misread(body) or (body and instead_of and _misread(instead_of)):
        return body
    first, mark, rest = body.partition(delimiter)
    return _in_quotes(first) + mark + rest


def _misread(body: bytes) -> bool:
    if body and body[0] not in _MISREAD_FIRST:
        return False
    return not body.strip(b" ") or body.startswith(MISREAD_AT_START)
