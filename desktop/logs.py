"""Logging: one rotating file in the data directory, warnings on the terminal.

Log lines never carry transcript text or secrets.  Unexpected exceptions on any thread end here.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
from pathlib import Path
from types import TracebackType

_FORMAT = "%(asctime)s %(levelname).1s %(threadName)s %(name)s: %(message)s"


def configure(directory: Path, *, verbose: bool = False, console: bool = True) -> None:
    """Sends everything from INFO to ``malgeul.log`` (5 x 2 MB) and warnings to stderr.

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
            directory / "malgeul.log", maxBytes=2_000_000, backupCount=5, encoding="utf-8"
        )
    except OSError as error:
        logging.getLogger(__name__).warning("no log file: %s", error)
    else:
        file.setFormatter(logging.Formatter(_FORMAT))
        root.addHandler(file)
    for noisy in ("faster_whisper", "httpx", "httpcore", "huggingface_hub", "urllib3", "filelock"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class _LogFile(logging.handlers.RotatingFileHandler):
    """A log that cannot be written (a full disk) is no reason to show anybody a traceback."""

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
