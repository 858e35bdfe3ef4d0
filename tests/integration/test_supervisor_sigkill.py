"""SIGKILL of the application with all children up: two seconds later nothing is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from desktop.services.supervisor.identity import ProcessIdentity
from desktop.services.supervisor.ports import free_port, is_free

PROGRAM = Path(__file__).parents[1] / "fakes" / "misbehaving_app.py"
WITHIN_S = 2.0
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the daemon needs a subreaper")


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for file in tmp_path.rglob("services.json"):  # of a round that failed half-way
        pid = json.loads(file.read_text())["pid"]
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)


def one_round(folder: Path, port: int) -> float:
    """Starts the application, kills it, and returns how long anything was left, in seconds."""
    folder.mkdir()
    command = [sys.executable, str(PROGRAM), str(folder), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as app:
        assert app.stdout is not None
        said = json.loads(app.stdout.readline())
        running = [ProcessIdentity.of(pid) for pid in said["pids"]]
        assert len(running) >= 7
        assert all(running)
        app.send_signal(signal.SIGKILL)
        began_s = time.monotonic()
        app.wait()
    left = [process for process in running if process is not None]
    while left and time.monotonic() - began_s < WITHIN_S:
        time.sleep(0.01)
        left = [process for process in left if process.alive()]
    took_s = time.monotonic() - began_s
    names = [psutil.Process(process.pid).cmdline() for process in left if process.alive()]
    assert not left, f"alive after {took_s:.2f} s: {names}"
    assert all(is_free(port) for port in said["ports"])
    return took_s


def rounds(folder: Path, count: int) -> None:
    with ThreadPoolExecutor(3) as pool:  # beside each other: a busy machine is the harder one
        ports = [20_000 + 50 * (number % 200) for number in range(count)]
        folders = [folder / str(number) for number in range(count)]
        times = list(pool.map(one_round, folders, map(free_port, ports)))
    print(f"\n{count} rounds: median {sorted(times)[count // 2]:.2f} s, worst {max(times):.2f} s")


def test_nothing_survives_the_application(folders: Path) -> None:
    """faults: P1, P17"""
    rounds(folders, 10)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_survives_the_application_200_times(folders: Path) -> None:
    """faults: P1, P17"""
    rounds(folders, 200)
