"""What an examination of a machine found, one line for each look."""

from dataclasses import dataclass
from enum import StrEnum

from voltaro.cli.failure import ExitCode


class Verdict(StrEnum):
    """WARN does not keep a server from working, FAIL does."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `code` is the exit code when it is a failure."""

    check: str
    verdict: Verdict
    detail: str
    todo: str = ""
    code: ExitCode = ExitCode.UNEXPECTED
