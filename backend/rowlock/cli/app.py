"""The command line: one command a verb, thin over the services."""

from importlib.metadata import version
from typing import Annotated

import typer

from rowlock.cli import back, between, doctor, journal, past, proof, replay, serve, transfer, user

app = typer.Typer(
    name="rowlock",
    help="A row-locking collaborative editor for a CSV file, with event sourcing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("rowlock"))
        raise typer.Exit


@app.callback()
def rowlock(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """The options before any verb."""


app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)(
    serve.serve
)
for command in (
    *(journal.log, journal.watch, past.show, proof.verify, between.diff, between.blame),
    *(replay.replay, back.undo, back.restore, back.backup),
    *(transfer.export, doctor.doctor),
):
    app.command()(command)
app.command("import")(transfer.import_file)
app.add_typer(user.app, name="user")
