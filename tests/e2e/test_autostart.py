"""The switch "Start with the session": from a click in the settings to a program that starts."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from fixtures_display import wait_until

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(sys.platform != "linux", reason="a registry value on Windows"),
]
READY = b"malgeul: window ready"
# The real program; a timer does with the mouse what a person does.
CLICKS = """
import shutil, sys
from pathlib import Path
from PySide6.QtCore import QTimer, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from desktop.app import autostart, window
from desktop.paths import Paths
from desktop.ui.views.controls import Switch

build = window.build_main_window

def built(*arguments, **named):
    made = build(*arguments, **named)
    QTimer.singleShot(500, lambda: click_through(made))
    return made

def wait(true):
    for _ in range(400):
        if true():
            return True
        QTest.qWait(50)
    return False

def click_through(made):
    for on in (True, False):
        made.equipment.open_settings()
        dialog = made.equipment.settings_dialog
        [switch] = [s for s in dialog.findChildren(Switch) if s.accessibleName() == sys.argv[1]]
        assert wait(switch.isVisible)
        QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
        dialog.close()  # settings come into force then
        assert wait(lambda: autostart.is_on() is on), on
        if on:
            shutil.copy(autostart._entry_path(__import__("os").environ), sys.argv[2])
    print("clicked", flush=True)
    QApplication.quit()

window.build_main_window = built
sys.exit(window.run(Paths.default()))
"""


def test_a_click_writes_an_entry_that_starts_the_program(home: Path, tmp_path: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    settings = {"interface": {"language": "en"}}
    (home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    config, kept = tmp_path / "config", tmp_path / "kept.desktop"
    environment = {
        **os.environ,
        "MALGEUL_HOME": str(home),
        "XDG_CONFIG_HOME": str(config),
        "QT_QPA_PLATFORM": "offscreen",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-P", "-c", CLICKS, "Start with the session", str(kept)],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "clicked" in done.stdout, done.stderr
    assert list((config / "autostart").iterdir()) == []  # off again
    del environment["MALGEUL_HOME"]  # the entry brings it
    assert started_by(kept, environment, home, tmp_path / "told.txt") == 1


def started_by(entry: Path, environment: dict[str, str], home: Path, log: Path) -> int:
    """Starts what the entry says, as a desktop does at login; how many windows there are then."""
    with log.open("wb") as told:
        subprocess.run(command(entry), env=environment, check=True, timeout=60, stderr=told)
        try:
            wait_until(lambda: READY in log.read_bytes(), "a window", 60)
            return len(running(home))
        finally:
            found = running(home)
            for process in found:
                process.terminate()
            psutil.wait_procs(found, timeout=30)


def command(entry: Path) -> list[str]:
    """GLib reads the entry where it is there; else a shell's rules fit what is written."""
    if shutil.which("gio") is not None:
        return ["gio", "launch", str(entry)]
    lines = entry.read_text(encoding="utf-8").splitlines()
    line = next(line.removeprefix("Exec=") for line in lines if line.startswith("Exec="))
    words = [word.replace("%%", "%") for word in shlex.split(line.replace("\\\\", "\\"))]
    return ["sh", "-c", '"$@" &', "sh", *words]


def running(home: Path) -> list[psutil.Process]:
    """The windows that use this data directory."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if words[-2:] != ["-m", "desktop"]:
            continue
        try:
            if process.environ().get("MALGEUL_HOME") == str(home):
                found.append(process)
        except psutil.Error:
            continue
    return found
