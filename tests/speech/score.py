"""How much of what was said was heard: word errors for English, character errors for Korean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_NOT_LATIN = re.compile(r"[^a-z0-9' ]")
_NOT_KOREAN = re.compile(r"[^가-힣a-z0-9]")


def units(text: str, language: str) -> list[str]:
    """What is counted: lower-case words ("en") or syllables without spaces ("ko")."""
    plain = unicodedata.normalize("NFC", text).lower()
    if language == "ko":
        return list(_NOT_KOREAN.sub("", plain))
    return _NOT_LATIN.sub("", plain).split()


def edit_distance(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Fewest insertions, deletions and substitutions from one to the other (Levenshtein)."""
    previous = list(range(len(heard) + 1))
    for row, wanted in enumerate(reference, 1):
        current = [row]
        for column, found in enumerate(heard, 1):
            current.append(
                min(
                    previous[column] + 1,
                    current[-1] + 1,
                    previous[column - 1] + (wanted != found),
                )
            )
        previous = current
    return previous[-1]


def error_rate(reference: str, heard: str, language: str) -> float:
    """Word error rate ("en") or character error rate ("ko"), 0 = all right; may exceed 1."""
    wanted = units(reference, language)
    return edit_distance(wanted, units(heard, language)) / max(1, len(wanted))
