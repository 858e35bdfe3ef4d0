"""The captioner with a real model on real (synthetic) speech, sound arriving as it does live."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from captioner_runs import Heard, Wrapped, captioner, stream

from desktop.engine.asr.captioner import CaptionerOptions, TrackCaptioner
from desktop.engine.asr.hallucination import Context, HallucinationStack, Verdict
from desktop.engine.asr.language import LanguageOptions, LanguageTracker
from desktop.engine.asr.recogniser import DecodeRequest, Decoding, RecogniserInfo
from desktop.engine.asr.whisper import WhisperRecogniser
from desktop.engine.audio.feed import ArrayFeed
from desktop.engine.vad.silero import SileroDetector
from desktop.events import (
    SAMPLE_RATE_HZ,
    HypothesisUpdated,
    LanguageLocked,
    SegmentCommitted,
    SegmentSuppressed,
    Track,
    Word,
    WordsCommitted,
)
from tests.speech import SpeechMaker, error_rate, sounds
from tests.speech.streams import Speech, join


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("chunk_s", [0.1, 1.0, 60.0])
def test_what_was_said_is_what_is_kept(
    whisper: WhisperRecogniser, speech: SpeechMaker, language: str, chunk_s: float
) -> None:
    made = speech.stream(language, 8.0, seed=1)
    heard = stream(made.samples, whisper, language, chunk_s)
    assert error_rate(made.text, heard.text, language) <= 0.05
    found = {w.text.strip(): w for w in heard.words}
    for spoken in made.words:
        if spoken.text in found and sum(w.text == spoken.text for w in made.words) == 1:
            assert found[spoken.text].start_s == pytest.approx(spoken.start_s, abs=0.35)


@pytest.mark.parametrize("said", [("en", 3), ("ko", 1)])
@pytest.mark.parametrize("chunk_s", [0.0, 1.0, 60.0])
def test_an_utterance_longer_than_one_decode_loses_nothing(
    whisper: WhisperRecogniser,
    speech: SpeechMaker,
    monkeypatch: pytest.MonkeyPatch,
    said: tuple[str, int],
    chunk_s: float,
) -> None:
    """Whisper's decoder ends after 224 tokens, less than 26 s of quick Korean; here after 24.

    A chunk of 0 s stands for a file.
    """
    monkeypatch.setattr("desktop.engine.asr.whisper.CONTEXT_TOKENS", 48)
    language, seed = said
    made = speech.stream(language, 10.0, pause=(0.05, 0.1), seed=seed)
    options = CaptionerOptions(live=chunk_s > 0, read_s=30.0, window_s=20.0)
    heard = stream(made.samples, whisper, language, chunk_s or 60.0, options)
    assert error_rate(made.text, heard.text, language) <= 0.08


class ShortOfBreath:
    """Hears a word every half a second, at most twelve a pass, the last stretched to the end."""

    info = RecogniserInfo("short of breath", "cpu", "none", ("en",))

    def __init__(self, probability: float) -> None:
        self.probability = probability

    def decode(self, request: DecodeRequest) -> Decoding:
        start_s = request.start_sample / SAMPLE_RATE_HZ
        end_s = start_s + len(request.samples) / SAMPLE_RATE_HZ
        after = len(request.prefix.split())
        spoken = [i for i in range(400) if start_s - 0.15 <= i / 2 and i / 2 + 0.3 < end_s][after:]
        words = [
            Word(f" word{i}", i / 2 - start_s, i / 2 + 0.3 - start_s, self.probability)
            for i in spoken[:12]
        ]
        cut_off = len(spoken) > 12
        if cut_off:
            words[-1] = replace(words[-1], text=words[-1].text[:-1], end_s=end_s - start_s)
        return Decoding(tuple(words), "en", 1.0, -0.05, 0.01, cut_off=cut_off)

    def language_probabilities(self, _: object) -> dict[str, float]:
        return {"en": 1.0}

    def close(self) -> None:
        pass


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("probability", [0.45, 0.99])
@pytest.mark.parametrize("chunk_s", [0.5, 60.0])
def test_whatever_settles_every_word_of_a_long_utterance_is_told_once(
    speech: SpeechMaker, live: bool, probability: float, chunk_s: float
) -> None:
    made = speech.stream("en", 45.0, seed=1, pause=(0.05, 0.1))
    options = CaptionerOptions(live=live, read_s=30.0)
    heard = stream(made.samples, ShortOfBreath(probability), "en", chunk_s, options)
    numbers = [int(word.text.strip(" .").removeprefix("word")) for word in heard.words]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert len(numbers) > 80


class HalfWords(ShortOfBreath):
    """Hears word after word, not quite sure of the first; one that is cut in two is a guess."""

    every_s, long_s, clear_s = 0.43, 0.4, 0.35

    def decode(self, request: DecodeRequest) -> Decoding:
        start_s = request.start_sample / SAMPLE_RATE_HZ
        end_s = start_s + len(request.samples) / SAMPLE_RATE_HZ
        words = []
        for number in range(400):
            at_s = number * self.every_s
            if at_s + self.long_s <= start_s or end_s <= at_s:
                continue
            whole = start_s < at_s + 0.05 and at_s + self.clear_s < end_s
            text = f" {'word' if whole else 'half'}{number}"
            begin_s, stop_s = max(at_s, start_s), min(at_s + self.long_s, end_s)
            words.append(Word(text, begin_s - start_s, stop_s - start_s, self.probability))
        words = words[len(request.prefix.split()) :]
        if words and not request.prefix:
            words[0] = replace(words[0], probability=0.7)
        return Decoding(tuple(words), "en", 1.0, -0.05, 0.01)


@pytest.mark.parametrize("live", [False, True])
def test_a_window_that_reached_its_limit_cuts_no_word(speech: SpeechMaker, live: bool) -> None:
    """Speech without a pause, as in a lecture: the next window goes on inside it."""
    made = speech.stream("en", 80.0, seed=1, pause=(0.05, 0.1))
    options = CaptionerOptions(live=live, read_s=30.0)
    heard = stream(made.samples, HalfWords(0.99), "en", 60.0, options)
    said = [word.text.strip(" .") for word in heard.words[1:-1]]  # where speech itself begins, ends
    first = int(said[0].removeprefix("word"))
    assert said == [f"word{first + i}" for i in range(len(said))]
    assert len(said) > 170


def test_text_shows_before_it_is_final(whisper: WhisperRecogniser, speech: SpeechMaker) -> None:
    made = speech.stream("en", 8.0, seed=1)
    heard = stream(made.samples, whisper)
    kinds = [
        type(e)
        for e in heard.events
        if isinstance(e, WordsCommitted) or (isinstance(e, HypothesisUpdated) and e.text)
    ]
    assert kinds.count(HypothesisUpdated) >= 3
    assert HypothesisUpdated in kinds[:2]
    assert len(heard.of(WordsCommitted)) > len(heard.of(SegmentCommitted))
    assert heard.of(HypothesisUpdated)[-1].text == ""


def test_a_file_is_decoded_utterance_by_utterance(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    made = speech.stream("ko", 8.0, seed=1)
    recogniser = Wrapped(whisper)
    heard = stream(made.samples, recogniser, "ko", 60.0, CaptionerOptions(live=False, read_s=30.0))
    assert error_rate(made.text, heard.text, "ko") <= 0.05
    assert len(recogniser.requests) == len(made.sentences)
    assert all(request.final for request in recogniser.requests)


@pytest.mark.parametrize("kind", ["silence", "white", "pink", "hum", "keyboard"])
def test_what_is_not_speech_gives_no_text(whisper: WhisperRecogniser, kind: str) -> None:
    made = {
        "silence": sounds.silence,
        "white": sounds.white_noise,
        "pink": sounds.pink_noise,
        "hum": sounds.hum,
        "keyboard": sounds.keyboard,
    }[kind](6.0)
    heard = stream(made, whisper, None)
    assert (heard.text, heard.words) == ("", [])


def test_a_long_nothing_is_not_listened_to(whisper: WhisperRecogniser, speech: SpeechMaker) -> None:
    """faults: A27 - after a night's sleep the machine is spoken to while it reads hours of it."""
    before, after = speech.sentence("en", 1), speech.sentence("en", 2)
    gap = np.zeros(120 * SAMPLE_RATE_HZ, dtype=np.float32)
    samples = np.concatenate([before.samples, gap, after.samples])
    feed, sink = ArrayFeed(samples), Heard()
    track = captioner(feed, whisper, sink)
    listen, listened = track._detector.probabilities, []

    def count(piece: np.ndarray) -> np.ndarray:
        listened.append(len(piece))
        return listen(piece)

    track._detector.probabilities = count  # type: ignore[method-assign]
    while track.step():
        pass
    sink.check(len(samples))
    assert sum(listened) < len(samples) - 80 * SAMPLE_RATE_HZ
    assert error_rate(f"{before.text} {after.text}", sink.text, "en") <= 0.05
    begun_s = (len(before.samples) + len(gap)) / SAMPLE_RATE_HZ + after.words[0].start_s
    second = next(line for line in sink.of(SegmentCommitted) if line.start_s > 60)
    assert second.start_s == pytest.approx(begun_s, abs=0.35)


def test_sound_shorter_than_a_frame_is_accounted_for(whisper: WhisperRecogniser) -> None:
    assert stream(sounds.silence(0.01), whisper).accounts == [(0, 160, False)]
    assert stream(sounds.silence(0.0), whisper).accounts == []


@pytest.mark.parametrize("language", ["en", "ko"])
def test_long_speech_is_trimmed_and_nothing_is_doubled_or_lost(
    whisper: WhisperRecogniser, speech: SpeechMaker, language: str
) -> None:
    """Pauses too short to end an utterance; windows of four seconds, so that they are trimmed."""
    made = speech.stream(language, 14.0, pause=(0.3, 0.36), seed=2)
    recogniser = Wrapped(whisper)
    options = CaptionerOptions(window_s=4.0, window_limit_s=8.0)
    heard = stream(made.samples, recogniser, language, 0.5, options)
    longest = max(len(request.samples) for request in recogniser.requests)
    assert longest <= 8.0 * SAMPLE_RATE_HZ
    assert len({request.start_sample for request in recogniser.requests}) > 2
    assert error_rate(made.text, heard.text, language) <= 0.15


def test_the_window_never_grows_beyond_its_limit_even_if_nothing_settles(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    made = speech.stream("en", 10.0, pause=(0.2, 0.3), seed=3)

    class Mumbling(Wrapped):
        """Never says the same twice, and is never sure."""

        def decode(self, request: DecodeRequest) -> Decoding:
            self.requests.append(request)
            word = Word(f" w{len(self.requests)}", 0.1, 0.3, 0.01)
            return Decoding((word,), "en", 1.0, -2.0, 0.9)

    recogniser = Mumbling(whisper)
    options = CaptionerOptions(window_s=2.0, window_limit_s=4.0)
    heard = stream(made.samples, recogniser, "en", 0.5, options)
    assert max(len(r.samples) for r in recogniser.requests) <= 4.0 * SAMPLE_RATE_HZ
    assert len(recogniser.requests) < 40
    assert heard.text == ""
    assert heard.of(SegmentSuppressed)


def test_the_prompt_is_what_was_said_and_is_forgotten_after_silence(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    parts = [
        speech.say("The deadline for the report is Friday.", "en", None, 0.6, 0.6),
        speech.say("There is a problem with the website.", "en", None, 0.6, 6.0),
        speech.say("We decided to cancel the old database.", "en", None, 0.6, 1.0),
    ]
    recogniser = Wrapped(whisper)
    stream(join(parts).samples, recogniser)
    prompts = [request.prompt for request in recogniser.requests]
    assert prompts[0] == prompts[-1] == ""
    assert any("Friday" in prompt for prompt in prompts)


def test_the_language_is_found_by_listening(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    made = speech.stream("en", 12.0, seed=1)
    heard = stream(made.samples, whisper, None)
    assert error_rate(made.text, heard.text, "en") <= 0.1
    assert {line.language for line in heard.of(SegmentCommitted)} == {"en"}
    assert heard.of(LanguageLocked)[-1].language == "en"


def test_korean_stays_korean_when_nothing_is_set(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    made: Speech = speech.stream("ko", 8.0, seed=1)
    heard = stream(made.samples, whisper, None)
    assert error_rate(made.text, heard.text, "ko") <= 0.1


def test_a_line_is_told_before_the_words_of_the_next_one(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    """Who shows both never has to take committed words away again."""
    made = speech.stream("en", 14.0, pause=(0.1, 0.3), seed=2)
    heard = stream(made.samples, whisper)
    shown: list[Word] = []
    for event in heard.events:
        if isinstance(event, WordsCommitted):
            shown += event.words
        elif isinstance(event, SegmentCommitted):
            assert tuple(shown) == event.words
            shown = []
    assert len(heard.of(SegmentCommitted)) > 2


def test_the_first_word_may_begin_with_the_sound(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    """A recording that begins in the middle of speech, or another model going on there."""
    made = speech.say("The deadline for the report is Friday.", "en")
    onset = round(made.words[0].start_s * SAMPLE_RATE_HZ)
    heard = stream(made.samples[onset:], whisper)
    assert heard.words[0].start_s < 0.15
    assert error_rate(made.text, heard.text, "en") <= 0.2


def test_the_stack_is_not_asked_about_hours_of_text(speech: SpeechMaker) -> None:
    """Music without a pause: what each pass costs must not grow with the utterance."""

    class Counting(HallucinationStack):
        longest = 0

        def judge(self, decoding: Decoding, context: Context, *, final: bool) -> Verdict:
            self.longest = max(self.longest, len(context.before))
            return super().judge(decoding, context, final=final)

    class Talking:
        info = RecogniserInfo("talking", "cpu", "none", ("en",))

        def decode(self, request: DecodeRequest) -> Decoding:
            first = request.start_sample / SAMPLE_RATE_HZ
            count = int(len(request.samples) / SAMPLE_RATE_HZ * 2)
            after = len(request.prefix.split())
            words = tuple(
                Word(f" word{round((first + i / 2) * 10)}", i / 2, i / 2 + 0.4, 0.99)
                for i in range(after, count)
            )
            return Decoding(words, "en", 1.0, -0.05, 0.01)

        def language_probabilities(self, _: object) -> dict[str, float]:
            return {"en": 1.0}

        def close(self) -> None:
            pass

    made = speech.stream("en", 60.0, pause=(0.1, 0.2), seed=2)
    feed, sink, stack = ArrayFeed(made.samples), Heard(), Counting()
    track = TrackCaptioner(
        Track.MIC,
        feed,
        recogniser=Talking(),
        detector=SileroDetector(),
        language=LanguageTracker(LanguageOptions(), lambda _: {}, fixed="en"),
        stack=stack,
        sink=sink,
    )
    while track.step():
        pass
    assert len(sink.text) > 400
    assert 0 < stack.longest <= 200
