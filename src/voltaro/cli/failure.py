"""How a command fails: one line what, one line what to do, and a documented exit code."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes scripts may rely on."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    NOT_FOUND = 3
    AUTH = 4
    CONFLICT = 5
    STATION_REJECTED = 6
    STATION_TIMEOUT = 7
    STATION_OFFLINE = 8
    UNREACHABLE = 9
    INTERRUPTED = 130


class CliError(Exception):
    """Ends the command; `todo` may be empty when there is nothing to do about it."""

    def __init__(self, code: ExitCode, what: str, todo: str = "") -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.todo = todo
