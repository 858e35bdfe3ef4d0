"""Everything that can be installed beside Malgeul, under one roof.  Thread: the caller's."""

from __future__ import annotations

import threading
from pathlib import Path

from desktop.records import RuntimeRecord
from desktop.services.gpu.telemetry import card_present
from desktop.services.runtimes.catalogue import find
from desktop.services.runtimes.installer import Report, RuntimeInstaller


class Shelf:
    """The environments."""

    def __init__(self, root: Path, *, card: bool) -> None:
        self._card = card
        self._environments = RuntimeInstaller(root, card=card)

    def records(self) -> list[RuntimeRecord]:
        return self._environments.records()

    def check_name(self, name: str) -> None:
        """Raises NotFoundError when there is nothing of this name."""
        find(name, card=self._card)

    def install(self, name: str, report: Report, cancel: threading.Event) -> None:
        self._environments.install(name, report, cancel)

    def remove(self, name: str) -> None:
        self._environments.remove(name)


def shelf(root: Path) -> Shelf:
    """The shelf of a data directory, on this machine."""
    return Shelf(root, card=card_present())
