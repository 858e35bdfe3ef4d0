"""Words of Latin script and numbers, as they are searched for: stemmed, codes exact.  Any thread.

"GPT-4" is found by gpt-4, gpt4, gpt and 4; "1,700" by 1700; "U.S." by US; "e-mail" by email.
"""

from __future__ import annotations

import functools
import re

# Letters with and without marks, digits, and what may stand inside one word or code.
TOKEN = re.compile(
    r"[A-Za-z0-9\u00c0-\u024f\u1e00-\u1eff]+"
    r"(?:[-‐‑_/.,:+&'’·][A-Za-z0-9\u00c0-\u024f\u1e00-\u1eff]+)*(?:\+\+|#)?"
)
_PART = re.compile(r"[^-‐‑_/.,:+&'’·#]+")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_DIGITS = re.compile(r"\d{2,}")
_POSSESSIVE = re.compile(r"['’]s$")

# Words that carry grammar, not meaning; contractions without their apostrophe.
_STOP_TEXT = """
a about also am an and are as at be been being but by can could did do does doing for from had
has have having he her hers him his how i if in into is it its itself may me might mine must
my no nor not of off on or our ours out shall she should so such than that the their theirs
them then there these they this those to too up us was we were what when where which while who
whom whose why will with would you your yours arent cant couldnt didnt doesnt dont hadnt hasnt
havent isnt shouldnt wasnt werent wont wouldnt im ive youre youve hes shes theyre theyve weve
thats theres whats lets
"""
STOP = frozenset(_STOP_TEXT.split())


@functools.cache
def _stemmer() -> object:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@functools.lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The English stem of a lower-case word."""
    return str(_stemmer().stemWord(word))  # type: ignore[attr-defined]  # it has no types


@functools.lru_cache(maxsize=65_536)
def terms(token: str) -> tuple[str, ...]:
    """The terms a token is found by, its main one first; () of a stop word.

    Capitals tell an acronym from a pronoun: US and IT are words, us and it are not.
    """
    token = _POSSESSIVE.sub("", token)
    if token.isalpha():
        return _word(token)
    if _NUMBER.fullmatch(token):
        return (token.replace(",", ""),)
    if token.endswith(("++", "#")):  # C++, C#
        return (token.casefold(), *terms(token.rstrip("+#")))
    parts = _PART.findall(token)
    joined = "".join(parts)
    if joined.casefold() in STOP and not joined.isupper():
        return ()
    found = [stem(joined.casefold()) if joined.isalpha() else joined.casefold()]
    for part in parts if len(parts) > 1 else ():
        found += _word(part) if part.isalpha() else [part.casefold()]
    if not joined.isdigit():  # 1940s is found by 1940, 15km by 15
        found += (digits for part in parts for digits in _DIGITS.findall(part))
    return tuple(dict.fromkeys(found))


def _word(word: str) -> tuple[str, ...]:
    folded = word.casefold()
    if folded in STOP and not (word.isupper() and len(word) > 1):
        return ()
    return (stem(folded),)
