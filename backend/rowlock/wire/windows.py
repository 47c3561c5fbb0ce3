"""Windows of the table as JSON, made from the bytes of the records: most of them need but other marks between cells."""

from itertools import chain

import orjson

from rowlock.core import records
from rowlock.core.dialects import DELIMITERS, Dialect
from rowlock.core.fields import QUOTE
from rowlock.core.sheet import RowColumns
from rowlock.service.queries import Window

# What JSON writes as CSV does: all but line ends, delimiters, quotes, and what JSON escapes.
AS_IT_STANDS = {mark: bytes({*range(32, 256)} - {*b'"\\', *mark.encode()}) for mark in DELIMITERS}
ROW = b'{"index":%d,"version":%d,"cells":['
BETWEEN_ROWS = b"]}," + ROW


def window_json(window: Window) -> bytes:
    """`{columns, rows: [{index, version, cells: [text, ...]}], total, position}`."""
    rows = window.rows
    form = _form(rows, window.dialect, len(window.columns))
    return b'{"columns":%b,"rows":[%b],"total":%d,"position":%d}' % (
        orjson.dumps(window.columns),
        form % tuple(chain.from_iterable(zip(rows.indexes, rows.versions, strict=True))),
        window.total,
        window.position,
    )


def _form(rows: RowColumns, dialect: Dialect, width: int) -> bytes:
    """The rows as JSON, with forms to fill in where index and version of each stand."""
    if not rows.records:
        return b""
    mark, end = dialect.delimiter.encode(), dialect.line_end.encode()
    as_it_stands, expected = AS_IT_STANDS[dialect.delimiter], (mark * (width - 1) + end) * len(rows.records)
    joined = b"".join(rows.records)
    left = joined.translate(None, as_it_stands)
    if left != expected and QUOTE not in left:  # line ends of another kind, or empty lines behind a record
        joined = b"".join([record.rstrip(b"\r\n") + end for record in rows.records])
        left = joined.translate(None, as_it_stands)
    # Between quotes a delimiter or a line end may be text; without any, every row of so many cells leaves just these.
    if left == expected:
        cells = joined[: -len(end)].replace(b"%", b"%%").replace(mark, b'","').replace(end, b'"' + BETWEEN_ROWS + b'"')
        return ROW + b'"' + cells + b'"]}'
    made = (orjson.dumps(records.cells(record, dialect, width))[1:-1] for record in rows.records)
    return ROW + BETWEEN_ROWS.join(cells.replace(b"%", b"%%") for cells in made) + b"]}"
