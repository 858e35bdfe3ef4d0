"""When two spellings are the same keyword: case, plural, spaces and hyphens do not count.

Korean particles are no matter here: the morphological analysis has left them out before.
"""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s\-‐-―·ㆍ\u119e・_/'’.,]+")
_LATIN_WORD = re.compile(r"[a-z]{4,}")
_NO_PLURAL = ("ss", "us", "is")
_ES = ("ches", "shes", "xes", "sses", "zes")


def singular(word: str) -> str:
    """The singular of a lower-case English word, by its ending (Harman's weak stemmer)."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(_NO_PLURAL):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(_ES):
        return word[:-2]
    return word[:-1]


def key_of(text: str) -> str:
    """The key all variants of a keyword share; empty when nothing but punctuation is there.

    "Data Bases", "data-base" and "database" have one key, "데이터 베이스" and "데이터베이스" too.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = [word for word in _SEPARATORS.split(folded) if word]
    return "".join(singular(word) if _LATIN_WORD.fullmatch(word) else word for word in words)
