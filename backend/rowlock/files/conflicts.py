"""Notes on the outside saves that were set aside, each beside its file, so that both go wherever the folder goes."""

import json
import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rowlock.files.told import told
from rowlock.files.whole import write_whole

log = logging.getLogger(__name__)

_NAME = re.compile(r"\d{8}T\d{6}\.\d{3}Z", re.ASCII)


class ConflictNotes:
    """The notes in one folder, `<name>.json` beside `<name>.csv`. Blocking; raises `BackupError` only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, note: Mapping[str, Any]) -> None:
        """Make `note` what is noted of the save; it appears whole or not at all, and outlasts a power cut."""
        text = json.dumps(note, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")
        with told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / f"{name}.json", [text, b"\n"], replacing=True)

    def all(self) -> dict[str, dict[str, Any]]:
        """Every note that can be read, by name, oldest first."""
        with told(self.folder):
            names = sorted(os.listdir(self.folder)) if self.folder.exists() else []
        found = ((name.removesuffix(".json"), self._note(name)) for name in names if name.endswith(".json"))
        return {name: note for name, note in found if note is not None and _NAME.fullmatch(name)}

    def read(self, name: str) -> bytes | None:
        """The bytes of the save that was set aside; None if it is gone or no regular file."""
        path = self.folder / f"{name}.csv"
        with told(self.folder):
            return path.read_bytes() if _NAME.fullmatch(name) and path.is_file() and not path.is_symlink() else None

    def _note(self, name: str) -> dict[str, Any] | None:
        try:
            note = json.loads((self.folder / name).read_bytes())
        except (OSError, ValueError) as error:
            log.warning("the note conflicts/%s cannot be read: %s", name, error)
            return None
        return note if isinstance(note, dict) else None
