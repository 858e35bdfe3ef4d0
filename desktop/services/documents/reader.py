"""Reads documents in a limited process of their own, which is used again and killed when late.

One thread at a time is served; others wait.  `close` may come from any thread.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import logging
import os
import queue
import socket
import stat
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from desktop.interpreter import python_command
from desktop.services.documents.extracted import Extracted
from desktop.services.documents.failures import document_error
from desktop.services.read_child import start_on_reader

_log = logging.getLogger(__name__)

_CHILD = Path(__file__).with_name("parser_child.py")
_START_WITHIN_S = 60.0
_MAX_REPLY_BYTES = 96 * 1024 * 1024
_SERVES = 200  # documents, then a fresh process: nothing grows for ever
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a file was when it was read."""

    size_bytes: int
    mtime_ns: int
    digest: str  # SHA-256


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page as PNG, and boxes of x, y, width, height in 0..1 of it."""

    png: bytes
    boxes: tuple[tuple[float, float, float, float], ...]
    pages: int


class DocumentReader:
    """Gives the text of files.

    Args:
        within_s: longest time for one document; then the process is killed.
        memory_mb: most memory the process may have.
        max_file_mb: larger files are refused.
        command: how to start the process, for tests; the limits follow it.
    """

    def __init__(
        self,
        *,
        within_s: float = 30.0,
        memory_mb: int = 512,
        max_file_mb: int = 200,
        command: list[str] | None = None,
    ) -> None:
        self._within_s = within_s
        self._memory_mb = memory_mb
        self._max_file_mb = max_file_mb
        self._command = command or [*python_command(), "-I", str(_CHILD)]
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._child: _Child | None = None
        self._closed = False

    def fingerprint(self, path: Path) -> Fingerprint:
        """Size, time and hash of a file.

        Raises:
            DocumentError: it is gone, no ordinary file, too big or changes meanwhile.
        """
        with self._opened(path) as file:
            return _fingerprint(file)

    def read(self, path: Path) -> tuple[Extracted, Fingerprint]:
        """The text of a file, and what the file was both before and after it was read.

        Raises:
            DocumentError: it cannot be read, in words; nothing else was harmed.
        """
        with self._opened(path) as file:
            before = _fingerprint(file)
            suffix = path.suffix.lower().lstrip(".")[:8] or "file"
            reply = self._ask(file, path, {"task": "read", "name": path.name, "kind": suffix})
            if _fingerprint(file) != before:
                raise document_error("changing")
        return Extracted.restore(reply["text"], reply["structure"]), before

    def render(self, path: Path, page: int, quote: str) -> RenderedPage:
        """A page of a PDF with the places of a quote.  Raises DocumentError."""
        with self._opened(path) as file:
            request = {"task": "render", "page": page, "quote": quote, "kind": "PDF"}
            found = self._ask(file, path, request)["page"]
        boxes = tuple((b[0], b[1], b[2], b[3]) for b in found["boxes"])
        return RenderedPage(base64.b64decode(found["png"]), boxes, found["pages"])

    def close(self) -> None:
        """Kills the process, also while it reads."""
        with self._state:
            self._closed = True
        self._drop()

    @contextlib.contextmanager
    def _opened(self, path: Path) -> Iterator[IO[bytes]]:
        """An ordinary file, opened without following links or waiting for pipes (D61)."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise document_error("not-a-file")
            descriptor = os.open(path, flags)
        except FileNotFoundError as error:
            raise document_error("gone") from error
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise document_error("unreadable", {"why": why}) from error
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise document_error("not-a-file")
            if found.st_size == 0:
                raise document_error("empty")
            if found.st_size > self._max_file_mb * 1024 * 1024:
                raise document_error("too-big", {"limit": str(self._max_file_mb)})
            yield file

    def _ask(self, file: IO[bytes], path: Path, request: dict[str, Any]) -> dict[str, Any]:
        with self._turn:
            child = self._ready()
            try:
                file.seek(0)
                child.send({**request, "path": str(path)}, file)
                reply = child.receive(self._within_s)
            except queue.Empty as error:
                self._drop()
                raise document_error("time", {"limit": f"{self._within_s:g}"}) from error
            except (EOFError, OSError, ValueError) as error:
                self._drop()
                raise document_error("crashed") from error
            child.served += 1
            if "failed" in reply:
                if "trace" in reply:
                    _log.info("parser: %s: %s", path.name, reply["trace"])
                if reply.get("last"):
                    self._drop()
                detail = {"limit": str(self._memory_mb), **reply["detail"]}
                raise document_error(reply["failed"], detail)
            return reply

    def _ready(self) -> _Child:
        with self._state:
            if self._closed:
                raise document_error("parser", {"why": "closed"})
            child = self._child
        if child is not None:
            if child.served < _SERVES and child.process.poll() is None:
                return child
            self._drop()
        try:
            child = _Child(self._command, self._memory_mb)
            with self._state:
                self._child = child
                closed = self._closed  # meanwhile: nobody else would end this one
            if closed:
                raise EOFError("closed")
            reply = child.receive(_START_WITHIN_S)
        except (OSError, EOFError, queue.Empty, ValueError) as error:
            self._drop()
            raise document_error("parser", {"why": str(error) or "no answer"}) from error
        if "failed" in reply:
            self._drop()
            raise document_error(reply["failed"], reply["detail"])
        _log.debug("parser ready: %s", ", ".join(reply["ready"]))
        return child

    def _drop(self) -> None:
        with self._state:
            child, self._child = self._child, None
        if child is not None:
            child.end()


class _Child:
    """The process, with a thread that reads its frames so that they can be waited for in time."""

    def __init__(self, command: list[str], memory_mb: int) -> None:
        self.served = 0
        theirs: socket.socket | None = None
        self._channel: socket.socket | None = None
        if sys.platform != "win32":
            self._channel, theirs = socket.socketpair()
        number = theirs.fileno() if theirs is not None else -1
        self._replies: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        try:
            self.process, self._pump = start_on_reader(
                lambda: subprocess.Popen(
                    [*command, str(memory_mb), str(number), str(os.getpid())],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                    pass_fds=(number,) if theirs is not None else (), env=_environment(),
                ),
                self._read,
                "parser-replies",
            )  # fmt: skip
        except BaseException:
            if self._channel is not None:
                self._channel.close()
            raise
        finally:
            if theirs is not None:
                theirs.close()

    def send(self, request: dict[str, Any], file: IO[bytes]) -> None:
        content = json.dumps(request).encode("ascii")
        assert self.process.stdin is not None
        self.process.stdin.write(struct.pack(">I", len(content)) + content)
        self.process.stdin.flush()
        if sys.platform != "win32" and self._channel is not None:
            socket.send_fds(self._channel, [b"f"], [file.fileno()])

    def receive(self, within_s: float) -> dict[str, Any]:
        """Raises queue.Empty when it takes too long, EOFError when the process has ended."""
        content = self._replies.get(timeout=within_s)
        if content is None:
            raise EOFError("the parser ended")
        reply: dict[str, Any] = json.loads(content)
        return reply

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        stream = process.stdout
        while len(head := stream.read(4)) == 4:
            (length,) = struct.unpack(">I", head)
            if length > _MAX_REPLY_BYTES:
                break
            content = stream.read(length)
            if len(content) < length:
                break
            self._replies.put(content)
        self._replies.put(None)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._pump.join()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.stdout.close()
        if self._channel is not None:
            self._channel.close()


def _environment() -> dict[str, str]:
    """Nothing of the user's: no proxies, keys or tokens."""
    kept = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LC_ALL")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _fingerprint(file: IO[bytes]) -> Fingerprint:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    found = os.fstat(file.fileno())
    return Fingerprint(found.st_size, found.st_mtime_ns, digest.hexdigest())
