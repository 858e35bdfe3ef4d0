"""Where things live.  Everything Malgeul writes is under one data directory.

``MALGEUL_HOME`` overrides it (tests, portable installs).  Nothing is created on import.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


def _resources() -> Path:
    """Beside the package in a checkout and in a built program, inside it in a wheel."""
    beside = _PACKAGE.parent / "resources"
    return beside if (beside / "hallucinations").is_dir() else _PACKAGE / "resources"


RESOURCES = _resources()

# Bytes of a file's name that are no UTF-8, as Python has them and as databases and JSON can.
_LONE, _CARRIED = range(0xDC80, 0xDD00), range(0x10DC80, 0x10DD00)
_CARRY = dict(zip(_LONE, _CARRIED, strict=True))
_BACK = dict(zip(_CARRIED, _LONE, strict=True))


def as_text(path: str | Path) -> str:
    """A path as text that is always UTF-8, whatever bytes are in its name."""
    return str(path).translate(_CARRY)


def as_path(text: str) -> Path:
    """The inverse of `as_text`."""
    return Path(text.translate(_BACK))


@dataclass(frozen=True, slots=True)
class Paths:
    """The data directory and what is in it."""

    root: Path

    @classmethod
    def default(cls) -> Paths:
        override = os.environ.get("MALGEUL_HOME")
        if override:
            return cls(Path(override).expanduser().absolute())
        return cls(Path(platformdirs.user_data_dir("malgeul", appauthor=False)))

    @property
    def database(self) -> Path:
        return self.root / "transcripts.db"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def sessions(self) -> Path:
        """One folder a session, named by its id, holding the spooled audio."""
        return self.root / "sessions"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def settings(self) -> Path:
        return self.root / "settings.json"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def service_status(self) -> Path:
        """What a running supervisor tells other processes."""
        return self.root / "services.json"

    @property
    def service_logs(self) -> Path:
        """The output of the local servers, a file each."""
        return self.logs / "services"
