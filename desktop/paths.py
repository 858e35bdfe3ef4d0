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
