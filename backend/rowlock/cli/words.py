"""Events in words, as a person would tell them."""

from collections.abc import Mapping
from typing import Any

LONGEST = 40


def told(event: Mapping[str, Any]) -> str:
    """What happened, without who and when."""
    tell = _TOLD.get(event["kind"])
    return tell(event) if tell else str(event["kind"])


def _text(text: str | None) -> str:
    if not text:
        return "(empty)"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def changes(event: Mapping[str, Any]) -> str:
    """The cells that changed, from what to what."""
    cells = event["cells"].items()
    return ", ".join(f"{column}: {_text(each['from'])} → {_text(each['to'])}" for column, each in cells)


def _added(event: Mapping[str, Any]) -> str:
    cells = [f"{column}: {_text(each['to'])}" for column, each in event["cells"].items() if each["to"]]
    return f"added row {event['index']}" + (f" ({', '.join(cells)})" if cells else "")


def _deleted(event: Mapping[str, Any]) -> str:
    cells = [f"{column}: {_text(each['from'])}" for column, each in event["cells"].items() if each["from"]]
    return f"deleted row {event['index']}" + (f" ({', '.join(cells)})" if cells else "")


_TOLD: dict[str, Any] = {
    "table_imported": lambda e: f"took in a table of {e['rows']} rows and {len(e['columns'])} columns",
    "row_updated": lambda e: f"changed row {e['index']} ({changes(e)})",
    "row_added": _added,
    "row_deleted": _deleted,
    "row_moved": lambda e: f"moved row {e['index']}",
    "column_added": lambda e: f"added the column {e['column']}",
    "column_renamed": lambda e: f"renamed the column {e['column']} to {e['to']}",
    "column_moved": lambda e: f"moved the column {e['column']}",
    "column_deleted": lambda e: f"deleted the column {e['column']}",
    "lease_granted": lambda e: f"took row {e['index']} (token {e['token']})",
    "lease_renewed": lambda e: f"renewed the lease of row {e['index']}",
    "lease_released": lambda e: f"gave row {e['index']} back" + (f" ({e['reason']})" if "reason" in e else ""),
    "lease_expired": lambda e: f"noted that the lease of row {e['index']} ran out",
}
