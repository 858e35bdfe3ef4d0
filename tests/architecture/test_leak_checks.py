"""The checks of `tests/conftest.py` really catch what a test leaves behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONFTEST = Path(__file__).parents[1] / "conftest.py"
BAD_TESTS = """
import socket, subprocess, threading, time, warnings
import pytest

kept = []

def test_clean():
    threading.Thread(target=time.sleep, args=(0.05,)).start()

def test_thread():
    threading.Thread(target=time.sleep, args=(5,), name="sleeper", daemon=True).start()

def test_process():
    kept.append(subprocess.Popen(["sleep", "60"]))

def test_orphan():
    subprocess.run("sleep 1.5 &", shell=True, check=True)

def test_socket():
    kept.append(socket.create_server(("127.0.0.1", 0)))

def test_qt():
    from PySide6.QtCore import QCoreApplication, QThread, QTimer
    application = QCoreApplication.instance() or QCoreApplication([])
    thread, timer = QThread(), QTimer()
    thread.start()
    timer.start(1000)
    kept.extend([application, thread, timer])

def test_warning():
    warnings.warn("old")

def test_end():
    kept[0].kill()
    kept[0].wait()
    kept[1].close()
    kept[3].quit()
    kept[3].wait()
    kept[4].stop()
"""


def test_every_kind_of_leak_fails_its_test(tmp_path: Path) -> None:
    text = CONFTEST.read_text(encoding="utf-8").replace("GRACE_S = 2.0", "GRACE_S = 0.3")
    (tmp_path / "conftest.py").write_text(text, encoding="utf-8")
    (tmp_path / "test_bad.py").write_text(BAD_TESTS, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\nqt_api = pyside6\n")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    summary = {
        line.split(" - ")[0].split("::")[-1]: line
        for line in result.stdout.splitlines()
        if line.startswith(("ERROR ", "FAILED "))
    }
    expected = {"test_thread", "test_process", "test_orphan", "test_socket", "test_qt"}
    assert set(summary) == {*expected, "test_warning"}, result.stdout
    for said in ("thread sleeper", "(sleep 60)", "(sleep 1.5)", "listening socket 127.0.0.1:"):
        assert said in result.stdout
    assert "running QThread" in result.stdout
    assert "running QTimer" in result.stdout
