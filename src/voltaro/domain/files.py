"""Files that stations fetch and bring, and the single-use addresses by which they do (L, N01)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote, urlsplit
from uuid import UUID

#: A name is for people to read; on disk a file is called by its id.
_LONGEST_NAME = 150
_LONGEST_SUFFIX = 20
#: What was handed to a socket may never have arrived. So long its end can still be asked for.
_TAIL = timedelta(minutes=15)
#: FTP wants a user and a password: a token's first characters are the one, the rest the other.
_USER_LENGTH = 12


class FileKind(StrEnum):
    """What a file is good for."""

    FIRMWARE = "firmware"
    DIAGNOSTICS = "diagnostics"
    LOG = "log"
    OTHER = "other"


class Direction(StrEnum):
    """As the station sees it."""

    DOWNLOAD = "download"
    UPLOAD = "upload"


class TransferState(StrEnum):
    """OPEN until every byte went over, it expired, or its file was deleted (WITHDRAWN)."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that we keep. `brought_by` is the name of an API key, or a station's id.

    `station_id` is set for what a station brought. `sha256` is in hex, None until it is complete;
    until then `size` is what was there when somebody last looked, in bytes.
    """

    id: UUID
    name: str
    kind: FileKind
    size: int
    sha256: str | None
    created_at: datetime
    brought_by: str
    station_id: str | None
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The passing of one file to or from a station, by an address of its own.

    `bytes` counts from the start of the file without a gap, `max_bytes` bounds an upload.
    `name` is what the station calls it. `file_id` is None until an upload begins, and after the
    file was deleted.
    """

    id: UUID
    direction: Direction
    kind: FileKind
    station_id: str
    state: TransferState
    created_at: datetime
    expires_at: datetime
    file_id: UUID | None = None
    command_id: UUID | None = None
    name: str | None = None
    max_bytes: int | None = None
    bytes: int = 0
    sha256: str | None = None
    finished_at: datetime | None = None

    def is_open(self, at: datetime) -> bool:
        """Whether its address still works for everything."""
        return self.state is TransferState.OPEN and at < self.expires_at

    def gives_its_end(self, at: datetime) -> bool:
        """Whether a station that was cut near the end may still ask for what it lacks."""
        return (
            self.state is TransferState.COMPLETE
            and self.finished_at is not None
            and at < min(self.finished_at + _TAIL, self.expires_at)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a station is sent. The URL is a secret; it is not stored anywhere."""

    transfer_id: UUID
    url: str
    expires_at: datetime


def safe_name(given: str) -> str | None:
    """The name alone, without path and what cannot be printed; None where nothing is left."""
    last = re.split(r"[/\\]", given)[-1]
    name = "".join(each for each in last if each.isprintable()).strip(" .")
    if len(name) > _LONGEST_NAME:
        dot = name.rfind(".", -_LONGEST_SUFFIX)
        suffix = name[dot:] if dot > 0 else ""
        name = name[: _LONGEST_NAME - len(suffix)] + suffix
    return name or None


def address_url(base: str, token: str, name: str = "") -> str:
    """The URL under which a station reaches what `token` stands for.

    `base` is the prefix a station can reach: ``http[s]://host[:port][/path]`` or
    ``ftp://host[:port]``. Without a name it ends in "/": a station appends its own (N01.FR.21).
    No query, no fragment (N01.FR.27, .28).
    """
    path = quote(name, safe="")
    parts = urlsplit(base)
    if parts.scheme == "ftp":
        user, password = token[:_USER_LENGTH], token[_USER_LENGTH:]
        return f"ftp://{user}:{password}@{parts.netloc}/{path}"
    return f"{base.rstrip('/')}/files/{token}/{path}"
