"""Windows of the table as JSON, made from the bytes of the records: most of them need but other marks between cells."""

import orjson

from rowlock.core import records
from rowlock.service.queries import Window

# What JSON writes otherwise than CSV does; line ends, which without quotes stand only behind a record, left aside.
SPECIAL = bytes(set(range(32)) - set(b"\r\n") | set(b'"\\'))


def window_json(window: Window) -> bytes:
    """`{columns, rows: [{index, version, cells: [text, ...]}], total, position}`."""
    dialect, width = window.dialect, len(window.columns)
    mark, marks = dialect.delimiter.encode(), width - 1
    special = SPECIAL.replace(mark, b"")
    joined = b"".join([row.record for _, row in window.rows])
    plain = len(joined.translate(None, special)) == len(joined)
    rows = []
    for index, (version, record) in window.rows:
        if plain and record.count(mark) == marks:
            cells = b'["%b"]' % record.rstrip(b"\r\n").replace(mark, b'","')
        else:
            cells = orjson.dumps(records.cells(record, dialect, width))
        rows.append(b'{"index":%d,"version":%d,"cells":%b}' % (index, version, cells))
    return b'{"columns":%b,"rows":[%b],"total":%d,"position":%d}' % (
        orjson.dumps(window.columns),
        b",".join(rows),
        window.total,
        window.position,
    )
