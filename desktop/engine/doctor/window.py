"""Qt's libraries, the display and fonts, tried in a child process.

This package never imports Qt: a machine without it can still be examined, and a Qt that crashes
takes the child with it and not the doctor.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from desktop.engine.doctor.child import run_probe
from desktop.engine.doctor.finding import Finding, State
from desktop.paths import Paths

_TIMEOUT_S = 30.0
_LIBRARY = re.compile(r"(lib[\w.+-]+\.so[\w.]*)")
# Loads what a window needs, the X11 plug-in with its libraries included, without a display.
_PROBE = """
import ctypes, json, os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6 import QtCore, QtGui, QtWidgets
plugin = ""
if sys.platform == "linux":
    folder = QtCore.QLibraryInfo.path(QtCore.QLibraryInfo.LibraryPath.PluginsPath)
    try:
        ctypes.CDLL(os.path.join(folder, "platforms", "libqxcb.so"))
    except OSError as error:
        plugin = str(error)
application = QtWidgets.QApplication([])
hangul = QtGui.QFontDatabase.families(QtGui.QFontDatabase.WritingSystem.Korean)
print(json.dumps({"version": QtCore.qVersion(), "plugin": plugin, "hangul": hangul[:3]}))
"""
_INSTALL = "Run ./start again: it installs what is missing or prints the line that does."


def check(_paths: Paths) -> Iterator[Finding]:
    report, trouble = _probe()
    if report is None:
        yield Finding("qt", "Window libraries (Qt)", State.FAIL, _missing(trouble), _INSTALL)
    elif report["plugin"]:
        yield Finding(
            "qt", "Window libraries (Qt)", State.FAIL, _missing(report["plugin"]), fix=_INSTALL
        )
    else:
        yield Finding("qt", "Window libraries (Qt)", State.OK, f"Qt {report['version']}")
    yield _display()
    if report is not None:
        yield _fonts(report["hangul"])


def _probe() -> tuple[dict[str, Any] | None, str]:
    """What the child found, or None and why there is nothing."""
    try:
        result = run_probe(_PROBE, _TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return None, f"Qt did not start within {_TIMEOUT_S:.0f} s"
    if result.returncode == 0:
        try:
            report: dict[str, Any] = json.loads(result.stdout.strip().splitlines()[-1])
        except (ValueError, IndexError):
            return None, "Qt gave no answer"
        return report, ""
    lines = result.stderr.strip().splitlines()
    return None, lines[-1] if lines else f"Qt ended with code {result.returncode}"


def _missing(trouble: str) -> str:
    library = _LIBRARY.search(trouble)
    if library and "cannot open shared object" in trouble:
        return f"the library {library[1]} is missing"
    return trouble


def _display() -> Finding:
    if sys.platform != "linux":
        return Finding("display", "Display", State.OK, "the desktop's own")
    wayland, x11 = os.environ.get("WAYLAND_DISPLAY"), os.environ.get("DISPLAY")
    if x11:
        detail = f"X11 at {x11}" + (f", beside Wayland at {wayland}" if wayland else "")
        return Finding("display", "Display", State.OK, detail)
    if wayland:
        return Finding(
            "display",
            "Display",
            State.WARN,
            f"Wayland at {wayland}, no X server",
            fix="Install Xwayland: the caption overlay can only stay on top through it.",
        )
    return Finding(
        "display",
        "Display",
        State.WARN,
        "none: the window cannot open here",
        fix="Start Malgeul in a desktop session; the command line works without one.",
    )


def _fonts(hangul: list[str]) -> Finding:
    if hangul:
        return Finding("fonts", "Korean fonts", State.OK, ", ".join(hangul))
    return Finding(
        "fonts",
        "Korean fonts",
        State.WARN,
        "none: Korean shows as empty boxes",
        fix="On Debian and Ubuntu: sudo apt install fonts-noto-cjk",
    )
