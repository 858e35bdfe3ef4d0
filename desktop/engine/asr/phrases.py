"""The phrases that recognisers invent, per language, matched on a whole utterance.  Pure but for
reading ``resources/hallucinations/*.txt`` once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from desktop.engine.asr.hypothesis import normalise
from desktop.errors import SettingsError
from desktop.paths import RESOURCES

_WILDCARD_CHARACTERS = 14
_EVERY_LANGUAGE = "any"


class PhraseBag:
    """Answers whether an utterance is, or may still become, one of the known phrases."""

    def __init__(self, phrases: Iterable[str]) -> None:
        parts = [[normalise(part) for part in phrase.split("*")] for phrase in phrases]
        parts = [part for part in parts if any(part)]
        wild = f".{{0,{_WILDCARD_CHARACTERS}}}"
        self._whole = frozenset(part[0] for part in parts if len(part) == 1)
        patterns = [wild.join(map(re.escape, part)) for part in parts if len(part) > 1]
        self._pattern = re.compile("|".join(f"(?:{p})" for p in patterns)) if patterns else None
        self._wild = tuple(
            (part[0], re.compile(_beginnings(part, wild))) for part in parts if len(part) > 1
        )

    def __len__(self) -> int:
        return len(self._whole) + len(self._wild)

    def matches(self, text: str) -> bool:
        """The whole of `text` is a known phrase."""
        plain = normalise(text)
        if plain in self._whole:
            return True
        return bool(plain and self._pattern and self._pattern.fullmatch(plain))

    def may_become(self, text: str) -> bool:
        """`text` is how a known phrase begins (or is one already)."""
        plain = normalise(text)
        if not plain:
            return False
        if any(phrase.startswith(plain) for phrase in self._whole):
            return True
        return any(head.startswith(plain) or begins.fullmatch(plain) for head, begins in self._wild)


def _beginnings(parts: list[str], wild: str) -> str:
    """A pattern of all that begins with the first part and may still become the whole."""
    pattern = ""
    for part in reversed(parts[1:]):
        for letter in reversed(part):
            pattern = f"(?:{re.escape(letter)}{pattern})?"
        pattern = wild + pattern
    return re.escape(parts[0]) + pattern


def load_phrases(language: str, folder: Path = RESOURCES / "hallucinations") -> PhraseBag:
    """The bag for one language, with the marks of every language added.

    Raises:
        SettingsError: the folder is missing from the installation.
    """
    lines: list[str] = []
    for name in (language, _EVERY_LANGUAGE):
        file = folder / f"{name}.txt"
        if file.exists():
            lines.extend(file.read_text(encoding="utf-8").splitlines())
        elif name == _EVERY_LANGUAGE:
            raise SettingsError(
                f"The phrase list {file} is missing.",
                hint="Install Malgeul again: its resources are incomplete.",
                code="settings.resources",
            )
    return PhraseBag(line.strip() for line in lines if line.strip() and not line.startswith("#"))
