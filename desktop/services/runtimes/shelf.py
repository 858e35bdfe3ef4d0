"""Everything that can be installed beside Malgeul, under one roof.  Thread: the caller's."""

from __future__ import annotations

import threading
from pathlib import Path

from desktop.records import RuntimeRecord
from desktop.services.gpu.telemetry import card_present
from desktop.services.runtimes import qdrant_binary
from desktop.services.runtimes.catalogue import find, runtimes
from desktop.services.runtimes.installer import Report, RuntimeInstaller
from desktop.services.runtimes.models import MODELS, ModelShelf


class Shelf:
    """The environments, Qdrant's program, and models."""

    def __init__(self, root: Path, *, card: bool) -> None:
        self._card = card
        self._environments = RuntimeInstaller(root, card=card)
        self._models = ModelShelf(root)
        self._qdrant = qdrant_binary.QdrantBinary(root, asset=qdrant_binary.asset_here())

    def records(self) -> list[RuntimeRecord]:
        """Everything as it is now; reads a few small files."""
        return [*self._environments.records(), self._qdrant.record(), *self._models.records()]

    def check_name(self, name: str) -> None:
        """Raises NotFoundError when there is nothing of this name."""
        if name not in (qdrant_binary.NAME, *self._models.names):
            find(name, card=self._card)

    def install(self, name: str, report: Report, cancel: threading.Event) -> None:
        """Installs one; what is there already is left as it is.

        Raises:
            NotFoundError: there is nothing of this name.
            ServiceError, StorageError: it did not work; what was fetched is kept.
        """
        if name == qdrant_binary.NAME:
            self._qdrant.install(report, cancel)
        elif name in self._models.names:
            self._models.install(name, report, cancel)
        else:
            self._environments.install(name, report, cancel)

    def remove(self, name: str) -> None:
        """Deletes one from the disk.

        Raises:
            NotFoundError: there is nothing of this name.
            StorageError: it could not be deleted.
        """
        if name == qdrant_binary.NAME:
            self._qdrant.remove()
        elif name in self._models.names:
            self._models.remove(name)
        else:
            self._environments.remove(name)


def shelf(root: Path) -> Shelf:
    """The shelf of a data directory, on this machine."""
    return Shelf(root, card=card_present())


def label_of(name: str) -> str:
    """What a person calls an environment, a program or a model; an unknown one keeps its name."""
    known = {qdrant_binary.NAME: qdrant_binary.LABEL}
    known |= {each.name: each.label for each in runtimes(card=False)}
    known |= {each.name: each.label for each in MODELS}
    return known.get(name, name)


def command_for(repository: str) -> str:
    """The command that fetches a model of the hub; empty when it is not one of ours."""
    for model in MODELS:
        if model.repository == repository:
            return f"malgeul runtimes install {model.name}"
    return ""
