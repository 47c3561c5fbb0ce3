"""Proof that nothing was lost or altered: the journal replayed from its first event, against the table and the file."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from rowlock.core.evolve import evolve
from rowlock.core.sheet import Sheet
from rowlock.service.ports import ChainBroken, Journal, StorageError

Progress = Callable[[int], None]


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
    journal: Journal, upto: int | None = None, live: Sequence[bytes] | None = None, progress: Progress | None = None
) -> tuple[Verification, Sheet]:
    """Replay the journal, its hash chain checked, and compare with the `live` table's file parts if given.

    Answers with the verification and the sheet at its position; where the chain is broken, at the last good event.
    Blocking, one pass over the journal.
    """
    sheet, head, problems = Sheet(), bytes(32), []
    try:
        for entry in journal.entries(0, upto, check=True):
            evolve(sheet, entry.event)
            head = entry.hash
            if progress and not sheet.position % 1000:
                progress(sheet.position)
    except (ChainBroken, StorageError, ValueError) as error:
        problems.append(f"journal: {error}")
    parts = sheet.file_parts()
    if not problems and live is not None and b"".join(live) != b"".join(parts):
        problems.append(f"table: what the server shows at position {sheet.position} is not what the journal says")
    verification = Verification(
        position=sheet.position,
        events=sheet.position,
        csv_sha256=_digest(parts),
        chain_head=head.hex(),
        problems=problems,
    )
    return verification, sheet


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
