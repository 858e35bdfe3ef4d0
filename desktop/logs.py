"""Logging: a rotating file a kind of process in the data directory, warnings on the terminal.

Several processes may run at once, and a file that another process has open cannot be renamed on
Windows: so the window (or what runs in its place), the answer server and the commands each have
their own.  Commands may run side by side; they share one file and live with it.

Log lines never carry transcript text or secrets.  Unexpected exceptions on any thread end here.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TextIO

_FORMAT = "%(asctime)s %(levelname).1s %(threadName)s %(name)s: %(message)s"


WINDOW, ANSWERS, COMMANDS = "malgeul", "answers", "commands"  # the files' names
_MAX_BYTES = 2_000_000
_KEPT = 5
_AGAIN_S = 60.0  # after a file could not be rotated


def configure(
    directory: Path, *, name: str = WINDOW, verbose: bool = False, console: bool = True
) -> None:
    """Sends everything from INFO to ``<name>.log`` (5 x 2 MB more) and warnings to stderr.

    A directory that cannot be written costs the file, never the start.
    """
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    if console:
        stream = logging.StreamHandler()
        stream.setLevel(logging.DEBUG if verbose else logging.WARNING)
        stream.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
        root.addHandler(stream)
    else:
        root.addHandler(logging.NullHandler())  # without any handler Python prints warnings itself
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = _LogFile(
            directory / f"{name}.log", maxBytes=_MAX_BYTES, backupCount=_KEPT, encoding="utf-8"
        )
    except OSError as error:
        logging.getLogger(__name__).warning("no log file: %s", error)
    else:
        file.setFormatter(logging.Formatter(_FORMAT))
        root.addHandler(file)
    for noisy in ("faster_whisper", "httpx", "httpcore", "huggingface_hub", "urllib3", "filelock"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def current_file() -> Path | None:
    """The file that this process writes; None while there is none."""
    handlers = logging.getLogger().handlers
    return next((Path(h.baseFilename) for h in handlers if isinstance(h, _LogFile)), None)


class _LogFile(logging.handlers.RotatingFileHandler):
    """A log that cannot be written (a full disk) is no reason to show anybody a traceback.

    One that cannot be rotated goes on growing: every line is more than no line.
    """

    _again_s = 0.0

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - logging's name
        return time.monotonic() >= self._again_s and bool(super().shouldRollover(record))

    def doRollover(self) -> None:  # noqa: N802 - logging's name
        stream = self.stream
        if stream is not None and self._rotated_elsewhere(stream):
            stream.close()
            self.stream = self._open()
            return
        try:
            super().doRollover()
        except OSError:  # another process has it open (Windows)
            self._again_s = time.monotonic() + _AGAIN_S
            if self.stream is None:
                self.stream = self._open()

    def _rotated_elsewhere(self, stream: TextIO) -> bool:
        """Another process gave our file another name: the next lines belong into the new one."""
        try:
            return not os.path.samestat(os.fstat(stream.fileno()), os.stat(self.baseFilename))
        except OSError:  # it is not there
            return False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def hook_exceptions() -> None:
    """Logs exceptions that nobody caught, on the main thread and on every other."""

    def on_main(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        logging.getLogger("desktop").critical("unhandled", exc_info=(kind, error, trace))

    def on_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            logging.getLogger("desktop").critical(
                "unhandled on %s",
                args.thread.name if args.thread else "?",
                exc_info=(args.exc_type, args.exc_value, args.exc_traceback),
            )

    sys.excepthook = on_main
    threading.excepthook = on_thread
