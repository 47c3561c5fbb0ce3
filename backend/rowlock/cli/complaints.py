"""How a command says what went wrong, in one line. Every command starts with this, so it loads little."""

import sys
from typing import NoReturn

import typer
from pydantic import ValidationError


def fail(text: str, code: int = 1) -> NoReturn:
    """End with one line on standard error: code 1 for a refusal or a problem found, 2 for wrong usage."""
    complain(text)
    raise typer.Exit(code)


def complain(text: str) -> None:
    """One line on standard error."""
    print(f"rowlock: {printable(' '.join(text.split()))}", file=sys.stderr)  # noqa: T201  (the one place for it)


def printable(text: str) -> str:
    """The text with control characters escaped, so that no cell can paint the terminal."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def explained(error: ValidationError) -> str:
    """The first wrong setting, in one line."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"ROWLOCK_{name.upper()}: {message}" if name else message
