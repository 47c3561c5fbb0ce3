"""The command line: one command a verb, thin over the services."""

from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer

# Each verb, the module that has it and its name there; a module is only loaded when its verb, or help, is asked for.
VERBS = {
    "serve": ("serve", "serve"),
    "log": ("journal", "log"),
    "watch": ("journal", "watch"),
    "show": ("past", "show"),
    "verify": ("proof", "verify"),
    "diff": ("between", "diff"),
    "blame": ("between", "blame"),
    "replay": ("replay", "replay"),
    "undo": ("back", "undo"),
    "restore": ("back", "restore"),
    "backup": ("back", "backup"),
    "export": ("transfer", "export"),
    "doctor": ("doctor", "doctor"),
    "import": ("transfer", "import_file"),
    "user": ("user", "app"),
}
# It hands its words on to the parser of the settings.
HANDED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


def command_line(verb: str) -> typer.Typer:
    """The command line, with all verbs unless it is known that this one is meant."""
    app = typer.Typer(
        name="rowlock",
        help="A row-locking collaborative editor for a CSV file, with event sourcing.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(rowlock)
    for each in [verb] if verb in VERBS else VERBS:
        _add(app, each)
    return app


def _add(app: typer.Typer, verb: str) -> None:
    module, name = VERBS[verb]
    command = getattr(import_module(f"rowlock.cli.{module}"), name)
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=verb)
    elif verb == "serve":
        app.command(verb, context_settings=HANDED_ON, add_help_option=False)(command)
    else:
        app.command(verb)(command)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("rowlock"))
        raise typer.Exit


def rowlock(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """The options before any verb."""
