"""Each layer of the stack on decodings as Whisper makes them."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from desktop.engine.asr.hallucination import (
    Context,
    HallucinationStack,
    StackOptions,
    anomaly_score,
    collapsed,
    cut_loops,
)
from desktop.engine.asr.hypothesis import normalise
from desktop.engine.asr.phrases import PhraseBag, load_phrases
from desktop.engine.asr.recogniser import Decoding
from desktop.events import Word
from desktop.paths import RESOURCES

CLEAR = Context(speech_s=3.0, voice_probability=0.97)
THIN = Context(speech_s=3.0, voice_probability=0.6)
SUNG = Context(speech_s=3.0, voice_probability=0.85, steadiness=0.3)


def decoding(text: str, probability: float = 0.95, **changes: float) -> Decoding:
    parts = [Word(f" {w}", i * 0.4, i * 0.4 + 0.4, probability) for i, w in enumerate(text.split())]
    language = "ko" if any("가" <= c <= "힣" for c in text) else "en"
    evidence = {"avg_logprob": -0.1, "no_speech_prob": 0.01, **changes}
    return Decoding(tuple(parts), language, 1.0, **evidence)


def reason(found: Decoding, context: Context = CLEAR) -> str:
    return HallucinationStack().judge(found, context, final=True).reason


def test_clear_speech_passes() -> None:
    assert reason(decoding("다음 회의는 금요일입니다.")) == ""
    assert reason(decoding("the deadline is Friday.")) == ""


@pytest.mark.parametrize(
    ("found", "context", "expected"),
    [
        (decoding("the plan", 0.7, no_speech_prob=0.9, avg_logprob=-1.2), CLEAR, "no_speech"),
        (decoding("the plan", 0.2), CLEAR, "low_confidence"),
        (decoding("the plan", 0.6), Context(3.0, 0.7), "weak_voice"),
        (decoding("오늘은 새로운 계획을 논의하겠습니다"), Context(0.4, 0.97), "impossible_rate"),
        (decoding("the plan", 0.8), SUNG, "music"),
        (decoding("the plan", compression_ratio=3.1), CLEAR, "loop"),
        (decoding("네 " * 30), Context(30.0, 0.97), "loop"),
    ],
)
def test_each_layer(found: Decoding, context: Context, expected: str) -> None:
    assert reason(found, context) == expected


PHONE = Context(speech_s=4.0, voice_probability=0.65)


def heard_before(context: Context, times: int) -> HallucinationStack:
    """A stack that judged clear lines of this voice."""
    stack = HallucinationStack()
    for _ in range(times):
        line = decoding("the deadline for the plan is Friday.", 0.9)
        assert stack.judge(line, context, final=True).reason == ""
    return stack


def test_on_the_telephone_half_a_voice_is_a_voice() -> None:
    doubtful, thanks = decoding("the plan", 0.6), decoding("감사합니다.")
    assert reason(doubtful, PHONE) == "weak_voice"
    assert reason(thanks, PHONE) == "phrase"
    stack = heard_before(PHONE, 5)
    assert stack.judge(doubtful, PHONE, final=True).reason == ""
    assert stack.judge(thanks, PHONE, final=True).reason == ""
    babble = Context(speech_s=4.0, voice_probability=0.5)
    assert stack.judge(doubtful, babble, final=True).reason == "weak_voice"
    assert stack.judge(thanks, babble, final=True).reason == "phrase"


def test_a_clear_voice_makes_no_other_voice_doubtful() -> None:
    stack = heard_before(CLEAR, 10)
    mumbled = Context(speech_s=4.0, voice_probability=0.82)
    assert stack.judge(decoding("the plan", 0.6), mumbled, final=True).reason == ""
    assert stack.judge(decoding("the plan", 0.6), PHONE, final=True).reason == "weak_voice"


def test_doubtful_lines_and_songs_teach_nothing() -> None:
    stack = HallucinationStack()
    for _ in range(10):
        stack.judge(decoding("the deadline for the plan is", 0.75), PHONE, final=True)
        stack.judge(
            decoding("the deadline for the plan is"),
            replace(SUNG, voice_probability=0.6),
            final=True,
        )
        stack.judge(decoding("the deadline for the plan is", no_speech_prob=0.5), PHONE, final=True)
        stack.judge(decoding("Please subscribe to my channel."), PHONE, final=True)
    assert stack.judge(decoding("the plan", 0.6), PHONE, final=True).reason == "weak_voice"


def test_music_alone_holds_nothing_back_that_was_heard_clearly() -> None:
    assert reason(decoding("the plan", 0.95), SUNG) == ""
    loud_voice = Context(speech_s=3.0, voice_probability=0.95, steadiness=0.3)
    assert reason(decoding("the plan", 0.8), loud_voice) == ""
    assert not HallucinationStack().asks_for_steadiness(0.95)
    assert HallucinationStack().asks_for_steadiness(0.85)
    assert not HallucinationStack(StackOptions(enabled=False)).asks_for_steadiness(0.85)


def test_words_of_impossible_length_are_an_anomaly() -> None:
    stretched = (Word(" the", 0.0, 6.0, 0.9), Word(" plan", 6.0, 6.01, 0.9))
    assert anomaly_score(stretched) > 3.0
    found = Decoding(stretched, "en", 1.0, -0.2, 0.5)
    assert reason(found, Context(7.0, 0.9)) == "anomaly"
    assert reason(Decoding(stretched, "en", 1.0, -0.2, 0.0), Context(7.0, 0.9)) == ""


def test_thanks_are_kept_when_said_clearly_and_held_back_on_weak_evidence() -> None:
    thanks = decoding("감사합니다.")
    assert reason(thanks) == ""
    assert reason(thanks, Context(1.0, 0.72)) == "phrase"
    assert reason(decoding("감사합니다.", no_speech_prob=0.45)) == "phrase"


def test_before_the_end_doubt_only_holds() -> None:
    stack = HallucinationStack()
    verdict = stack.judge(decoding("시청해주셔서", 0.6), Context(1.0, 0.9), final=False)
    assert (verdict.reason, verdict.hold) == ("phrase", True)
    assert not stack.judge(decoding("시청해주셔서"), CLEAR, final=False).hold
    assert stack.judge(decoding("the plan", 0.2), CLEAR, final=False).hold


def test_what_was_said_before_belongs_to_the_phrase() -> None:
    after = Context(3.0, 0.72, before="보고서를 보내 주셔서")
    assert reason(decoding("감사합니다."), after) == ""


@pytest.mark.parametrize(
    "text",
    [
        "오늘 회의는 여기까지 하겠습니다",
        "이번 주에 마무리하겠습니다",
        "지금까지 예산을 검토했습니다",
        "지금까지 검토 결과였습니다",
        "마무리 일정은 금요일입니다",
        "편집 일정을 확인하겠습니다",
        "여기까지입니다",
    ],
)
def test_words_of_a_meeting_are_never_a_phrase(text: str) -> None:
    assert reason(decoding(text, no_speech_prob=0.5)) == ""


def test_the_stack_can_be_switched_off() -> None:
    stack = HallucinationStack(StackOptions(enabled=False))
    assert stack.judge(decoding("x", 0.01), THIN, final=True).reason == ""


def test_nothing_said_is_nothing_to_judge() -> None:
    assert reason(Decoding((), "ko", 1.0, -3.0, 0.99)) == ""


def test_loops_are_cut_but_not_what_people_repeat() -> None:
    kept, repeated = cut_loops(decoding("네 네 네 네 알겠습니다").words)
    assert (len(kept), len(repeated)) == (5, 0)
    kept, repeated = cut_loops(decoding("we need the plan " * 5).words)
    assert (len(kept), len(repeated)) == (8, 12)
    assert not collapsed(kept)


def test_the_lists_load_and_are_complete() -> None:
    assert len(load_phrases("ko")) >= 37
    assert len(load_phrases("en")) > 20
    assert len(load_phrases("xx")) >= 5
    for path in (RESOURCES / "hallucinations").glob("*.txt"):
        bag = load_phrases(path.stem)
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                assert bag.matches(line.replace("*", "x"))
                assert bag.may_become(line.split("*")[0])


@pytest.mark.parametrize("language", ["ko", "en", "any"])
def test_no_listed_phrase_is_held_back_when_it_is_said_clearly(language: str) -> None:
    """People say most of them: only weak evidence beside the phrase holds a line back."""
    lines = (RESOURCES / "hallucinations" / f"{language}.txt").read_text(encoding="utf-8")
    phrases = [line for line in lines.splitlines() if line.strip() and not line.startswith("#")]
    assert len(phrases) == len({normalise(phrase) for phrase in phrases}), "listed twice"
    assert unicodedata.is_normalized("NFC", lines)
    for phrase in phrases:
        found = decoding(phrase.replace("*", "x"))
        found = replace(found, language=language if language != "any" else "ko")
        slowly = Context(speech_s=10.0, voice_probability=0.97)
        assert reason(found, slowly) == ""
        assert not HallucinationStack().judge(found, slowly, final=False).hold
        doubtful = Context(speech_s=10.0, voice_probability=0.74)
        assert reason(replace(found, no_speech_prob=0.4), doubtful) == "phrase"


def test_what_stands_for_the_star_is_held_too() -> None:
    """Else the first half of an invented line would be final before its end is heard."""
    weak = Context(3.0, 0.9)
    stack = HallucinationStack()
    begun = stack.judge(decoding("지금까지 서울에서", no_speech_prob=0.4), weak, final=False)
    assert (begun.reason, begun.hold) == ("phrase", True)
    longer = decoding("지금까지 우리가 함께 검토한 예산안은 이렇습니다", no_speech_prob=0.4)
    assert not stack.judge(longer, weak, final=False).hold


def test_the_rate_is_that_of_the_whole_utterance() -> None:
    """What was said before counts, also where only its beginning is handed over."""
    stack = HallucinationStack()
    said = "we need the plan " * 40
    before_s = stack.least_s(said)
    assert 15.0 < before_s < 25.0
    found = decoding("the plan")
    fits = Context(before_s + 1.0, 0.97, before=said[:200], before_s=before_s)
    assert reason(found, fits) == ""
    assert reason(found, replace(fits, speech_s=before_s - 1.0)) == "impossible_rate"


def test_a_star_stands_for_a_few_characters() -> None:
    bag = PhraseBag(["자막 by *", "뉴스 *입니다", "*"])
    assert len(bag) == 2
    assert bag.matches("자막 by 한효정")
    assert bag.matches("뉴스, 김지경입니다.")
    assert not bag.matches("자막 by " + "가" * 15)
    assert not bag.matches("오늘 자막 by 한효정")
    assert not bag.matches("")
    assert bag.may_become("자막")
    assert not bag.may_become("...")
