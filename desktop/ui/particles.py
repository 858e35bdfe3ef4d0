"""Korean particles, whose form follows the last sound before them.  Pure, any thread.

Templates write both forms, as in "{0}을(를)", because nobody knows what will stand in the field.
Once it is known, one of them is right and both together are clumsy.
"""

from __future__ import annotations

import re

_FORMS = {  # after a consonant, after a vowel
    "을(를)": ("을", "를"),
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "와(과)": ("과", "와"),
    "(으)로": ("으로", "로"),
    "(이)라": ("이라", "라"),
}
_BOTH = re.compile(
    # What stands in parentheses is not read along: "게임(프로세스 12)이".
    r"(?P<word>[\w.-]{0,40}\w)(?P<close>(?:\s?\([^()]*\))?[’”\"'\]]*)"
    rf"(?P<form>{'|'.join(map(re.escape, _FORMS))})"
)
_SPELT = re.compile(r"(?:[A-Z]{2,}|(?<![A-Za-z])[A-Z])$")  # read letter by letter
_CLOSED_LETTERS = {"L": "ㄹ", "M": "ㅁ", "N": "ㄴ", "R": "ㄹ"}
_CLOSED_DIGITS = {"0": "ㅇ", "1": "ㄹ", "3": "ㅁ", "6": "ㄱ", "7": "ㄹ", "8": "ㄹ"}
_RIEUL = 8  # among the 28 endings of a syllable


def resolve_particles(text: str) -> str:
    """`text` with the right form where the sound before it is known; both stay elsewhere."""
    return _BOTH.sub(_chosen, text) if "(" in text else text


def _chosen(found: re.Match[str]) -> str:
    sound = _last_sound(found["word"])
    if sound is None:
        return found[0]
    after_consonant, after_vowel = _FORMS[found["form"]]
    closed = bool(sound) and not (found["form"] == "(으)로" and sound == "ㄹ")
    return found["word"] + found["close"] + (after_consonant if closed else after_vowel)


def _last_sound(word: str) -> str | None:
    """The consonant a word ends in, "" for a vowel, None where spelling does not tell."""
    last = word[-1]
    if "가" <= last <= "힣":
        ending = (ord(last) - ord("가")) % 28
        return "ㄹ" if ending == _RIEUL else "ㅇ" if ending else ""
    if last.isascii() and last.isdigit():
        return _CLOSED_DIGITS.get(last, "")
    if _SPELT.search(word):
        return _CLOSED_LETTERS.get(last, "")
    return None
