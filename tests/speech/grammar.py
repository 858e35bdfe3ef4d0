"""A closed grammar of meeting talk, English and Korean: what the Whisper fixture understands.

Every eighth sentence (by its checksum) is held out: training never sees it, tests and the
evaluation use only those, and no list of them needs to be kept.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence

LANGUAGES = ("en", "ko")
_HELD_OUT_SHARE = 8
_MIN_HELD_OUT_WORDS = 4
_SLOT = re.compile(r"\{(\w+)\}")


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_EN_TEMPLATES = (
    "{NAME} will {VERB} the {ADJ} {THING} on {DAY}.",
    "{NAME} will {VERB} the {THING}.",
    "the {DEPT} team will {VERB} the {THING}.",
    "the {DEPT} team must {VERB} the {ADJ} {THING}.",
    "we decided to {VERB} the {THING}.",
    "we decided to {VERB} the {ADJ} {THING} in {MONTH}.",
    "the {THING} costs {NUM} thousand dollars.",
    "the {ADJ} {THING} costs {NUM} million dollars.",
    "can you {VERB} the {THING}?",
    "can {NAME} {VERB} the {THING} before {DAY}?",
    "the {THING} meeting starts at {HOUR}.",
    "the meeting starts on {DAY} at {HOUR}.",
    "we need {NUM} more people for the {DEPT} project.",
    "the deadline is {MONTH} {ORD}.",
    "the deadline for the {THING} is {DAY}.",
    "I agree with {NAME}.",
    "I agree with the {DEPT} team.",
    "{NAME} from {DEPT} has a question.",
    "the next meeting is on {DAY} at {HOUR}.",
    "let us start with the {THING}.",
    "let us talk about the {ADJ} {THING}.",
    "please send the {THING} to {NAME}.",
    "please {VERB} the {ADJ} {THING} today.",
    "who will {VERB} the {THING}?",
    "is the {THING} ready?",
    "{NUM} percent of the {THING} is done.",
    "there is a problem with the {THING}.",
    "there is a problem with the {DEPT} budget.",
    "we have {NUM} open tasks this week.",
    "thank you {NAME} that is a good idea.",
    "good morning everyone.",
    "the {DEPT} budget is {NUM} percent higher.",
    "{NAME} and {NAME} will {VERB} the {THING} tomorrow.",
    "we will move the {THING} to {DAY}.",
    "when can you {VERB} the {ADJ} {THING}?",
    "I think we should {VERB} the {THING}.",
)
_EN_SLOTS: Mapping[str, Sequence[str]] = {
    "NAME": _split(
        "Anna Ben Carol David Emma Frank Grace Henry Julia Kevin Laura Martin Nina Oscar Peter "
        "Sarah"
    ),
    "DEPT": _split("sales marketing finance design support research legal security"),
    "THING": _split(
        "budget report contract project schedule proposal website product plan database invoice "
        "survey server release prototype"
    ),
    "DAY": _split("Monday Tuesday Wednesday Thursday Friday"),
    "MONTH": _split(
        "January February March April May June July August September October November December"
    ),
    "NUM": _split(
        "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty "
        "sixty seventy eighty ninety"
    ),
    "HOUR": _split("one two three four five six seven eight nine ten eleven twelve"),
    "ORD": _split("first second third fourth fifth sixth seventh eighth ninth tenth"),
    "VERB": _split(
        "review finish approve update send check discuss cancel present change prepare share"
    ),
    "ADJ": _split("new final first next annual monthly old important"),
}

_KO_TEMPLATES = (
    "{TEAM}은 {WHEN} {OBJ} {VERB}.",
    "{TEAM}에서 {ADJ} {OBJ} {VERB}.",
    "{NAME} 씨가 {OBJ} {VERB}.",
    "{NAME} 씨가 {WHEN} {ADJ} {OBJ} {VERB}.",
    "{ROLE} {OBJ} {VERB}.",
    "{ROLE} {DAY}까지 {OBJ} {VERB}.",
    "회의는 오전 {HOUR} 시에 시작합니다.",
    "회의는 {DAY} 오후 {HOUR} 시에 시작합니다.",
    "예산은 {NUM} 만 원입니다.",
    "{TEAM} 예산은 {NUM} 퍼센트 늘었습니다.",
    "{SUB} 아직 준비되지 않았습니다.",
    "{ADJ} {SUB} 준비되었습니까?",
    "누가 {OBJ} {ASK} 주시겠습니까?",
    "{OBJ} {DAY}까지 {ASK} 주세요.",
    "{ADJ} {OBJ} {NAME} 씨에게 {ASK} 주세요.",
    "다음 회의는 {DAY}입니다.",
    "다음 회의는 {MONTH} {DAY}입니다.",
    "마감일은 {WHEN} {DAY}입니다.",
    "{NAME} 씨 의견에 동의합니다.",
    "저는 {TEAM} 의견에 동의합니다.",
    "{SUB} 조금 늦어졌습니다.",
    "안녕하세요 회의를 시작하겠습니다.",
    "오늘은 {ADJ} {OBJ} 논의하겠습니다.",
    "{TEAM}에 사람이 {HOUR} 명 더 필요합니다.",
    "우리는 {WHEN} {OBJ} {VERB}.",
    "질문이 있으면 말씀해 주세요.",
    "{NAME} 씨와 {NAME} 씨가 {OBJ} {VERB}.",
    "작업의 {NUM} 퍼센트가 끝났습니다.",
)
_KO_SLOTS: Mapping[str, Sequence[str]] = {
    "NAME": _split("민수 지영 현우 서연 준호 은지 동훈 미라"),
    "ROLE": _split("팀장님이 부장님이 과장님이 대리님이"),
    "TEAM": _split("영업팀 개발팀 디자인팀 인사팀 재무팀 홍보팀 법무팀"),
    "OBJ": _split(
        "예산을 보고서를 계약서를 일정을 제안서를 계획을 자료를 결과를 목표를 견적서를 "
        "설문을 제품을"
    ),
    "SUB": _split(
        "예산이 보고서가 계약서가 일정이 제안서가 계획이 자료가 결과가 목표가 견적서가 제품이"
    ),
    "VERB": _split(
        "검토하겠습니다 확인하겠습니다 결정했습니다 수정했습니다 준비하겠습니다 공유했습니다 "
        "보내겠습니다 승인했습니다 발표하겠습니다 취소했습니다"
    ),
    "ASK": _split("검토해 확인해 수정해 준비해 공유해 보내"),
    "DAY": _split("월요일 화요일 수요일 목요일 금요일"),
    "WHEN": ("오늘", "내일", "이번 주", "다음 주", "다음 달"),
    "HOUR": _split("한 두 세 네 다섯 여섯 일곱 여덟 아홉 열"),
    "NUM": _split("십 이십 삼십 사십 오십 육십 칠십 팔십 구십 백"),
    "ADJ": _split("새로운 최종 중요한 마지막 첫번째"),
    "MONTH": _split("일월 이월 삼월 사월 오월 칠월 팔월 구월"),
}

_GRAMMARS = {"en": (_EN_TEMPLATES, _EN_SLOTS), "ko": (_KO_TEMPLATES, _KO_SLOTS)}


def make_sentence(language: str, rng: random.Random) -> str:
    """One sentence, "en" or "ko", with a capital letter and its full stop or question mark."""
    templates, slots = _GRAMMARS[language]
    text = _SLOT.sub(lambda match: rng.choice(slots[match[1]]), rng.choice(templates))
    return text[0].upper() + text[1:]


def is_held_out(sentence: str) -> bool:
    """Whether training leaves the sentence out.  Templates without a slot are never left out."""
    return (
        zlib.crc32(sentence.encode()) % _HELD_OUT_SHARE == 0
        and len(sentence.split()) >= _MIN_HELD_OUT_WORDS
        and sentence not in _FIXED
    )


_FIXED = {
    template[0].upper() + template[1:]
    for templates, _ in _GRAMMARS.values()
    for template in templates
    if not _SLOT.search(template)
}


def held_out_sentences(language: str, seed: int = 0) -> Iterator[str]:
    """Endless sentences that the fixture was not trained on; the same for the same seed."""
    rng = random.Random(f"{language} {seed}")
    while True:
        sentence = make_sentence(language, rng)
        if is_held_out(sentence):
            yield sentence


def training_sentences(language: str, seed: int = 0) -> Iterator[str]:
    """Endless sentences for training; never a held-out one."""
    rng = random.Random(f"training {language} {seed}")
    while True:
        sentence = make_sentence(language, rng)
        if not is_held_out(sentence):
            yield sentence
