"""The standard streams of a command, whatever they lead to.

Nobody may be there to read (`| head`), the file behind them may be on a full disk, or they were
closed before the command began (`>&-`).  None of this may end a recording: what is said on stderr
is worth less than the work it speaks of.  Main thread, but for `write_out`: any thread.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, BinaryIO, cast

from desktop.errors import StorageError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STDOUT, _STDERR = 1, 2


def prepare_streams() -> None:
    """Makes stdout and stderr take any text, and stderr bear it when nobody takes it."""
    _occupy_descriptors()
    sys.stdout = sys.stdout or open(_STDOUT, "w", closefd=False)  # noqa: SIM115 - to the end
    sys.stderr = sys.stderr or open(_STDERR, "w", closefd=False)  # noqa: SIM115 - to the end
    if sys.platform != "win32":  # there a console is more than a file, and takes text by itself
        # A descriptor of its own: the common one leads nowhere while PortAudio looks for devices,
        # which it does when a recording begins and whenever a source is lost.
        file = _PatientFile(os.dup(_STDERR), "w", closefd=False)
        # No buffer between: a signal's handler may print while something is being printed.
        sys.stderr = io.TextIOWrapper(cast(BinaryIO, file), write_through=True)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


_put_aside: Callable[[], AbstractContextManager[None]] | None = None


def put_aside_with(put_aside: Callable[[], AbstractContextManager[None]] | None) -> None:
    """From here on `put_aside()` is entered while a line is written to a terminal.

    It takes off what is drawn there; None: nothing is.
    """
    global _put_aside  # noqa: PLW0603 - there is one terminal
    _put_aside = put_aside


def write_out(content: str | bytes) -> None:
    """Writes to stdout, at once.

    Raises:
        BrokenPipeError: nobody reads it any more.
        StorageError: it leads to a file that cannot be written (a full disk).
    After either, what is written to stdout leads nowhere.
    """
    put_aside = _put_aside if sys.stdout.isatty() else None
    try:
        with put_aside() if put_aside is not None else contextlib.nullcontext():
            _write(content)
    except BrokenPipeError:
        abandon_stdout()
        raise
    except OSError as error:
        abandon_stdout()
        raise StorageError(
            f"The output cannot be written: {os.strerror(error.errno or 0)}.",
            hint="Free some space, or let it go to another place.",
            code="storage.output",
        ) from error


def _write(content: str | bytes) -> None:
    if isinstance(content, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        sys.stdout.write(content)
        sys.stdout.flush()


def abandon_stdout() -> None:
    """From here on stdout leads nowhere: what is still in its buffer would fail at exit, too."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


class Announcer:
    """Prints what must reach whoever started the program: on stderr where stdout takes nothing.

    It keeps the stderr it found: the common one leads nowhere while PortAudio looks for devices.
    """

    def __init__(self) -> None:
        self._stdout_works = True
        self._errors = os.dup(_STDERR)

    def __call__(self, line: str) -> None:
        """Never raises: what runs is worth more than what is said of it."""
        if self._stdout_works:
            try:
                write_out(line + "\n")
            except BrokenPipeError:
                self._stdout_works = False  # its reader has gone, and knows that
            except StorageError as error:
                self._stdout_works = False
                self._warn(f"Warning: {error.message} It is said here instead.")
        if not self._stdout_works:
            self._warn(line)

    def close(self) -> None:
        """Gives up what it keeps; it says nothing more."""
        os.close(self._errors)

    def _warn(self, line: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._errors, f"{line}\n".encode("utf-8", "backslashreplace"))


class _PatientFile(io.FileIO):
    """A file of which it does not matter whether it takes what is written."""

    def write(self, content: ReadableBuffer, /) -> int:
        rest = memoryview(content).cast("B")
        size = rest.nbytes
        while rest:
            try:
                rest = rest[super().write(rest) or len(rest) :]
            except OSError:  # its reader has gone, its disk is full, its terminal was closed
                break
        return size


def _occupy_descriptors() -> None:
    """Opens those of 0, 1 and 2 that are closed.

    The next file that is opened would have that number, and a library that prints to it would
    write into a transcript.
    """
    for descriptor in (0, _STDOUT, _STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number, which is this one
