"""Proof that nothing was lost or altered: the journal replayed from its first event, against the table and the file."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from rowlock.core.evolve import evolve
from rowlock.core.sheet import Sheet
from rowlock.service.ports import ChainBroken, Journal, SnapshotStore, SnapshotUnfit, StorageError
from rowlock.service.snapshots import alike

Progress = Callable[[int], None]
# What comes of an event that this program would not have written.
NONSENSE = (ValueError, LookupError, TypeError, AttributeError, AssertionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a replay found: `problems` is empty when all is well, else its first line is the first thing wrong."""

    position: int
    events: int
    csv_sha256: str
    chain_head: str
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def body(self) -> dict[str, object]:
        """The verification as JSON."""
        return {
            "ok": self.ok,
            "position": self.position,
            "events": self.events,
            "csv_sha256": self.csv_sha256,
            "chain_head": self.chain_head,
            "problems": self.problems,
        }


def verify(
    journal: Journal,
    upto: int | None = None,
    live: Sequence[bytes] | None = None,
    *,
    published: int = 0,
    progress: Progress | None = None,
) -> tuple[Verification, Sheet]:
    """Replay the journal from its first event, its hash chain and the snapshots on the way checked.

    `live`: the file parts of the table that the server shows. `published`: the position that the file is said to have.
    Answers with the verification and the sheet at its position; where the chain is broken, at the last good event.
    Blocking, one pass over the journal.
    """
    sheet, problems = Sheet(), []
    try:
        for stop in [*_snapshots_until(journal, upto), upto]:
            for position in journal.replay(sheet, stop, check=True):
                if progress:
                    progress(position)
            if stop != upto and (problem := _snapshot_problem(journal.snapshots, sheet)):
                problems.append(problem)
    except ChainBroken as error:
        problems.append(f"journal: {error}")
    except (StorageError, *NONSENSE) as error:
        sheet = _as_far_as_it_goes(journal, upto)
        problems.append(f"journal: the event at position {sheet.position + 1} cannot be followed ({error})")
    parts = sheet.file_parts()
    if not problems and live is not None and b"".join(live) != b"".join(parts):
        problems.append(f"table: what the server shows at position {sheet.position} is not what the journal says")
    problems += _beyond_the_end(journal, published)
    verification = Verification(
        position=sheet.position,
        events=sheet.position,
        csv_sha256=_digest(parts),
        chain_head=(journal.hash_at(sheet.position) or b"").hex(),
        problems=problems,
    )
    return verification, sheet


def _as_far_as_it_goes(journal: Journal, upto: int | None) -> Sheet:
    """The sheet before the first event that cannot be read or folded, found one by one."""
    sheet = Sheet()
    with suppress(StorageError, *NONSENSE):
        for entry in journal.entries(upto=upto):
            evolve(sheet, entry.event)
    return sheet


def _snapshots_until(journal: Journal, upto: int | None) -> list[int]:
    """Where to look at a snapshot on the way, in order."""
    positions = sorted(journal.snapshots.positions())
    return [position for position in positions if (upto is None or position < upto) and journal.hash_at(position)]


def _snapshot_problem(store: SnapshotStore, sheet: Sheet) -> str | None:
    """What is wrong with the snapshot at the sheet's position; nothing is if it has been dropped meanwhile."""
    try:
        detail = None if alike(Sheet.of(store.load(sheet.position)), sheet) else "it is not what the journal says"
    except SnapshotUnfit as unfit:
        detail = str(unfit) if sheet.position in store.positions() else None
    return detail and f"snapshot at position {sheet.position}: {detail}; it is not used"


def _beyond_the_end(journal: Journal, published: int) -> list[str]:
    """What knows of events that the journal does not hold: so it lost its last ones."""
    known = [(f"snapshot at position {position}", position) for position in sorted(journal.snapshots.positions())]
    known.append((f"file: it is said to have been published at position {published}", published))
    return [f"{name}: the journal does not reach it" for name, position in known if journal.hash_at(position) is None]


def with_problem(found: Verification, problem: str) -> Verification:
    """The verification with one more thing that is wrong."""
    return replace(found, problems=[*found.problems, problem])


def file_problem(sheet: Sheet, data: bytes | None) -> str | None:
    """What is wrong with the file's bytes, for a file that should be at the sheet's position; None if nothing is."""
    if data is None:
        return "file: it is missing"
    if data != b"".join(sheet.file_parts()):
        return f"file: its bytes are not those of position {sheet.position}"
    return None


def _digest(parts: Sequence[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
