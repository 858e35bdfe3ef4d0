"""What kind of thing a keyword names, by rules; "other" where there is no evidence.

The rules are lists in ``resources/keywords/categories.txt``, explained there.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from desktop.events import KeywordCategory
from desktop.services.keywords.background import FOLDER, Background
from desktop.services.keywords.ranking import Candidate
from desktop.services.keywords.variants import key_of

KOREAN_NAMES: Mapping[KeywordCategory, str] = {
    KeywordCategory.PERSON: "인물",
    KeywordCategory.PLACE: "장소",
    KeywordCategory.COMPANY: "회사",
    KeywordCategory.TECHNOLOGY: "기술",
    KeywordCategory.PRODUCT: "제품",
    KeywordCategory.EQUIPMENT: "장비",
    KeywordCategory.SERVICE: "서비스",
    KeywordCategory.OTHER: "기타",
}
_SURNAMES = frozenset(
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구"
)
_KOREAN_NAME = re.compile(r"[가-힣]{3}")
_KOREAN_PLACE = re.compile(r"[가-힣]{2,}[시군구읍면동역섬]")
_HANGUL = re.compile(r"[가-힣]")

Rules = Mapping[str, Mapping[str, KeywordCategory]]


@functools.cache
def rules() -> Rules:
    """The shipped rules: rule to word to category."""
    found: dict[str, dict[str, KeywordCategory]] = {}
    for line in (FOLDER / "categories.txt").read_text(encoding="utf-8").splitlines():
        fields = line.partition("#")[0].split()
        if len(fields) < 3:
            continue
        category, rule, *words = fields
        for word in words:
            found.setdefault(rule, {}).setdefault(
                key_of(word) if rule == "is" else word, KeywordCategory(category)
            )
    return found


def categorise(candidate: Candidate, text: str, background: Background) -> KeywordCategory:
    """The category of a candidate that stands in its text as `text`."""
    named = rules()["is"].get(candidate.key)
    if named is not None:
        return named
    if _is_person(candidate, background):
        return KeywordCategory.PERSON
    if candidate.proper and _KOREAN_PLACE.fullmatch(text) and len(candidate.words) == 1:
        return KeywordCategory.PLACE
    last = text.rsplit(maxsplit=1)[-1].casefold()
    compact = "".join(text.split()).casefold()
    for rule, whole in (("has", True), ("ends", False)):
        for ending, category in rules()[rule].items():
            if _ends(ending, last=last, compact=compact, whole=whole):
                return category
    return KeywordCategory.OTHER


def _ends(ending: str, *, last: str, compact: str, whole: bool) -> bool:
    if not _HANGUL.search(ending):
        return last == ending and (whole or compact != ending)
    return compact.endswith(ending) and (whole or compact != ending)


def _is_person(candidate: Candidate, background: Background) -> bool:
    """A proper noun with a title beside it, or one built like a Korean name and not common."""
    titles = rules()["is_title"]
    first, *more = candidate.words
    if first in titles and more:  # Dr Smith
        return not _HANGUL.search(first)
    if not candidate.proper:
        return False
    if candidate.follower in titles and len(candidate.words) == 1:
        return True
    if len(candidate.words) == 2 and candidate.words[-1] in titles:
        return True
    return (
        len(candidate.words) == 1
        and _KOREAN_NAME.fullmatch(first) is not None
        and first[0] in _SURNAMES
        and first not in background
    )
