"""kill -9 at any moment of indexing: after the next start index and manifest are equal.

No ghost (a point that no live chunk has), no duplicate, no lost document.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from document_shelf import Shelf

from desktop.events import DocumentState

PROGRAM = Path(__file__).with_name("ingest_program.py")
WAIT_S = 180.0


class Promises:
    """What a program that was killed had said."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.open: set[str] = set()  # said to be under way, not to be done

    def read(self, lines: list[str]) -> None:
        for line in lines:
            what, _, name = line.strip().partition(" ")
            if what in ("adding", "removing"):
                self.open.add(name)
            elif what == "added":
                self.open.discard(name)
                self.there.add(name)
            elif what == "removed":
                self.open.discard(name)
                self.there.discard(name)


def run_and_kill(data: Path, papers: Path, seed: int, after_s: float) -> list[str]:
    """Starts the program and kills it so long after it was ready."""
    process = subprocess.Popen(
        [sys.executable, "-P", str(PROGRAM), str(data), str(papers), str(seed)],
        stdout=subprocess.PIPE, encoding="utf-8", start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    timer = subprocess.Popen(["sleep", f"{after_s:.3f}"])
    timer.wait()
    os.kill(process.pid, signal.SIGKILL)
    lines = process.stdout.read().splitlines(keepends=True)
    process.stdout.close()
    process.wait()
    return [line for line in lines if line.endswith("\n")]


def check(shelf: Shelf, promises: Promises) -> None:
    """Opens what was left and compares it, before and after the rest is indexed."""
    library = shelf.open()
    try:
        assert library.verify().equal
        names = [document.name for document in library.documents()]
        assert len(names) == len(set(names)), "a document twice"
        for name in promises.there - promises.open:
            assert name in names, f"{name} is lost"
        for name in names:
            assert name in promises.there | promises.open, f"{name} is a ghost"
        assert library.wait(WAIT_S)
        assert library.verify().equal
        assert all(d.state is DocumentState.INDEXED for d in library.documents()), [
            (d.name, d.state, d.reason, d.hint)
            for d in library.documents()
            if d.state is not DocumentState.INDEXED
        ]
        assert shelf.store.count() == sum(d.chunks for d in library.documents())
        promises.there = set(names)
        promises.open = set()
    finally:
        shelf.close()


def kills(tmp_path: Path, rounds: int) -> None:
    chance = random.Random(20)
    promises = Promises()
    for seed in range(rounds):
        lines = run_and_kill(tmp_path / "data", tmp_path / "papers", seed, chance.random() * 1.5)
        promises.read(lines)
        shelf = Shelf(tmp_path / "data")
        try:
            check(shelf, promises)
        finally:
            shelf.terms.close()


@pytest.mark.timeout(600)
def test_killed_a_few_times(tmp_path: Path) -> None:
    kills(tmp_path, 3)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_killed_a_hundred_times(tmp_path: Path) -> None:
    kills(tmp_path, 100)
