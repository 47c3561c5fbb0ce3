"""Run as a program: fails if a lock file names a host, so that they hold for any package registry."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "client/package-lock.json",
    "client/.npmrc",
    "bench/node/package-lock.json",
)
ADDRESS = re.compile(r"https?://")


def main() -> int:
    """0 if no lock file holds an address."""
    found = [
        f"{name}:{number}: {line.strip()}"
        for name in LOCKS
        if (ROOT / name).is_file()
        for number, line in enumerate((ROOT / name).read_text().splitlines(), 1)
        if ADDRESS.search(line)
    ]
    for each in found:
        sys.stderr.write(f"{each}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
