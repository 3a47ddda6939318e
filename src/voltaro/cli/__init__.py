"""The `voltaro` command: parses, calls, prints."""


def main() -> None:
    """Entry point of the console script; leaves with one of the documented exit codes."""
    from voltaro.cli.program import run

    run()
