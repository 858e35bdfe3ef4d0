"""Which recognition models a picker offers.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from desktop.records import ModelRecord

AUTO = "auto"


def model_choices(models: Sequence[ModelRecord], chosen: str) -> list[tuple[str, str]]:
    """The installed models as (name, text) after “best available”, the chosen one among them.

    Args:
        models: those that are known; empty while nothing is read yet.
        chosen: the setting: a name, a folder outside the store, or "auto".
    """
    best = QCoreApplication.translate("ModelChoices", "Best available")
    choices = [(AUTO, best), *((m.name, m.label) for m in models if m.installed)]
    if chosen in dict(choices):
        return choices
    label = next((m.label for m in models if m.name == chosen), Path(chosen).name or chosen)
    if models and not Path(chosen).is_dir():
        absent = QCoreApplication.translate("ModelChoices", "{model} · not installed")
        label = absent.format(model=label)
    return [*choices, (chosen, label)]
