"""SIGKILL of the whole program with every server and helper up, and in the middle of its start."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.misbehaving_specs import some_port
from whole_application import NotHereError, WholeApplication

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="orphans must come to the test"),
]
PATIENCE_S = 30.0  # the two seconds are measured by tests/benchmarks; here the machine may be busy


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[WholeApplication]:
    try:
        made = WholeApplication(tmp_path / "home", some_port())
    except NotHereError as error:
        pytest.skip(str(error))
    yield made
    made.close()


def test_nothing_survives_the_whole_program(whole: WholeApplication) -> None:
    """faults: P1, P17"""
    for _ in range(3):  # each start after the first finds what a kill left on disk
        whole.start()
        whole.wait_until_up()
        aftermath = whole.kill(PATIENCE_S)
        assert aftermath.programs >= 10, "launchers, servers, parser, store, two morphologies"
        assert not aftermath.left
        print(f"\n{aftermath.programs} processes gone after {aftermath.gone_s:.2f} s")


def test_nothing_survives_a_start_that_is_cut_short(whole: WholeApplication) -> None:
    """faults: P1, P19"""
    for _ in range(8):
        whole.start()
        time.sleep(random.uniform(0.0, 8.0))
        assert not whole.kill(PATIENCE_S).left
