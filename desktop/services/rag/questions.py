"""What a question is after: its language, its kind, whether it follows up on another.  Pure."""

from __future__ import annotations

import re
from enum import StrEnum

_HANGUL = re.compile(r"[가-힣]")
_LETTER = re.compile(r"[A-Za-z]")


class Kind(StrEnum):
    """What an answer must have in it."""

    WHEN = "when"
    WHO = "who"
    WHERE = "where"
    HOW_MANY = "how many"
    WHY = "why"
    HOW = "how"
    WHAT_IS = "what is"
    OTHER = "other"


_ASKS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            Kind.WHEN,
            r"언제|몇\s*(?:월|일|년|시\b|시에)|며칠|날짜|기한|마감일|\bwhen\b"
            r"|\b(?:what|which)\s+(?:year|date|day|month|time)\b|\bdeadline\b|\bdue date\b",
        ),
        (Kind.WHY, r"왜|이유|원인|\bwhy\b|\breason\b"),
        (
            Kind.HOW_MANY,
            r"몇|얼마|비율|퍼센트|금액|가격|비용은|예산은|\bhow\s+(?:many|much|long|far|often|old|large|big|high|fast)\b"
            r"|\bwhat\s+(?:is\s+the\s+)?(?:number|amount|percentage|price|cost|size|rate)\b",
        ),
        (Kind.WHO, r"누구|누가|담당자|\bwho(?:m|se)?\b"),
        (Kind.WHERE, r"어디|장소|\bwhere\b|\b(?:what|which)\s+(?:city|country|place|room)\b"),
        (
            Kind.HOW,
            r"어떻게|방법|절차|하려면|\bhow\s+(?:do|does|did|can|to|is|are|was)\b|\bsteps?\b",
        ),
        (
            Kind.WHAT_IS,
            r"(?:이)?란\s*(?:무엇|뭐)|무엇인가|뭔가요|뭐(?:야|예요|지)|뜻|정의|의미"
            r"|\bwhat\s+(?:is|are|was|were|does)\b|\bdefine\b|\bmeaning\b",
        ),
    )
)

_SHOWS: dict[Kind, re.Pattern[str]] = {
    kind: re.compile(pattern, flags)
    for kind, pattern, flags in (
        (
            Kind.WHEN,
            r"\d{4}|\d{1,2}\s*(?:월|일|시|분기|주)|\d{1,2}:\d\d|\d{1,2}[/.-]\d{1,2}|[월화수목금토일]요일"
            r"|오전|오후|내일|다음\s*주|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b"
            r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\bcentur(?:y|ies)\b|\bQ[1-4]\b",
            0,
        ),
        (Kind.HOW_MANY, r"\d|[한두세네]\s*(?:개|명|번|달|시간)|\b(?:one|two|three|four|five|six"
         r"|seven|eight|nine|ten|dozen|hundred|thousand|million|billion|half|percent)\b", re.I),
        (
            Kind.WHO,
            r"[A-Z][a-z]+\s+[A-Z][a-z]+|[가-힣]{2,4}\s*(?:씨|님|대표|팀장|부장|과장|대리|교수|박사|의원|감독|장관|이사)",
            0,
        ),
        (Kind.WHERE, r"[가-힣]에서|[가-힣]에\s*(?:있|위치|자리)|\b(?:in|at|near|from)\s+[A-Z]", 0),
        (Kind.WHY, r"때문|위해|이유|므로|따라서|덕분|원인|\bbecause\b|\bdue to\b"
         r"|\bsince\b|\bso that\b|\bin order\b|\btherefore\b|\bcaused?\b", re.I),
        (Kind.HOW, r"하려면|방법|먼저|다음|하면|하여|통해|\bby\s+\w+ing\b|\bfirst\b"
         r"|\bthen\b|\bstep\b|\busing\b|\bthrough\b", re.I),
    )
}  # fmt: skip

_POINTS_BACK = re.compile(
    r"(?:^|[\s,.?!])(?:그|이|저)(?:것|거|게|건|때|곳|분|사람|회사|제품|문서|회의|중|럼|러면|래서|렇다면)"
    r"|^(?:그|또|다른|나머지|거기|여기|왜|언제|누가|얼마)[\s?]|(?:은|는)요\??$"
    r"|\b(?:it|its|they|them|their|that|those|this|these|he|him|his|she|her|hers|there|then)\b"
    r"|^(?:and|but|so|what about|how about|which one)\b|^(?:why|when|who|where)\b\W*$",
    re.IGNORECASE,
)
_SHORT_WORDS = {"ko": 1, "en": 2}  # "예산은?", "And Norway?"; "마감일은 언제인가요?" stands alone


def language_of(text: str, wanted: str = "") -> str:
    """ "ko" or "en": what was asked for, else the script the question is written in."""
    if wanted in ("ko", "en"):
        return wanted
    hangul, latin = len(_HANGUL.findall(text)), len(_LETTER.findall(text))
    return "ko" if hangul * 3 >= latin and hangul else "en"


def kind_of(question: str) -> Kind:
    """What the question is after."""
    return next((kind for kind, asks in _ASKS if asks.search(question)), Kind.OTHER)


def shows(kind: Kind, sentence: str) -> bool | None:
    """Whether `sentence` has what such a question is after; None where that cannot be seen."""
    pattern = _SHOWS.get(kind)
    return None if pattern is None else pattern.search(sentence) is not None


def follows_up(question: str) -> bool:
    """Whether the question can hardly be understood alone."""
    short = len(question.split()) <= _SHORT_WORDS[language_of(question)]
    return short or _POINTS_BACK.search(question.strip()) is not None
