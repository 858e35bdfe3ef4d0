"""Figures that other benchmarks print while pytest runs them with its fixtures."""

from __future__ import annotations

import re
import subprocess
import sys

from benchmarks.figures import Figure
from benchmarks.material import ROOT

_WITH_NUMBER = re.compile(r"\d")
_VALUE = re.compile(r"(?P<key>p\d+|max) (?P<value>[\d.]+) (?P<unit>µs|ms|s)")
_TIMEOUT_S = 1_800


def printed_lines(path: str, *options: str) -> list[str]:
    """What the tests of one file print.

    Raises:
        RuntimeError: a test failed, or all were left out.
    """
    command = [sys.executable, "-m", "pytest", path, "-s", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{path} failed:\n{done.stdout[-4_000:]}{done.stderr[-2_000:]}")
    return [line for line in done.stdout.splitlines() if _WITH_NUMBER.search(line)]


def percentiles(lines: list[str], goals: dict[str, float]) -> list[Figure]:
    """``name: p50 1.2 ms, p99 3 ms`` as figures.

    Args:
        lines: as printed.
        goals: for the figures whose name is given, e.g. ``{"append p95": 16.7}``.
    """
    figures = []
    for line in lines:
        name = line.partition(":")[0]
        for found in _VALUE.finditer(line):
            label = f"{name} {found['key']}"
            value = float(found["value"])
            figures.append(Figure(label, value, found["unit"], goals.get(label)))
    return figures
