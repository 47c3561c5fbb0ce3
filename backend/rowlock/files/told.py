"""What goes wrong in the backups' folder, said in the words that the services know."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rowlock.service.ports import BackupError


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Within, an OSError becomes a `BackupError` that names the file, else the folder."""
    try:
        yield
    except OSError as error:
        raise BackupError(f"{error.filename or folder}: {error.strerror or error}.") from error
