"""What services print: redacted, capped, kept in rotating files, the last lines in memory.

Fed with bytes on the supervisor's thread; the tail may be read from any thread.  A burst costs
bounded memory and disk: lines are cut at 8 KB, files rotate, and beyond a budget lines are
counted instead of written (faults: P14).
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.services.supervisor.spec import FatalSign

LINE_BYTES = 8_192
FILE_BYTES = 2_000_000
FILE_COUNT = 3  # the current one and two older ones
TAIL_LINES = 500
BUDGET_BYTES = 1_000_000
BUDGET_BYTES_PER_S = 250_000
_KEPT_OF_FLOOD = 64  # lines of each piece that are still looked at beyond the budget

_log = logging.getLogger(__name__)
_BEARER = re.compile(
    r"(?i)\b(bearer\s+|api[-_]?key[\"']?\s*[=:]\s*[\"']?|requirepass\s+|password[\"']?\s*[=:]\s*[\"']?)"
    r"[^\s\"',}]{6,}"
)
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Redactor:
    """Replaces known secrets, and what looks like one, in a line (faults: P21)."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        self._secrets = tuple(sorted(secrets, key=len, reverse=True))

    @property
    def longest(self) -> int:
        return max((len(secret.encode()) for secret in self._secrets), default=0)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return _BEARER.sub(lambda match: match[1] + "[redacted]", text)


class RotatingFile:
    """A log file of bounded size with its predecessors beside it; readable by the owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._size = 0
        self._broken = False

    def write(self, data: bytes) -> None:
        """Appends; a full or read-only disk costs the file, never the service."""
        if self._broken:
            return
        try:
            if self._file is None:
                self._open()
            if self._size and self._size + len(data) > FILE_BYTES:
                self._rotate()
            assert self._file is not None
            os.write(self._file, data)
            self._size += len(data)
        except OSError as error:
            self._broken = True
            _log.warning("no more output is written to %s: %s", self._path, error)
            self.close()

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._size = os.fstat(self._file).st_size

    def _rotate(self) -> None:
        self.close()
        for number in range(FILE_COUNT - 1, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            newer = (
                self._path
                if number == 1
                else self._path.with_name(f"{self._path.name}.{number - 1}")
            )
            if newer.exists():
                os.replace(newer, older)
        self._open()

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class ServiceOutput:
    """One service's output, from bytes to lines."""

    def __init__(
        self,
        path: Path,
        *,
        redact: Callable[[str], str],
        keep_bytes: int = 0,
        fatal_signs: Sequence[FatalSign] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = RotatingFile(path)
        self._redact = redact
        # A secret that straddles the cut must still be whole when it is looked for.
        self._line_bytes = LINE_BYTES + keep_bytes
        self._fatal_signs = tuple(fatal_signs)
        self._clock = clock
        self._line = bytearray()
        self._dropped_bytes = 0
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._budget = float(BUDGET_BYTES)
        self._budget_at_s = clock()
        self._left_out = 0
        self.fatal: FatalSign | None = None

    def feed(self, data: bytes) -> None:
        """Takes the next bytes; lines end with a newline or carriage return."""
        pieces = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for piece in self._within_budget(pieces[:-1]):
            self._take(piece)
            self._end_line()
        self._take(pieces[-1])

    def _within_budget(self, lines: list[bytes]) -> list[bytes]:
        """The lines worth handling one by one: in a flood the first and the last of a piece."""
        self._refill()
        if len(lines) <= _KEPT_OF_FLOOD or self._budget > LINE_BYTES:
            return lines
        skipped = lines[1:-_KEPT_OF_FLOOD]
        self._left_out += len(skipped)
        if self._fatal_signs and self.fatal is None:
            self._look_for_signs(b"\n".join(skipped).decode("utf-8", "replace"))
        return [lines[0], *lines[-_KEPT_OF_FLOOD:]]

    def note(self, text: str) -> None:
        """Writes a line of the supervisor's own."""
        self._flush_partial()
        self._keep(f"-- {self._redact(text)}")

    def begin(self) -> None:
        """A new process starts writing."""
        self.fatal = None

    def end(self) -> None:
        """The process is gone: what it wrote without a newline is a line too."""
        self._flush_partial()
        self._file.close()

    def tail(self, count: int = 50) -> list[str]:
        """The last lines, oldest first; from any thread."""
        for _ in range(5):
            try:
                return list(self._tail)[-count:]
            except RuntimeError:  # written to at this moment
                continue
        return []

    def _take(self, piece: bytes) -> None:
        room = self._line_bytes - len(self._line)
        self._line += piece[:room]
        self._dropped_bytes += max(0, len(piece) - room)

    def _flush_partial(self) -> None:
        if self._line or self._dropped_bytes:
            self._end_line()

    def _end_line(self) -> None:
        text = self._redact(self._line.decode("utf-8", "replace"))
        text = _CONTROL.sub("", text)[:LINE_BYTES]
        if self._dropped_bytes:
            text += f" ... [{self._dropped_bytes} more bytes in this line]"
        self._line.clear()
        self._dropped_bytes = 0
        if self.fatal is None:
            self._look_for_signs(text)
        self._keep(text)

    def _look_for_signs(self, text: str) -> None:
        self.fatal = next((s for s in self._fatal_signs if s.pattern.search(text)), None)

    def _keep(self, text: str) -> None:
        self._refill()
        self._tail.append(text)
        data = text.encode("utf-8", "replace") + b"\n"
        if len(data) > self._budget:
            self._left_out += 1
            return
        if self._left_out:
            self._file.write(b"-- [%d lines left out: too many at once]\n" % self._left_out)
            self._left_out = 0
        self._budget -= len(data)
        stamp = time.strftime("%Y-%m-%d %H:%M:%S ").encode()
        self._file.write(stamp + data)

    def _refill(self) -> None:
        now_s = self._clock()
        gained = (now_s - self._budget_at_s) * BUDGET_BYTES_PER_S
        self._budget = min(float(BUDGET_BYTES), self._budget + gained)
        self._budget_at_s = now_s


def written_lines(folder: Path, name: str, count: int) -> list[str]:
    """The last lines in the files of service `name`, oldest first; from any process."""
    path = folder / f"{name}.log"
    found: list[str] = []
    for each in (path.with_name(f"{path.name}.1"), path):
        if each.is_file():
            found += each.read_text(encoding="utf-8", errors="replace").splitlines()
    return found[-count:]
