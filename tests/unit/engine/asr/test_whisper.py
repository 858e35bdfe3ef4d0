"""The faster-whisper adapter with the small real model."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop.engine.asr.recogniser import DecodeRequest
from desktop.engine.asr.whisper import (
    WhisperOptions,
    WhisperRecogniser,
    compression_ratio,
    merge_punctuation,
)
from desktop.errors import ModelError, RecogniserError
from desktop.events import Word
from tests.speech import SpeechMaker, error_rate


@pytest.fixture(scope="module")
def whisper(whisper_fixture_path: Path) -> WhisperRecogniser:
    options = WhisperOptions(short_windows=True, threads=1)
    return WhisperRecogniser.load(whisper_fixture_path, compute_type="float32", options=options)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_sentence_with_the_times_of_its_words(
    whisper: WhisperRecogniser, speech: SpeechMaker, language: str
) -> None:
    made = speech.sentence(language, seed=1)
    found = whisper.decode(DecodeRequest(samples=made.samples, language=language))
    assert error_rate(made.text, found.text, language) <= 0.1
    assert found.language == language
    assert found.avg_logprob > -0.5
    assert len(found.token_probabilities) >= len(found.words)
    for word in found.words:
        assert 0.0 <= word.start_s <= word.end_s <= made.duration_s + 0.2
        assert 0.0 <= word.probability <= 1.0


def test_decoding_goes_on_after_the_prefix(whisper: WhisperRecogniser, speech: SpeechMaker) -> None:
    made = speech.say("The deadline for the report is Friday.", "en")
    whole = whisper.decode(DecodeRequest(samples=made.samples, language="en"))
    prefix = "".join(word.text for word in whole.words[:4])
    rest = whisper.decode(DecodeRequest(samples=made.samples, language="en", prefix=prefix))
    assert prefix + rest.text == whole.text
    assert rest.words[0].start_s == pytest.approx(whole.words[4].start_s, abs=0.1)
    everything = DecodeRequest(samples=made.samples, language="en", prefix=whole.text)
    assert whisper.decode(everything).words == ()


def test_a_prefix_that_ends_inside_a_word_loses_nothing_of_it(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    """A pass may have taken "회의" for a whole word; the next one goes on with its particle."""
    made = speech.say("다음 회의는 금요일입니다.", "ko")
    whole = whisper.decode(DecodeRequest(samples=made.samples, language="ko"))
    went_on = 0
    for cut in range(2, len(whole.text)):
        if not (whole.text[cut - 1].isalnum() and whole.text[cut].isalnum()):
            continue
        request = DecodeRequest(samples=made.samples, language="ko", prefix=whole.text[:cut])
        found = whisper.decode(request)
        went_on += whole.text[:cut] + found.text == whole.text
        times = [word.start_s for word in found.words]
        assert times == sorted(times)
    assert went_on >= 2


@pytest.mark.parametrize(
    ("prompt", "prefix"),
    [
        ("", ""),
        ("", " we decided to cancel the old database and"),
        ("the budget is fine. " * 20, ""),
    ],
)
def test_fast_speech_is_not_cut_off(whisper: WhisperRecogniser, prompt: str, prefix: str) -> None:
    """A decoder that finds no end may give 14 tokens a second, which quick Korean comes near."""
    seconds = 8
    noise = np.random.default_rng(0).normal(0.0, 0.05, seconds * 16_000).astype(np.float32)
    model = whisper._loaded()
    features, frames = whisper._features(noise)
    tokenizer = whisper._tokenizer("en")
    before = tokenizer.encode(prefix) if prefix else []
    tokens = whisper._prompt(tokenizer, prompt, before)
    result = model.model.generate(
        model.encode(features),
        [tokens],
        beam_size=1,
        max_length=whisper._max_length(len(tokens), len(before), frames),
        suppress_tokens=[tokenizer.eot],
    )[0]
    new = len(result.sequences_ids[0]) - len(before)
    assert 14 * seconds <= new <= 14 * seconds + 20


@pytest.mark.parametrize("prefix", [0, 3])
@pytest.mark.parametrize("thorough", [False, True])
def test_a_decoder_that_ran_out_of_room_says_so(
    whisper: WhisperRecogniser,
    speech: SpeechMaker,
    monkeypatch: pytest.MonkeyPatch,
    prefix: int,
    thorough: bool,
) -> None:
    made = speech.say("The deadline for the report is Friday.", "en")
    request = DecodeRequest(samples=made.samples, language="en", thorough=thorough)
    whole = whisper.decode(request)
    said = "".join(word.text for word in whole.words[:prefix])
    prompted = replace(request, prefix=said, prompt="" if said else "We have a plan.")
    assert not whole.cut_off
    assert not whisper.decode(prompted).cut_off
    tokens = len(whole.token_probabilities)
    monkeypatch.setattr("desktop.engine.asr.whisper.CONTEXT_TOKENS", 2 * (tokens - 2))
    short = whisper.decode(replace(prompted, prompt=""))
    assert short.cut_off
    assert whole.text.startswith(said + short.text)


def test_no_nan_reaches_the_model(whisper: WhisperRecogniser, speech: SpeechMaker) -> None:
    """faults: A31"""
    made = speech.sentence("en", seed=1)
    odd = made.samples.copy()
    odd[:400] = np.nan
    odd[-400:] = np.inf
    found = whisper.decode(DecodeRequest(samples=odd, language="en"))
    assert error_rate(made.text, found.text, "en") <= 0.1
    assert max(whisper.language_probabilities(odd).values()) > 0.5


def test_the_longest_prompt_and_prefix_fit(whisper: WhisperRecogniser, speech: SpeechMaker) -> None:
    made = speech.say("다음 회의는 금요일입니다.", "ko")
    request = DecodeRequest(
        samples=made.samples, language="ko", prompt="예산을 검토하겠습니다. " * 80
    )
    assert error_rate(made.text, whisper.decode(request).text, "ko") <= 0.2
    whisper.decode(replace(request, prefix=" 예산을 검토하겠습니다." * 12))


def test_the_language_is_detected(whisper: WhisperRecogniser, speech: SpeechMaker) -> None:
    for language in ("en", "ko"):
        made = speech.stream(language, 8.0, seed=1)
        probabilities = whisper.language_probabilities(made.samples)
        assert max(probabilities, key=probabilities.__getitem__) == language
        found = whisper.decode(DecodeRequest(samples=made.samples[: 5 * 16_000]))
        assert (found.language, found.language_probability > 0.5) == (language, True)


def test_closing_signs_join_the_word_before_and_opening_ones_the_word_after() -> None:
    made = [
        Word(text, i, i + 1, 0.5) for i, text in enumerate([" “", "네", ",", "”", " (", "예", ")."])
    ]
    merged = merge_punctuation(made)
    assert [word.text for word in merged] == [" “네,”", " (예)."]
    assert (merged[0].start_s, merged[0].end_s) == (1, 2)
    assert merge_punctuation([]) == ()


def test_compression_tells_repetition() -> None:
    assert compression_ratio("") == 1.0
    assert compression_ratio("네 네 " * 50) > 2.4 > compression_ratio("다음 회의는 금요일입니다.")


def test_folders_that_are_no_model(whisper_fixture_path: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        WhisperRecogniser.load(tmp_path / "nothing")
    broken = tmp_path / "broken"
    shutil.copytree(whisper_fixture_path, broken)
    (broken / "model.bin").write_bytes((broken / "model.bin").read_bytes()[:50_000])
    with pytest.raises(ModelError) as caught:
        WhisperRecogniser.load(broken)
    assert str(broken) in caught.value.message
    assert caught.value.hint


def test_a_closed_recogniser_says_so(whisper_fixture_path: Path, speech: SpeechMaker) -> None:
    recogniser = WhisperRecogniser.load(whisper_fixture_path, compute_type="float32")
    assert recogniser.info.languages == ()
    recogniser.close()
    recogniser.close()
    with pytest.raises(RecogniserError):
        recogniser.decode(DecodeRequest(samples=speech.sentence("en").samples))
