"""The synthetic speech and the Whisper fixture model that other tests rely on."""

from __future__ import annotations

import random
import wave
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.speech import (
    LANGUAGES,
    SpeechMaker,
    error_rate,
    held_out_sentences,
    make_sentence,
    sounds,
    speech_stream,
    with_noise,
    write_wav,
)
from tests.speech.espeak import SAMPLE_RATE_HZ, resample
from tests.speech.grammar import is_held_out, training_sentences

if TYPE_CHECKING:
    from faster_whisper import WhisperModel


@pytest.mark.parametrize("language", LANGUAGES)
def test_training_never_sees_held_out_sentences(language: str) -> None:
    held_out = set(islice(held_out_sentences(language), 300))
    trained = set(islice(training_sentences(language), 3_000))
    assert len(held_out) > 100
    assert not held_out & trained
    words = {word for sentence in trained for word in sentence.split()}
    assert {word for sentence in held_out for word in sentence.split()} <= words


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_repeat_with_their_seed(language: str) -> None:
    first = list(islice(held_out_sentences(language, seed=3), 20))
    assert first == list(islice(held_out_sentences(language, seed=3), 20))
    assert first != list(islice(held_out_sentences(language, seed=4), 20))
    assert all(is_held_out(sentence) for sentence in first)


def test_a_sentence_fills_all_its_slots() -> None:
    rng = random.Random(0)
    for language in LANGUAGES:
        for _ in range(500):
            sentence = make_sentence(language, rng)
            assert "{" not in sentence
            assert sentence[-1] in ".?"


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_follow_each_other_within_the_sound(speech: SpeechMaker, language: str) -> None:
    spoken = speech.sentence(language, seed=1)
    assert spoken.samples.dtype == np.float32
    assert 0.05 < np.abs(spoken.samples).max() <= 1.0
    assert [word.text for word in spoken.words] == spoken.text.split()
    assert spoken.words[0].start_s == pytest.approx(0.3)
    assert spoken.words[-1].end_s == pytest.approx(spoken.duration_s - 0.5)
    for word, following in zip(spoken.words, spoken.words[1:], strict=False):
        assert word.start_s < word.end_s <= following.start_s + 1e-9


def test_a_word_is_heard_where_its_times_say(speech: SpeechMaker) -> None:
    """A pause after a comma is quiet; the words beside it are not."""
    spoken = speech.say("Good morning everyone.", "en")
    start = round(spoken.words[1].start_s * SAMPLE_RATE_HZ)
    end = round(spoken.words[1].end_s * SAMPLE_RATE_HZ)
    lead = spoken.samples[: round(0.25 * SAMPLE_RATE_HZ)]
    assert np.sqrt(np.mean(spoken.samples[start:end] ** 2)) > 0.02
    assert np.abs(lead).max() == 0.0


def test_a_stream_is_as_long_as_asked_and_knows_its_words(speech: SpeechMaker) -> None:
    stream = speech.stream("en", 20.0, pause=(0.5, 0.9), seed=2)
    assert len(stream.samples) == 20 * SAMPLE_RATE_HZ
    assert len(stream.sentences) >= 4
    assert " ".join(word.text for word in stream.words) == stream.text
    for sentence, following in zip(stream.sentences, stream.sentences[1:], strict=False):
        assert 0.45 <= following.start_s - sentence.end_s <= 0.95
    half = stream.text_between(0.0, 10.0)
    assert half
    assert stream.text.startswith(half)


def test_streams_repeat_with_their_seed(speech: SpeechMaker) -> None:
    stream = speech.stream("ko", 8.0, seed=5)
    speech.sentence("en", seed=9)  # something else in between: no state is left in the library
    again = speech_stream("ko", 8.0, seed=5)
    assert again.text == stream.text
    assert np.array_equal(again.samples, stream.samples)
    assert speech.stream("ko", 8.0, seed=6).text != stream.text


def test_a_mixed_stream_tells_the_language_of_each_sentence(speech: SpeechMaker) -> None:
    stream = speech.mixed(LANGUAGES, 30.0, seed=1)
    assert {sentence.language for sentence in stream.sentences} == set(LANGUAGES)
    for sentence in stream.sentences:
        korean = any("가" <= letter <= "힣" for letter in sentence.text)
        assert korean == (sentence.language == "ko")


def test_shared_speech_cannot_be_written_to(speech: SpeechMaker) -> None:
    with pytest.raises(ValueError, match="read-only"):
        speech.sentence("en").samples[0] = 1.0


def test_resampling_keeps_a_tone_and_its_place() -> None:
    times_s = np.arange(22_050) / 22_050
    resampled = resample(np.sin(2 * np.pi * 1_000 * times_s).astype(np.float32), 320, 441)
    wanted = np.sin(2 * np.pi * 1_000 * np.arange(16_000) / 16_000)
    assert len(resampled) == 16_000
    assert np.abs(resampled - wanted)[200:-200].max() < 0.01


def test_sounds_have_the_level_asked_for() -> None:
    for sound in (
        sounds.white_noise(2.0, -30.0),
        sounds.pink_noise(2.0, -30.0),
        sounds.hum(2.0, -30.0),
        sounds.tone(2.0, level_dbfs=-30.0),
    ):
        assert sound.dtype == np.float32
        assert len(sound) == 32_000
        assert 20 * np.log10(np.sqrt(np.mean(sound**2))) == pytest.approx(-30.0, abs=0.5)
    assert not sounds.silence(1.0).any()
    assert sounds.keyboard(2.0).any()


def test_noise_is_added_over_the_whole_length(speech: SpeechMaker) -> None:
    clean = speech.sentence("en")
    noisy = with_noise(clean, sounds.white_noise(0.5, -40.0))
    assert len(noisy.samples) == len(clean.samples)
    assert noisy.samples[-1_000:].std() == pytest.approx(0.01, rel=0.2)


def test_a_wav_file_holds_the_samples(tmp_path: Path) -> None:
    samples = sounds.tone(0.5)
    write_wav(tmp_path / "tone.wav", samples)
    with wave.open(str(tmp_path / "tone.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert np.abs(pcm / 32_767 - samples).max() < 1e-4


def test_errors_are_counted_in_words_or_syllables() -> None:
    assert error_rate("The budget is ready.", "the budget is ready", "en") == 0.0
    assert error_rate("The budget is ready.", "the budget was", "en") == pytest.approx(0.5)
    assert error_rate("예산을 확인해 주세요.", "예산을 확인해주세요", "ko") == 0.0
    assert error_rate("예산을", "예산이", "ko") == pytest.approx(1 / 3)


@pytest.fixture(scope="module")
def fixture_model(whisper_fixture_path: Path) -> WhisperModel:
    from faster_whisper import WhisperModel

    return WhisperModel(str(whisper_fixture_path), device="cpu", compute_type="int8", cpu_threads=1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fixture_model_understands_a_sentence(
    speech: SpeechMaker, fixture_model: WhisperModel, language: str
) -> None:
    spoken = speech.sentence(language, seed=2)
    segments, info = fixture_model.transcribe(spoken.samples, beam_size=1)
    assert info.language == language
    assert error_rate(spoken.text, "".join(s.text for s in segments), language) <= 0.1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fixture_model_understands_a_stream(
    speech: SpeechMaker, fixture_model: WhisperModel, language: str
) -> None:
    stream = speech.stream(language, 12.0, seed=3)
    segments, _ = fixture_model.transcribe(
        stream.samples, language=language, beam_size=1, word_timestamps=True
    )
    words = [word for segment in segments for word in segment.words or []]
    assert error_rate(stream.text, "".join(word.word for word in words), language) <= 0.1
    if [word.word.strip() for word in words] == [word.text for word in stream.words]:
        off_s = [abs(h.start - said.start_s) for h, said in zip(words, stream.words, strict=True)]
        assert np.median(off_s) < 0.15


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fixture_model_keeps_its_place_in_a_full_window_after_another_text(
    speech: SpeechMaker, fixture_model: WhisperModel, language: str
) -> None:
    stream = speech.stream(language, 29.0, seed=4)
    before = " ".join(islice(held_out_sentences(language, seed=77), 30))[:200]
    segments, _ = fixture_model.transcribe(
        stream.samples,
        language=language,
        beam_size=1,
        without_timestamps=True,
        initial_prompt=before,
    )
    assert error_rate(stream.text, "".join(s.text for s in segments), language) <= 0.1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fixture_model_hears_nothing_in_noise(
    fixture_model: WhisperModel, language: str
) -> None:
    for sound in (sounds.silence(3.0), sounds.white_noise(3.0), sounds.hum(3.0)):
        segments, _ = fixture_model.transcribe(sound, language=language, beam_size=1)
        assert not list(segments)
