"""Server-sent events out of bytes, however they are cut.  Pure; one decoder a stream."""

from __future__ import annotations

import re

MAX_EVENT_BYTES = 1 << 20

_LINE_END = re.compile(rb"\r\n|\n|\r(?!$)")  # a \r at the end may be half of \r\n


class TooLongError(Exception):
    """An event has no end."""


class SseDecoder:
    """Collects bytes and gives the data of finished events; comments and names are left out."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, received: bytes) -> list[str]:
        """The data of every event that `received` finishes.

        Raises:
            TooLongError: an event is longer than any sensible one.
        """
        *lines, self._rest = _LINE_END.split(self._rest + received)
        return [data for line in lines if (data := self._line(line)) is not None] + self._checked()

    def end(self) -> list[str]:
        """The last event when the stream ended without the empty line after it."""
        lines, self._rest = [self._rest.rstrip(b"\r"), b""], b""
        return [data for line in lines if (data := self._line(line)) is not None]

    def _checked(self) -> list[str]:
        if len(self._rest) + self._size > MAX_EVENT_BYTES:
            raise TooLongError
        return []

    def _line(self, line: bytes) -> str | None:
        if not line:
            return self._finished()
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
            self._size += len(value)
        return None

    def _finished(self) -> str | None:
        if not self._data:
            return None
        data, self._data, self._size = b"\n".join(self._data), [], 0
        return data.decode("utf-8", "replace")
