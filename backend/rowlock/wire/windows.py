"""Windows of the table as JSON, made from the bytes of the records: most of them need but other marks between cells."""

from collections.abc import Sequence
from itertools import chain

import orjson

from rowlock.core import records
from rowlock.core.dialects import Dialect
from rowlock.service.queries import Window

# What JSON writes otherwise than CSV does; line ends, which without quotes stand only behind a record, left aside.
SPECIAL = bytes(set(range(32)) - set(b"\r\n") | set(b'"\\'))
ROW = b'{"index":%d,"version":%d,"cells":[%b]}'


def window_json(window: Window) -> bytes:
    """`{columns, rows: [{index, version, cells: [text, ...]}], total, position}`."""
    indexes, versions, found = window.rows
    cells = _cells(found, window.dialect, len(window.columns))
    rows = b",".join([ROW] * len(cells)) % tuple(chain.from_iterable(zip(indexes, versions, cells, strict=True)))
    return b'{"columns":%b,"rows":[%b],"total":%d,"position":%d}' % (
        orjson.dumps(window.columns),
        rows,
        window.total,
        window.position,
    )


def _cells(found: Sequence[bytes], dialect: Dialect, width: int) -> list[bytes]:
    """The cells of each record as JSON texts, without the brackets around them."""
    mark = dialect.delimiter.encode()
    bodies = [record.rstrip(b"\r\n") for record in found]
    joined = b"\n".join(bodies)
    if len(joined.translate(None, SPECIAL.replace(mark, b""))) == len(joined):
        cells = (b'"%b"' % joined.replace(b"\n", b'"\n"').replace(mark, b'","')).split(b"\n")
        # A record with too many cells, or too few, grew by another number of quotes.
        if {len(made) - len(body) for made, body in zip(cells, bodies, strict=False)} == {2 * width}:
            return cells
    return [orjson.dumps(records.cells(record, dialect, width))[1:-1] for record in found]
