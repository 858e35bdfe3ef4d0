"""Finding a Python that can make environments.  Any thread; takes some milliseconds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from desktop.errors import ServiceError
from desktop.services.runtimes.catalogue import PYTHONS

_ASK_WITHIN_S = 20.0


def find_interpreter() -> Path:
    """A Python of a version that the pinned packages have wheels for, outside of environments.

    Raises:
        ServiceError: there is none.
    """
    if not getattr(sys, "frozen", False) and sys.version_info[:2] in PYTHONS:
        return Path(getattr(sys, "_base_executable", "") or sys.executable)
    for version in reversed(PYTHONS):
        found = shutil.which("python{}.{}".format(*version))
        if found:
            return Path(found)
    found = shutil.which("python3") or shutil.which("python")
    if found and _version(found) in PYTHONS:
        return Path(found)
    wanted = ", ".join("{}.{}".format(*version) for version in PYTHONS)
    raise ServiceError(
        f"No Python of a fitting version was found ({wanted}).",
        hint="Install one of them (Debian, Ubuntu: sudo apt install python3 python3-venv).",
        code="service.no_python",
    )


def _version(python: str) -> tuple[int, int] | None:
    code = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run(
            [python, "-I", "-c", code],
            capture_output=True,
            text=True,
            timeout=_ASK_WITHIN_S,
            check=False,
            env={name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
        )
        major, minor = done.stdout.split()
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
