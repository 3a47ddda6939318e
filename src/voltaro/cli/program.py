"""The command tree, and what happens when a command fails."""

import sys
import traceback
from typing import Annotated

import typer
import typer.main

from voltaro import __version__
from voltaro.cli import (
    about,
    authority,
    commands,
    database,
    doctor,
    files,
    keys,
    send,
    serve,
    sessions,
    simulate,
    stations,
    tail,
    tokens,
    users,
)
from voltaro.cli.failure import CliError, ExitCode

app = typer.Typer(
    help="Voltaro, an EV-charging backend: runs the server and talks to it.",
    epilog="Exit codes: 0 ok, 1 unexpected, 2 usage, 3 not found, 4 not allowed, 5 conflict,"
    " 6 station rejected, 7 station timeout, 8 station offline, 9 server unreachable,"
    " 130 interrupted. --debug shows the traceback of an unexpected error.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("simulate")(simulate.simulate)
app.add_typer(stations.app, name="stations")
app.add_typer(tokens.app, name="tokens")
app.add_typer(sessions.app, name="sessions")
app.add_typer(commands.app, name="commands")
app.add_typer(files.app, name="files")
app.add_typer(keys.app, name="keys")
app.add_typer(users.app, name="users")
app.add_typer(authority.app, name="ca")
app.add_typer(database.app, name="db")
app.command("send")(send.send)
app.command("tail")(tail.tail)
app.command("attempts")(tail.attempts)
app.command("doctor")(doctor.doctor)
app.command("config")(about.config)
app.command("version")(about.version)


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _program(
    _version_flag: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _version(wanted=value),
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    pass


def run(argv: list[str] | None = None) -> None:
    """Run a command line; always ends with SystemExit."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    debug = "--debug" in ours
    if debug:
        arguments.remove("--debug")
    try:
        typer.main.get_command(app).main(args=arguments, prog_name="voltaro")
    except CliError as error:
        _say(f"voltaro: {error.what}", error.todo, debug=debug)
        sys.exit(error.code)
    except Exception as error:  # the command's last handler
        _say(
            f"voltaro: unexpected error: {type(error).__name__}: {error}",
            "Run it again with --debug for the traceback.",
            debug=debug,
        )
        sys.exit(ExitCode.UNEXPECTED)


def _say(what: str, todo: str, *, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    for line in (what, todo):
        if line:
            print(" ".join(line.split()), file=sys.stderr)  # noqa: T201 - the command's output
