"""The record of a command as JSON, and back."""

from typing import Any

import msgspec

from voltaro.domain.command_record import CommandRecord

#: Decimals are numbers, as in every answer of the API.
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode_record(record: CommandRecord) -> str:
    return _ENCODER.encode(record).decode()


def read_record(stored: Any) -> CommandRecord:
    """From the decoded JSON of its row."""
    return msgspec.convert(stored, CommandRecord)
