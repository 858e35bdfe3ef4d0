"""The Autobahn test-suite's own cases against the mirror's WebSockets.

They are run by `kosoku`, which drives the suite's case files without Python 2, against an echo
behind the same connections, frames and limits as the mirror's (`echo.py`; only the size of messages
and our pings differ).  Case classes: 1 whole messages, 2 pings, 3 reserved bits, 4 opcodes,
5 fragments, 6 UTF-8, 7 closing, 9 sizes and performance, 10 fragmentation by the peer, 12 and 13
compression.  What the mirror's handlers make of them is in `test_frames.py`.

The suite itself (autobahntestsuite 25.10.1, Python 2.7) was run the same way: start ``echo.py
9001``, then ``wstest -m fuzzingclient`` with that address.  Of its 517 cases none failed, 9 were
non-strict and 3 informational.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest
from echo import echoing

pytest.importorskip("kosoku")
QUICK = (
    "1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*",
    "9.1.1", "9.2.1", "9.3.1", "9.4.9", "9.5.1", "9.6.6", "9.7.1", "9.8.1",
    "12.1.1", "12.1.2", "12.2.1", "12.3.1", "12.4.1", "12.5.1",
    "13.1.1", "13.2.1", "13.3.1", "13.4.1", "13.5.1", "13.6.1", "13.7.1",
)  # fmt: skip
LONG = ("9.*", "12.*", "13.*")
ACCEPTABLE = {"OK", "NON-STRICT", "INFORMATIONAL"}


# A program of its own: the suite's cases leave files open, which our tests call a fault.
PROGRAM = """
import asyncio, json, sys
import kosoku
address, at_once, *cases = sys.argv[1:]
try:
    run = kosoku.run_fuzzingclient(address, cases, concurrency=int(at_once))
    found = asyncio.run(run)
except kosoku.FailureError as failure:
    found = failure.results
print(json.dumps({c.case_id: (c.behavior.value, c.behavior_close.value) for c in found}))
"""


def run(cases: tuple[str, ...], at_once: int) -> dict[str, tuple[str, str]]:
    """What became of each case: its verdict, and that of its end."""
    with echoing() as port:
        finished = subprocess.run(
            [sys.executable, "-c", PROGRAM, f"ws://127.0.0.1:{port}", str(at_once), *cases],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert finished.returncode == 0, finished.stderr[-2_000:]
    found: dict[str, tuple[str, str]] = json.loads(finished.stdout)
    return found


def faulty(found: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    return {case: ends for case, ends in found.items() if not ACCEPTABLE.issuperset(ends)}


@pytest.mark.timeout(300)
def test_every_class_of_cases(caplog: pytest.LogCaptureFixture) -> None:
    found = run(QUICK, 4)
    assert faulty(found) == {}
    assert {case.partition(".")[0] for case in found} == set("12345679") | {"10", "12", "13"}
    assert len(found) > 260
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR]  # nothing unhandled


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_all_long_cases() -> None:
    found = run(LONG, 1)
    assert faulty(found) == {}
    assert len(found) > 260
