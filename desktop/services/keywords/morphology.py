"""Korean morphemes from a child process, started at first use; see `kiwi_child` for why.

Used by one thread; `start` and `close` may come from any.  A child that dies is started again once
a text.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import subprocess
import threading
from pathlib import Path
from typing import NamedTuple

from desktop.errors import ServiceError
from desktop.interpreter import python_command
from desktop.services.read_child import start_on_reader

_log = logging.getLogger(__name__)

LOAD_TIMEOUT_S = 120.0
ANALYSE_TIMEOUT_S = 30.0
_CHILD = Path(__file__).with_name("kiwi_child.py")


class Morpheme(NamedTuple):
    """One morpheme: its form, its tag in the Sejong set, and where it stands in the text."""

    form: str
    tag: str
    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length


class _Child:
    """One process with a thread that starts it and reads its answers."""

    def __init__(self, command: list[str]) -> None:
        self.loaded = False
        self.answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.process, self._reader = start_on_reader(
            lambda: subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                encoding="utf-8",
            ),
            self._read,
            "kiwi-reader",
        )  # fmt: skip

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.answers.put(line)
        self.answers.put(None)

    def end(self) -> None:
        """Kills it: it has nothing to save."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.close()
        except OSError:  # an unfinished write; nobody is there to read it
            _log.debug("the analyser ended with a text unread")
        self.process.stdout.close()


class MorphologicalAnalyser:
    """Korean text to morphemes.

    Args:
        command: how to start the child, for tests and packaged builds.
    """

    def __init__(self, command: list[str] | None = None) -> None:
        self._command = command or [*python_command(), "-I", str(_CHILD), str(os.getpid())]
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._closed = False

    def analyse(self, text: str) -> list[Morpheme]:
        """The morphemes of `text` in order.

        Raises:
            ServiceError: the analyser is closed, cannot be started or gave no answer.
        """
        for last in (False, True):
            try:
                return self._ask(text)
            except (EOFError, OSError, queue.Empty) as error:
                self._drop()
                if last or self._closed:
                    raise ServiceError(
                        "The Korean analyser does not answer.",
                        hint="Check with `malgeul doctor` that kiwipiepy is installed.",
                        code="service.keywords",
                    ) from error
        raise AssertionError("not reached")

    def start(self) -> None:
        """Lets it load while other things are done; returns at once, and never fails."""
        with contextlib.suppress(EOFError, OSError):  # whoever has a text is told
            self._begun()

    def close(self) -> None:
        """Ends the child, also while it loads."""
        with self._lock:
            self._closed = True
        self._drop()

    def _ask(self, text: str) -> list[Morpheme]:
        child = self._ready()
        assert child.process.stdin is not None
        child.process.stdin.write(json.dumps(text) + "\n")
        child.process.stdin.flush()
        answer = self._answer(child, ANALYSE_TIMEOUT_S)
        return [Morpheme(*token) for token in answer["tokens"]]  # type: ignore[attr-defined]  # JSON

    def _ready(self) -> _Child:
        child = self._begun()
        if not child.loaded:
            self._answer(child, LOAD_TIMEOUT_S)
            child.loaded = True
        return child

    def _begun(self) -> _Child:
        """The child, which may still be loading."""
        with self._lock:
            if self._closed:
                raise EOFError("closed")
            if self._child is None:
                self._child = _Child(self._command)
            return self._child

    @staticmethod
    def _answer(child: _Child, timeout_s: float) -> dict[str, object]:
        line = child.answers.get(timeout=timeout_s)
        if line is None:
            raise EOFError("the analyser ended")
        answer: dict[str, object] = json.loads(line)
        if "error" in answer:
            raise ServiceError(
                f"The Korean analyser failed: {answer['error']}.",
                hint="Install kiwipiepy again: pip install --force-reinstall kiwipiepy.",
                code="service.keywords",
            )
        return answer

    def _drop(self) -> None:
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            child.end()
