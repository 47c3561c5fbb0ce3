"""Writes a new file: whole or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path

from rowlock.files import exchange


def write_whole(target: Path, parts: Iterable[bytes], *, replacing: bool) -> None:
    """Make `target` hold these bytes, once they are on the disk and not before. Raises `OSError`.

    A file that is there already is replaced if `replacing`, else kept: FileExistsError.
    """
    partial = exchange.partial_of(target)
    try:
        with partial.open("wb") as file:
            file.writelines(parts)
            file.flush()
            exchange.sync_data(file.fileno())
        if replacing:
            os.replace(partial, target)
        else:
            exchange.place(partial, target)
        exchange.sync_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)
