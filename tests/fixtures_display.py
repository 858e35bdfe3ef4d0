"""A real desktop for tests: Xvfb, openbox and picom on a display of their own.

A plugin of the tests (see the conftest).  Programs under test run as child processes with
`Desktop.env`, because a Qt application cannot change its platform once it exists.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

NEEDED = ("Xvfb", "openbox", "picom", "xdotool", "import")


def wait_until(condition: Callable[[], Any], what: str, timeout_s: float = 10.0) -> Any:
    """Polls until `condition` gives something true and returns that."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s:.0f} s in vain for {what}")
        time.sleep(0.03)


@dataclass
class Desktop:
    """A running display with its window manager and compositor."""

    display: str
    env: dict[str, str]
    folder: Path
    size: tuple[int, int]
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, *command: str) -> str:
        """Runs a program on this display and returns what it printed."""
        result = subprocess.run(
            command, env=self.env, capture_output=True, text=True, timeout=20, check=True
        )
        return result.stdout.strip()

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Starts a program that is ended with the desktop."""
        with open(self.folder / f"{Path(command[0]).name}.log", "ab") as log:
            child = subprocess.Popen(
                command, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.children.append(child)
        return child

    def screenshot(self, name: str = "screen") -> Path:
        """Grabs what is really on the screen as PNG."""
        path = self.folder / f"{name}.png"
        self.run("import", "-window", "root", str(path))
        keep = os.environ.get("MALGEUL_KEEP_SCREENSHOTS")
        if keep:
            shutil.copy(path, Path(keep) / path.name)
        return path

    def stop(self) -> None:
        """Ends the programs, the last one started first."""
        for child in reversed(self.children):
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait(5)


def _base_env(folder: Path) -> dict[str, str]:
    dropped = {"WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "QT_QPA_PLATFORM", "DBUS_SESSION_BUS_ADDRESS"}
    env = {key: value for key, value in os.environ.items() if key not in dropped}
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    for name in ("config", "cache", "data"):
        (folder / name).mkdir()
        env[f"XDG_{name.upper()}_HOME"] = str(folder / name)
    env.update(XDG_RUNTIME_DIR=str(runtime), LIBGL_ALWAYS_SOFTWARE="1", LC_ALL="C.UTF-8")
    return env


def start_desktop(
    folder: Path, size: tuple[int, int] = (1280, 800), *, compositor: bool = True
) -> Desktop:
    """Starts Xvfb on a free display, then openbox, then picom, each when the one before is up."""
    desktop = Desktop("", _base_env(folder), folder, size)
    read_fd, write_fd = os.pipe()
    try:
        with open(folder / "Xvfb.log", "ab") as log:
            server = subprocess.Popen(
                [
                    "Xvfb",
                    *("-displayfd", str(write_fd)),
                    *("-screen", "0", f"{size[0]}x{size[1]}x24"),
                    *("-nolisten", "tcp", "-noreset"),
                ],
                pass_fds=[write_fd],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        desktop.children.append(server)
        os.close(write_fd)
        write_fd = -1
        answer = b""
        # The number and its line end are written apart; a server that cannot write both gives up.
        while not answer.endswith(b"\n") and (part := os.read(read_fd, 32)):
            answer += part
        number = answer.decode().strip()
    finally:
        os.close(read_fd)
        if write_fd >= 0:
            os.close(write_fd)
    if not number:
        desktop.stop()
        pytest.fail(f"Xvfb did not start: {(folder / 'Xvfb.log').read_text()}")
    desktop.display = desktop.env["DISPLAY"] = f":{number}"
    try:
        desktop.start("openbox", "--sm-disable")
        wait_until(lambda: _has_owner(desktop, "WM_S0"), "the window manager")
        if compositor:
            desktop.start("picom", "--backend", "xrender", "--config", os.devnull)
            wait_until(lambda: _has_owner(desktop, "_NET_WM_CM_S0"), "the compositor")
    except BaseException:
        desktop.stop()
        raise
    return desktop


def _has_owner(desktop: Desktop, selection: str) -> bool:
    import xcffib
    import xcffib.xproto

    connect: Any = xcffib.connect
    connection = connect(desktop.display)
    try:
        atom = connection.core.InternAtom(False, len(selection), selection).reply().atom
        return bool(connection.core.GetSelectionOwner(atom).reply().owner)
    finally:
        connection.disconnect()


def _require_programs() -> None:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="module")
def x_desktop() -> Iterator[Desktop]:
    """A desktop of 1280x800 shared by the tests of a module."""
    _require_programs()
    with tempfile.TemporaryDirectory(prefix="malgeul-desktop-") as folder:
        running = start_desktop(Path(folder))
        try:
            yield running
        finally:
            running.stop()
