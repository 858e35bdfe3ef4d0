"""The child process of Qdrant Edge, as its parent sees it.  Used under the store's lock."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import subprocess
from pathlib import Path
from typing import Any

from desktop.interpreter import python_command
from desktop.services.read_child import start_on_reader

START_TIMEOUT_S = 120.0  # reading a large index after a crash
ASK_TIMEOUT_S = 60.0
CLOSE_TIMEOUT_S = 30.0
_CHILD = Path(__file__).with_name("edge_child.py")

# Of the operating system: no processes left, out of memory, forbidden, too many files, disk full.
_MACHINE = re.compile(r"os error (11|12|13|24|28)\b|No module named|cannot open shared object")


class EdgeError(Exception):
    """What Qdrant Edge says went wrong."""

    @property
    def machine(self) -> bool:
        """Whether the machine is the cause; the folder may be sound then."""
        return bool(_MACHINE.search(str(self)))


def command(what: str, folder: Path, *rest: str) -> list[str]:
    """How the child is started."""
    return [*python_command(), "-I", str(_CHILD), what, str(os.getpid()), str(folder), *rest]


class EdgeProcess:
    """One running child with one open folder.

    Raises:
        EdgeError: the folder cannot be opened.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        self._answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        try:
            self._process, self._reader = start_on_reader(
                lambda: subprocess.Popen(
                    command("serve", folder, str(dimension)),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    encoding="utf-8",
                ),
                self._read,
                "edge-reader",
            )
        except OSError as error:  # no memory, no processes left: the folder is not to blame
            raise EdgeError(f"{error.strerror} (os error {error.errno})") from error
        try:
            self.dimension = int(self._answer(START_TIMEOUT_S)["dimension"])
        except EOFError as error:
            self.kill()
            raise EdgeError("its process ended at once") from error
        except BaseException:
            self.kill()
            raise

    def ask(self, what: str, request: dict[str, Any]) -> Any:
        """One request and its answer.

        Raises:
            EOFError: the process ended or hangs.
            EdgeError: it was refused.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": what, **request}) + "\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:  # ValueError: it was ended, and not started again
            raise EOFError("its process ended") from error
        return self._answer(ASK_TIMEOUT_S)

    def close(self) -> None:
        """Lets it flush and end."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
            self._process.wait(CLOSE_TIMEOUT_S)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
        self._end()

    def kill(self) -> None:
        """Ends it at once; its log has what was acknowledged."""
        self._process.kill()
        self._end()

    def _end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.wait()
        self._reader.join()
        with contextlib.suppress(OSError):  # an unfinished request; nobody is there to read it
            self._process.stdin.close()
        self._process.stdout.close()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._answers.put(line)
        self._answers.put(None)

    def _answer(self, timeout_s: float) -> Any:
        try:
            line = self._answers.get(timeout=timeout_s)
        except queue.Empty as error:
            raise EOFError("its process does not answer") from error
        if line is None:
            raise EOFError("its process ended")
        answer = json.loads(line)
        if "error" in answer:
            raise EdgeError(answer["error"])
        return answer["ok"]
