"""A file that somebody else wrote, looked at without touching it."""

import os
from pathlib import Path

from rowlock.files.exchange import writers_held_off
from rowlock.files.scratch import SAFELY, Identity, identity_of, regular_at


class FoundFile:
    """The file under this name, whatever it is. Blocking; raises OSError only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def identity(self) -> Identity | None:
        """What tells its states apart; None if there is no regular file."""
        status = regular_at(self.path)
        return identity_of(status) if status else None

    def read(self) -> bytes | None:
        """Its bytes, None if there is no regular file."""
        if regular_at(self.path) is None:
            return None
        with open(os.open(self.path, os.O_RDONLY | SAFELY), "rb") as file:
            return file.read()

    def being_written(self) -> bool:
        """Whether somebody has it open for writing; False where that cannot be known."""
        if regular_at(self.path) is None:
            return False
        descriptor = os.open(self.path, os.O_RDONLY | SAFELY)
        try:
            with writers_held_off(descriptor) as written:
                return written
        finally:
            os.close(descriptor)
