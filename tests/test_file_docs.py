"""The examples in docs/FILE.md: what it says becomes of a saved file is what becomes of it."""

import re
from pathlib import Path

from tests.core.differing import FILE, NOW, bytes_of, change, happen, sheet_of

from rowlock.core import events
from rowlock.core.commands import ChangeTable, Rules
from rowlock.core.decide import decide
from rowlock.core.diff import compare
from rowlock.core.events import KINDS, Fact
from rowlock.core.merge import merge
from rowlock.core.records import read_table

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "FILE.md").read_text()
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(?:csv )?(\w+)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
(TABLE,) = (text.encode() for name, text in BLOCKS if name == "table")


def told(fact: Fact) -> str:
    """A fact as the page writes it."""
    kind = KINDS[type(fact)]
    match fact:
        case events.RowMoved() | events.RowAdded():
            return f"{kind} {fact.index} after {fact.after}"
        case events.RowUpdated():
            return f"{kind} {fact.index} " + ", ".join(f"{name}: {a} -> {b}" for name, (a, b) in fact.cells.items())
        case events.StyleChanged():
            return f"{kind} delimiter: {fact.was.delimiter} -> {fact.dialect.delimiter}"
        case events.ColumnRenamed():
            return f"{kind} {fact.column} to {fact.to}"
        case events.ColumnAdded() | events.ColumnDeleted():
            return f"{kind} {fact.column}"
    raise AssertionError(fact)


def facts_of(saved: str) -> list[Fact]:
    """What saving this over the table makes happen; the file is then what was saved."""
    sheet = sheet_of(TABLE)
    ops = compare(sheet, read_table(saved.encode())).ops
    facts = decide(sheet, ChangeTable(ops=ops, through_cooldown=True), FILE, NOW, Rules())
    assert isinstance(facts, list)
    happen(sheet, facts)
    assert bytes_of(sheet) == saved.encode()
    return facts


def test_what_is_saved_becomes_the_events_that_stand_below_it() -> None:
    examples = [
        (saved, listed.splitlines())
        for (name, saved), (below, listed) in zip(BLOCKS, BLOCKS[1:], strict=False)
        if (name, below) == ("saved", "events")
    ]
    assert len(examples) == 3
    for saved, listed in examples:
        assert list(map(told, facts_of(saved))) == listed


def test_what_both_changed_is_merged_as_it_stands_there() -> None:
    (number,) = (at for at, (name, _) in enumerate(BLOCKS) if name == "meanwhile")
    (_, saved), (_, meanwhile), (_, then), (name, conflict) = BLOCKS[number - 1 : number + 3]
    assert name == "conflict"
    base, ours = sheet_of(TABLE), sheet_of(TABLE)
    change(ours, compare(ours, read_table(meanwhile.encode())).ops)
    found = merge(base, compare(base, read_table(saved.encode())), ours, lambda _: False)
    change(ours, found.ops)
    assert bytes_of(ours) == then.encode()
    assert [f"row {c.index} {c.column}: ours {c.ours}, theirs {c.theirs}" for c in found.clashes] == [conflict.strip()]
