"""Numbers by which stations name what they were asked for, in the messages that bring it (2.x)."""

import secrets
from typing import Final

_LARGEST: Final = 2**31 - 1


def new_request_id() -> int:
    """From 1 on; random, so that no part of an older report is taken for one of a newer."""
    return 1 + secrets.randbelow(_LARGEST)
