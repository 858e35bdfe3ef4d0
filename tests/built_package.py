"""The built program on a machine that has nothing of the checkout.

MALGEUL_TEST_PACKAGE names a folder that `packaging/build` made already; else it is built here.
Where bubblewrap works, checkout, environment and the system's Python are out of the program's
sight; elsewhere it only gets no hint of them.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
_BUILD_WITHIN_S = 1_800


def built(folder: Path) -> Path:
    """The built folder, in `folder`, where nothing of the checkout lies above it."""
    away = folder / "malgeul"
    ready = os.environ.get("MALGEUL_TEST_PACKAGE")
    if ready:
        shutil.copytree(ready, away, symlinks=True)
        return away
    subprocess.run(
        [ROOT / "packaging" / "build"],
        check=True, capture_output=True, timeout=_BUILD_WITHIN_S, cwd="/",
    )  # fmt: skip
    shutil.move(ROOT / "dist" / "malgeul", away)
    return away


@functools.cache
def can_hide() -> bool:
    """Whether bubblewrap is here and may do its work."""
    try:
        tried = subprocess.run(
            ["bwrap", "--dev-bind", "/", "/", "true"], capture_output=True, timeout=20, check=False
        )
    except OSError:
        return False
    return tried.returncode == 0


def sandbox(*more: str) -> list[str]:
    """How a command is started so that it cannot see the checkout; empty without bubblewrap."""
    if not can_hide():
        return []
    hidden = ["--tmpfs", str(ROOT)]
    for python in {path.resolve() for path in Path("/usr/bin").glob("python3*")}:
        hidden += ["--ro-bind", "/dev/null", str(python)]
    return ["bwrap", "--die-with-parent", "--dev-bind", "/", "/", *hidden, *more, "--"]


class Package:
    """The program in a folder, run with a home of its own and an empty environment."""

    def __init__(self, folder: Path, home: Path, **environment: str) -> None:
        self.folder = folder
        self.home = home
        self.environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1",
            **environment,
        }  # fmt: skip

    def command(self, *arguments: str | Path) -> list[str]:
        return [*sandbox(), str(self.folder / "malgeul"), *map(str, arguments)]

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """To its end."""
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment, capture_output=True, text=True, timeout=300, check=False, cwd="/",
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def start(self, log: Path, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """In the background; everything it says goes into `log`."""
        with log.open("wb") as told:
            return subprocess.Popen(
                self.command(*arguments), env=self.environment, stdout=told, stderr=told, cwd="/"
            )


def end(process: subprocess.Popen[bytes]) -> int:
    """Asks the program to end, past the sandbox around it; its exit code."""
    for child in (psutil.Process(process.pid), *psutil.Process(process.pid).children()):
        if Path(child.exe()).name == "malgeul":
            child.send_signal(signal.SIGTERM)
            break
    try:
        return process.wait(60)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
