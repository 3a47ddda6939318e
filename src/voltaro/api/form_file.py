"""The one file in a multipart/form-data body, read as it arrives (RFC 7578)."""

from collections.abc import AsyncIterator
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header


class BadForm(Exception):
    """The form is broken, has no file or more than one."""


def file_name(disposition: str | None) -> str | None:
    """The file's name in a Content-Disposition header."""
    if disposition is None:
        return None
    _, options = parse_options_header(disposition)
    name = options.get(b"filename")
    return name.decode(errors="replace") if name else None


def boundary_of(content_type: str) -> bytes | None:
    """The boundary of a multipart/form-data body; None: it is no form."""
    media, options = parse_options_header(content_type)
    if media != b"multipart/form-data":
        return None
    return options.get(b"boundary", b"")


class FormFile:
    """`begin` reads up to the file and tells its name, `content` gives its bytes."""

    def __init__(self, chunks: AsyncIterator[bytes], boundary: bytes) -> None:
        self._chunks = chunks
        self._ready: list[bytes] = []
        self._field = b""
        self._value = b""
        self._disposition: bytes | None = None
        self._in_file = False
        self._ended = False
        self._names: list[str] = []
        try:
            self._parser = MultipartParser(boundary, self._callbacks())
        except FormParserError as error:
            raise BadForm(str(error)) from error

    async def begin(self) -> str:
        """The name of the file.

        Raises:
            BadForm: there is none.
        """
        while not self._names:
            if not await self._read():
                raise BadForm("the form holds no file")
        return self._names[0]

    async def content(self) -> AsyncIterator[bytes]:
        """The bytes of the file.

        Raises:
            BadForm: it ended too early, or goes on with another file.
        """
        more = True
        while more or self._ready:
            if self._ready:
                yield b"".join(self._ready)
                self._ready.clear()
            more = more and await self._read()
            if len(self._names) > 1:
                raise BadForm("the form holds more than one file")
        if not self._ended:
            raise BadForm("the form ends too early")

    async def _read(self) -> bool:
        """Whether there was something to read."""
        chunk = await anext(self._chunks, None)
        if chunk is None:
            return False
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise BadForm(str(error)) from error
        return True

    def _callbacks(self) -> Any:
        return {
            "on_part_begin": self._on_part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_end": self._on_end,
        }

    def _on_part_begin(self) -> None:
        self._disposition, self._in_file = None, False

    def _on_header_field(self, chunk: bytes, start: int, end: int) -> None:
        self._field += chunk[start:end]

    def _on_header_value(self, chunk: bytes, start: int, end: int) -> None:
        self._value += chunk[start:end]

    def _on_header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field = self._value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"filename" in options:
            self._in_file = True
            self._names.append(options[b"filename"].decode(errors="replace"))

    def _on_part_data(self, chunk: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._ready.append(chunk[start:end])

    def _on_end(self) -> None:
        self._ended = True
