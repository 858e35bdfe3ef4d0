"""How far an installation is: bytes fetched as pip tells them, then bytes that reached the disk."""

from __future__ import annotations

import logging
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from desktop.services.runtimes.catalogue import Runtime

_log = logging.getLogger(__name__)
_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
_CACHED = re.compile(r"Using cached \S+ \(([\d.]+) (kB|MB|GB)\)")
_UNITS = {"kB": 1e3, "MB": 1e6, "GB": 1e9}
_REPORT_S = 0.25
_MOST = 0.98  # the rest comes when it is done


class PipProgress:
    """Turns pip's lines into (done, total); `total` is an estimate made beforehand.

    Args:
        report: receives both, four times a second at most.
    """

    def __init__(self, runtime: Runtime, folder: Path, report: Callable[[int, int], None]) -> None:
        self._total = runtime.download_bytes + runtime.installed_bytes
        self._most_fetched = runtime.download_bytes
        self._parent = folder.parent
        self._report = report
        self._fetched = 0
        self._current = 0
        self._free_before: int | None = None
        self._written = 0
        self._due_s = 0.0

    def heard(self, line: str) -> None:
        """Takes a line that pip printed."""
        match = _PROGRESS.match(line)
        if match is not None:
            self._current = int(match[1])
            if match[1] == match[2]:
                self._fetched += self._current
                self._current = 0
        else:
            cached = _CACHED.search(line)
            if cached is not None:
                self._fetched += int(float(cached[1]) * _UNITS[cached[2]])
            if line.startswith("Installing collected packages"):
                self._free_before = self._free()
            elif line.strip():
                _log.info("pip: %s", line.strip()[:300])
        self.tick()

    def tick(self) -> None:
        """Reports, unless it has just done so."""
        now_s = time.monotonic()
        if now_s < self._due_s:
            return
        self._due_s = now_s + _REPORT_S
        if self._free_before is not None:
            self._written = max(self._written, self._free_before - self._free())
        fetched = min(self._fetched + self._current, self._most_fetched)
        self._report(min(fetched + self._written, int(self._total * _MOST)), self._total)

    def finish(self) -> None:
        self._report(self._total, self._total)

    def _free(self) -> int:
        try:
            return shutil.disk_usage(self._parent).free
        except OSError:
            return self._free_before or 0
