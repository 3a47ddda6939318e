"""`voltaro config` and `voltaro version`."""

import typer

from voltaro import __version__
from voltaro.cli.failure import CliError, ExitCode
from voltaro.cli.options import Output
from voltaro.cli.output import Format, columns, note, show_rows


def config(output: Output = Format.TABLE) -> None:
    """Show the settings in effect, secrets masked."""
    from voltaro import config as configuration

    try:
        settings = configuration.from_process()
    except configuration.SettingError as error:
        raise CliError(ExitCode.USAGE, str(error), "docs/operate/settings.md lists them.") from None
    show_rows(
        (
            {"name": name, "value": value, "meaning": meaning}
            for name, value, meaning in settings.describe()
        ),
        columns("name", "value", "meaning"),
        output,
    )
    for name, nearest in settings.unknown:
        hint = f"; did you mean {nearest}?" if nearest else ""
        note(f"warning: {name} is no setting{hint}")


def version() -> None:
    """Print the version."""
    typer.echo(__version__)
