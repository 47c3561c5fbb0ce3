"""Prints the shapes of the HTTP interface (OpenAPI, JSON), from which the client's types are made."""

import json
import sys
import tempfile
from pathlib import Path

from rowlock.main import create_app
from rowlock.settings import Settings


def main() -> None:
    """Write it to standard output; nothing is opened for it."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data_dir=Path(folder)))
        whole = app.fastapi.openapi()
    shapes = {"schemas": whole["components"]["schemas"]}
    json.dump({"openapi": whole["openapi"], "info": whole["info"], "paths": {}, "components": shapes}, sys.stdout)


if __name__ == "__main__":
    main()
