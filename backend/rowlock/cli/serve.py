"""The command that runs the server."""

from argparse import ArgumentParser
from typing import NoReturn

import typer
from pydantic import ValidationError
from pydantic_settings import CliApp, CliSettingsSource

from rowlock.cli.complaints import explained, fail
from rowlock.settings import Settings


def serve(context: typer.Context) -> None:
    """Run the server; every setting is a flag (`rowlock serve --help`)."""
    settings = _settings(context.args)
    # Only now: wrong usage and `--help` need none of it.
    from rowlock.cli.server import run

    run(settings)


class _Parser(ArgumentParser):
    """The parser of the flags, which tells of wrong usage in one line."""

    def error(self, message: str) -> NoReturn:
        """End with code 2."""
        fail(message, 2)


def _settings(arguments: list[str]) -> Settings:
    source: CliSettingsSource[Settings] = CliSettingsSource(
        Settings,
        root_parser=_Parser(prog="rowlock serve", description="Run the server."),
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
    )
    try:
        return CliApp.run(Settings, cli_args=arguments, cli_settings_source=source)
    except ValidationError as error:
        fail(explained(error), 2)
