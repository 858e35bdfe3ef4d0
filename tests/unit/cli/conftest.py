"""Running a command line in this process, with its output caught."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from desktop.cli.main import run


@dataclass(frozen=True)
class Outcome:
    """How one command line ended and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def malgeul(capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Outcome]]:
    """`malgeul("sessions", "list")` runs the command; the test's own data directory applies."""

    def call(*arguments: str) -> Outcome:
        capfd.readouterr()
        code = run(arguments)
        out, err = capfd.readouterr()
        return Outcome(code, out, err)

    yield call
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, logging.FileHandler) or type(handler) is logging.StreamHandler:
            root.removeHandler(handler)
            handler.close()
