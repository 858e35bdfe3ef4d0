"""The limited process that reads documents.  See `reader` for the other end.

Run as ``python -I parser_child.py MEMORY_MB DESCRIPTOR PARENT``.  Frames are a length (4 bytes,
big-endian) and JSON, on standard input and output.  The document comes as an open descriptor
through a socket, so this process opens no file by name; where the system has no such way, by path.
A document is hostile: this process may write nothing, start nothing and reach no network, has
limited memory, and is killed at its deadline.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import socket
import struct
import sys
import traceback
from pathlib import Path
from typing import IO, Any

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_DUMPABLE = 4
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_FORBIDDEN = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate",
    "os.chmod", "os.chown", "os.kill", "shutil.", "ftplib.", "urllib.", "http.", "smtplib.",
    "webbrowser.", "pty.", "signal.pthread_kill",
)  # fmt: skip
_NEEDED = (
    "csv",
    "defusedxml.ElementTree",
    "pypdfium2.raw",
    "selectolax.lexbor",
    "syhwp._hwp5",
    "desktop.services.documents.parsers.reading",
    "desktop.services.documents.parsers.rendering",
)
MAX_FRAME_BYTES = 96 * 1024 * 1024
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _settle_in(parent: int) -> None:
    """Dies with the application; lets it and the captions go first."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(0)
    if sys.platform != "win32":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.nice(5)


def _load() -> None:
    """Everything the parsers import: afterwards no module has to be found any more."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    for name in _NEEDED:
        importlib.import_module(name)
    for encoding in ("cp949", "utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp1252", "shift_jis"):
        b"".decode(encoding)


def _limit(memory_mb: int) -> list[str]:
    """Gives up what a parser does not need; returns what is in force."""
    held = []
    if sys.platform != "win32":
        import resource

        size = memory_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        held += ["memory", "no-writing"]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
            held.append("no-network")
    sys.addaudithook(_audit)
    held.append("audit")
    return held


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        flags = arguments[2]
        if isinstance(flags, int) and flags & _WRITES:
            raise PermissionError("a parser writes nothing")
    elif event.startswith(_FORBIDDEN):
        raise PermissionError(f"a parser may not: {event}")


def _receive(stream: IO[bytes]) -> dict[str, Any] | None:
    head = stream.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    request: dict[str, Any] = json.loads(stream.read(length))
    return request


def _send(stream: IO[bytes], reply: dict[str, Any]) -> None:
    content = json.dumps(reply, ensure_ascii=True).encode("ascii")
    if len(content) > MAX_FRAME_BYTES:
        content = json.dumps({"failed": "too-much-text", "detail": {"limit": "-"}}).encode()
    stream.write(struct.pack(">I", len(content)) + content)
    stream.flush()


def _handed_over(channel: socket.socket | None, request: dict[str, Any]) -> IO[bytes]:
    if sys.platform == "win32" or channel is None:
        return open(request["path"], "rb")
    _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
    return os.fdopen(descriptors[0], "rb")


def _answer(source: IO[bytes], request: dict[str, Any]) -> dict[str, Any]:
    from desktop.services.documents.parsers.failure import ParseFailureError
    from desktop.services.documents.parsers.reading import read_document
    from desktop.services.documents.parsers.rendering import render

    try:
        if request["task"] == "render":
            return {"page": render(source, request["page"], request["quote"])}
        extracted = read_document(source, request["name"])
        return {"text": extracted.text, "structure": extracted.structure()}
    except ParseFailureError as error:
        return {"failed": error.code, "detail": error.detail}
    except MemoryError:
        return {"failed": "memory", "detail": {}, "last": True}
    except Exception as error:  # noqa: BLE001 - libraries fail in every way on hostile files
        where = traceback.extract_tb(error.__traceback__)[-1]
        return {
            "failed": "damaged",
            "detail": {"what": request["kind"]},
            "trace": f"{type(error).__name__} at {where.name}:{where.lineno}",
        }


def main() -> int:
    memory_mb, descriptor, parent = (int(word) for word in sys.argv[1:4])
    _settle_in(parent)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come between the frames
    channel = socket.socket(fileno=descriptor) if descriptor >= 0 else None
    try:
        _load()
        held = _limit(memory_mb)
    except Exception as error:  # noqa: BLE001 - whatever it is, the application says it
        _send(replies, {"failed": "parser", "detail": {"why": f"{type(error).__name__}: {error}"}})
        return 1
    _send(replies, {"ready": held})
    while (request := _receive(sys.stdin.buffer)) is not None:
        with _handed_over(channel, request) as source:
            reply = _answer(source, request)
        _send(replies, reply)
        if reply.get("last"):
            return 1  # memory that was short once may be short for ever
    return 0


if __name__ == "__main__":
    sys.exit(main())
