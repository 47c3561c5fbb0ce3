"""Says when a file is better not believed at once: it lost most of its rows, or a program has mangled its cells."""

import re

from rowlock.core.diff import Difference
from rowlock.core.sheet import Sheet

_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")
_SCIENTIFIC = re.compile(r"[-+]?[0-9](?:[.,][0-9]+)?E\+[0-9]+")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOCAL_DATE = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}")
# Below this a changed cell is somebody's edit, whatever it looks like.
FEW_CELLS = 10


def doubt(found: Difference, base: Sheet) -> str | None:
    """Why somebody should look before `found` is done to `base`: `half_lost` or `damaged`; None if nothing speaks
    against it."""
    if 2 * found.deleted > base.total:
        return "half_lost"
    changes = (change for row in found.rows if row.verdict == "changed" for change in row.cells.values())
    damaged = sum(1 for before, after in changes if mangled(before or "", after or ""))
    return "damaged" if damaged > FEW_CELLS and 5 * damaged > base.total * len(base.columns) else None


def mangled(before: str, after: str) -> bool:
    """Whether a spreadsheet writes `after` where it has read `before`: 1.23E+12, no leading zeros, another date."""
    if _SCIENTIFIC.fullmatch(after):
        return not _SCIENTIFIC.fullmatch(before)
    if _NUMBER.fullmatch(before) and _NUMBER.fullmatch(after):
        return float(before) == float(after)
    return bool(_ISO_DATE.fullmatch(before) and _LOCAL_DATE.fullmatch(after))
