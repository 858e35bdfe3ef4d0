"""Whether a keyword that a language model names stands in the text, and where.  Pure.

Particles are taken off Korean keywords: those that cannot end a noun always, the ambiguous ones
(회의 ends with 의) only where the text has the shorter word without them too.
"""

from __future__ import annotations

import re

from desktop.services.keywords.background import background
from desktop.services.keywords.variants import key_of

MAX_WORDS = 5
MAX_CHARS = 40

_HANGUL = re.compile(r"[가-힣]")
_SEPARATOR = r"[\s\-·ㆍ・_/]*"
_SEPARATORS = re.compile(r"[\s\-·ㆍ・_/]+")
_SURE = re.compile(
    r"(?<=[가-힣A-Za-z0-9]{2})"
    r"(?:에서는|에서|에게서|에게|으로는|으로|까지|부터|처럼|보다|이라는|라는|입니다|이다|께서|한테|을|를|은|는)$"
)
_UNSURE = re.compile(r"(?<=[가-힣A-Za-z0-9]{2})[이가의에와과도만로]$")
_VERB = re.compile(r"(?:습니다|합니다|됩니다|했다|한다|된다|하는|되는|하다|되다|해요|네요)$")
_TRIMMED = " \t\r\n\"'“”‘’.,:;!?()[]{}<>·-"


def grounded(keyword: str, text: str) -> tuple[str, tuple[tuple[int, int], ...]] | None:
    """The keyword as the text has it with its places; None when it is no keyword of the text."""
    wanted = " ".join(keyword.strip(_TRIMMED).split())
    if not wanted or len(wanted) > MAX_CHARS or len(wanted.split()) > MAX_WORDS:
        return None
    for form in _forms(wanted, text):
        places = _places(form, text)
        if places and not _common(form):
            start, end = places[0]
            return " ".join(text[start:end].split()), places
    return None


def _forms(wanted: str, text: str) -> list[str]:
    """What may be meant, the likeliest first."""
    if not _HANGUL.search(wanted[-1]):
        return [wanted]
    if _VERB.search(wanted):
        return []
    stem = _SURE.sub("", wanted)
    if stem != wanted:
        return [stem]
    shorter = _UNSURE.sub("", wanted)
    if shorter != wanted:
        alone = re.compile(rf"{_pattern(shorter)}(?!{wanted[-1]})")
        if alone.search(text):
            return [shorter, wanted]
    return [wanted]


def _common(form: str) -> bool:
    key = key_of(form)
    language = "ko" if _HANGUL.search(form) else "en"
    return len(key) < 2 or key in background(language).stop or key.isdigit()


def _pattern(form: str) -> str:
    """Matches the form however it is spaced and cased; Latin ends at the end of a word."""
    compact = _SEPARATORS.sub("", form)
    body = _SEPARATOR.join(re.escape(char) for char in compact)
    end = r"(?:s|es)?(?![A-Za-z0-9])" if compact[-1].isascii() and compact[-1].isalnum() else ""
    return rf"(?i:(?<![가-힣A-Za-z0-9]){body}{end})"


def _places(form: str, text: str) -> tuple[tuple[int, int], ...]:
    return tuple(
        found.span()
        for found in re.finditer(_pattern(form), text)
        if "\n" not in found.group()  # a keyword does not cross lines
    )
