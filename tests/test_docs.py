"""What programs rely on is in the reference, and only what there is."""

import re
from pathlib import Path

from rowlock.core.events import KINDS
from rowlock.settings import Settings
from rowlock.wire.problems import STATUSES

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = (ROOT / "docs" / "REFERENCE.md").read_text()


def _first_cells(heading: str) -> set[str]:
    """The words in the first column of the table under a heading."""
    section = REFERENCE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE))


def test_the_reference_lists_every_setting() -> None:
    assert _first_cells("Settings") == {f"ROWLOCK_{name.upper()}" for name in Settings.model_fields}


def test_the_reference_lists_every_kind_of_event() -> None:
    assert _first_cells("Events") == set(KINDS.values())


def test_the_reference_lists_every_refusal_with_its_status() -> None:
    section = REFERENCE.partition("## Refusals\n")[2]
    listed = {code: int(status) for code, status in re.findall(r"^\| `(\w+)` \| (\d+) \|", section, re.MULTILINE)}
    assert listed == STATUSES


def test_links_between_the_documents_lead_somewhere() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
