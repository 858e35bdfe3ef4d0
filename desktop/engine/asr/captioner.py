"""The streaming captioner of one track: sound as it arrives in, committed words out.

Each step reads what is new from the feed, follows speech with the voice detector and decodes the
open utterance again whenever enough was added.  The window starts where the utterance starts (or
a few committed words back, once it grows long), committed words are the decoder's prefix, and
`HypothesisBuffer` says what becomes final.  A slow decoder takes larger steps, never less sound.

Runs on the recogniser's thread.  Knows nothing of files, stores or windows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from desktop.engine.asr.hallucination import Context, HallucinationStack, cut_loops
from desktop.engine.asr.hypothesis import CommitOptions, HypothesisBuffer, drop_overlap
from desktop.engine.asr.language import LanguageTracker
from desktop.engine.asr.lines import LineBuilder, LineOptions, confidence, line_text
from desktop.engine.asr.recogniser import DecodeRequest, Decoding, Recogniser
from desktop.engine.audio.feed import AudioFeed
from desktop.engine.vad.detector import FRAME_SAMPLES, VoiceDetector
from desktop.engine.vad.segmenter import Edge, SegmenterOptions, SpeechSegmenter
from desktop.errors import RecogniserError
from desktop.events import (
    SAMPLE_RATE_HZ,
    Event,
    HypothesisUpdated,
    LanguageLocked,
    SegmentCommitted,
    SegmentSuppressed,
    Track,
    Word,
    WordsCommitted,
)


@dataclass(frozen=True, slots=True)
class CaptionerOptions:
    """How a track is captioned.  Seconds unless named otherwise.

    Args:
        step_s: new sound needed for another pass while an utterance is open.
        step_per_cost: ... or this many times what the last pass took to compute, if that is more.
        window_s: committed words leave the window once it is longer than this.
        window_limit_s: the window never gets longer; Whisper takes 30 s.
        keep_words: committed words that stay in the window as prefix when it is trimmed.
        tail_s: sound taken after the end of speech.
        read_s: most sound taken from the feed at once.
        prompt_characters: committed text before the window given as prompt; 0 for none.
        prompt_reset_s: silence after which it is forgotten.
        attempts: tries before a piece the decoder fails on is passed over (faults: A35).
        live: False decodes only whole utterances (files, catching up).
    """

    step_s: float = 0.5
    step_per_cost: float = 2.0
    window_s: float = 12.0
    window_limit_s: float = 26.0
    keep_words: int = 3
    tail_s: float = 0.3
    read_s: float = 10.0
    prompt_characters: int = 200
    prompt_reset_s: float = 4.0
    attempts: int = 2
    live: bool = True
    commit: CommitOptions = field(default_factory=CommitOptions)
    lines: LineOptions = field(default_factory=LineOptions)
    segmenter: SegmenterOptions = field(default_factory=SegmenterOptions)


class CaptionSink(Protocol):
    """Where a captioner delivers.  Called on the recogniser's thread, in order."""

    def publish(self, event: Event) -> None:
        """Hypotheses, committed words, language: for showing, not for keeping."""

    def line(self, segment: SegmentCommitted, progress_samples: int) -> None:
        """A finished line to keep; everything before `progress_samples` is dealt with."""

    def suppressed(self, segment: SegmentSuppressed, progress_samples: int) -> None:
        """A line held back, to keep too."""

    def accounted(self, start: int, end: int, *, speech: bool) -> None:
        """Samples ``[start, end)`` are dealt with: recognised, or silence."""

    def failed(self, start: int, end: int, error: RecogniserError) -> None:
        """The decoder gave up on ``[start, end)``; the sound is kept."""


class TrackCaptioner:
    """Captions one track.  Call `step` until it returns False, then wait for more sound."""

    def __init__(
        self,
        track: Track,
        feed: AudioFeed,
        *,
        recogniser: Recogniser,
        detector: VoiceDetector,
        language: LanguageTracker,
        stack: HallucinationStack,
        sink: CaptionSink,
        options: CaptionerOptions | None = None,
        start: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.track = track
        self._feed = feed
        self._recogniser = recogniser
        self._detector = detector
        self._language = language
        self._stack = stack
        self._sink = sink
        self._options = options or CaptionerOptions()
        self._clock = clock
        self._segmenter = SpeechSegmenter(self._options.segmenter, start)
        self._buffer = HypothesisBuffer(self._options.commit)
        self._lines = LineBuilder(self._options.lines)
        self._read_to = start
        self._accounted_to = start
        self._window_start = start
        self._pass_end = start
        self._prompt = ""
        self._utterance_text = ""
        self._last_decoding: Decoding | None = None
        self._finished = False
        self.compute_s = 0.0  # time spent decoding so far
        self.passes = 0
        self._pass_cost_s = 0.0

    # ------------------------------------------------------------------------------ stepping

    @property
    def position(self) -> int:
        """Samples taken from the feed."""
        return self._read_to

    @property
    def finished(self) -> bool:
        """The feed has ended and everything in it is dealt with."""
        return self._finished

    def lag_s(self) -> float:
        """Sound that is available but not yet looked at."""
        return (self._feed.available() - self._read_to) / SAMPLE_RATE_HZ

    def step(self) -> bool:
        """Takes what is new, decodes if it is time to; returns whether anything was taken."""
        if self._finished:
            return False
        available = self._feed.available()
        ended = self._feed.finished() and available == self._feed.available()
        taken = self._take(available)
        if ended and self._read_to >= available:
            self._finish()
            return False
        if self._segmenter.confirmed and self._due():
            self._pass(self._window_end(), final=False)
        return taken

    def settle(self) -> int:
        """Closes the line as it stands; returns where another captioner goes on (sample)."""
        if self._lines.words:
            end = round(self._lines.words[-1].end_s * SAMPLE_RATE_HZ)
            self._close_line(self._lines.flush(), end)
            self._account(end, speech=True)
        self._publish_hypothesis((), self._accounted_to)
        self._finished = True
        return self._accounted_to

    def _take(self, available: int) -> bool:
        """Feeds new samples to the voice detector and follows its edges."""
        count = min(available - self._read_to, self._room())
        count -= (self._read_to + count - self._segmenter.position) % FRAME_SAMPLES
        if count < FRAME_SAMPLES and not self._feed.finished():
            return False
        count = max(count, min(available - self._read_to, FRAME_SAMPLES))
        samples = self._feed.read(self._read_to, count)
        if not len(samples):
            return False
        self._read_to += len(samples)
        for probability in self._detector.probabilities(samples):
            edge = self._segmenter.push(float(probability))
            if edge is Edge.CONFIRMED:
                self._open_utterance()
            elif edge is Edge.ENDED:
                self._close_utterance()
        if not self._segmenter.active:
            self._account(self._segmenter.position, speech=False)
        return True

    def _room(self) -> int:
        """How much may be read before the open window would exceed its limit."""
        room = round(self._options.read_s * SAMPLE_RATE_HZ)
        if self._segmenter.confirmed:
            limit = round(self._options.window_limit_s * SAMPLE_RATE_HZ)
            room = min(room, self._window_start + limit - self._segmenter.position)
            if self._options.live:
                room = min(room, self._next_pass_end() - self._read_to)
        return max(room, FRAME_SAMPLES)

    def _due(self) -> bool:
        new_s = (self._segmenter.position - self._pass_end) / SAMPLE_RATE_HZ
        window_s = (self._segmenter.position - self._window_start) / SAMPLE_RATE_HZ
        if window_s >= self._options.window_limit_s - FRAME_SAMPLES / SAMPLE_RATE_HZ:
            return True
        if not self._options.live:
            return False
        if self._segmenter.pausing:
            # the words so far are complete: one pass that sees the end of speech settles them
            return self._pass_end < self._segmenter.speech_end + FRAME_SAMPLES
        return new_s >= self._step_s() - FRAME_SAMPLES / SAMPLE_RATE_HZ

    def _next_pass_end(self) -> int:
        """Sound that came in one large piece is decoded in steps, so that passes can agree.

        The steps are even and the last one reaches the end of what there is.
        """
        new = self._feed.available() - self._pass_end
        steps = max(int(new / (self._step_s() * SAMPLE_RATE_HZ)), 1)
        return self._pass_end + -(-new // steps)

    def _step_s(self) -> float:
        """New sound that the next pass waits for: little while the decoder keeps up."""
        cost_s = self._options.step_per_cost * self._pass_cost_s
        return max(self._options.step_s, cost_s)

    def _window_end(self) -> int:
        tail = self._segmenter.speech_end + round(self._options.tail_s * SAMPLE_RATE_HZ)
        return min(self._segmenter.position, tail)

    # ---------------------------------------------------------------------------- utterances

    def _open_utterance(self) -> None:
        quiet_s = (self._segmenter.start - self._accounted_to) / SAMPLE_RATE_HZ
        if quiet_s >= self._options.prompt_reset_s:
            self._prompt = ""
        self._account(self._segmenter.start, speech=False)
        self._window_start = self._segmenter.start
        self._pass_end = self._segmenter.start
        self._utterance_text = ""
        self._last_decoding = None
        self._buffer.clear()

    def _close_utterance(self) -> None:
        """Speech is over: settle what is open, close the line, forget the window."""
        end = self._window_end()
        if self._pass_end < self._segmenter.speech_end + FRAME_SAMPLES:
            self._pass(end, final=True)
        else:
            self._settle(end)
        speech = self._feed.read(self._window_start, end - self._window_start)
        if self._language.utterance(speech):
            self._publish_language(end)
        self._close_line(self._lines.flush(), end)
        self._remember("".join(word.text for word in self._buffer.committed))
        self._account(end, speech=True)
        self._buffer.clear()
        self._window_start = end
        self._publish_hypothesis((), end)

    def _finish(self) -> None:
        if self._segmenter.finish() is Edge.ENDED:
            self._close_utterance()
        self._account(self._read_to, speech=False)
        self._finished = True

    # -------------------------------------------------------------------------------- passes

    def _pass(self, end: int, *, final: bool) -> None:
        """Decodes the window up to `end` and commits what may be committed."""
        samples = self._feed.read(self._window_start, end - self._window_start)
        if not self._language.ready(samples, final=final):
            return
        decoding = self._decode(samples, final=final)
        self._pass_end = end
        if decoding is None:
            return
        if self._stalled(decoding, end):
            decoding = self._rescue(end, final=final) or decoding
        self._last_decoding = decoding
        verdict = self._stack.judge(decoding, self._context(), final=final)
        if verdict.hold:
            self._buffer.tail = decoding.words
            self._publish_hypothesis((), end)
            return
        if verdict.reason:
            self._suppress(decoding.words, verdict.reason, end)
            return
        self._commit(decoding.words, end, final=final)
        self._trim(end)

    def _settle(self, end: int) -> None:
        """The last pass saw the whole utterance already; its words are final now."""
        decoding = self._last_decoding
        if decoding is None or not self._buffer.tail:
            return
        rest = replace(decoding, words=self._buffer.tail)
        verdict = self._stack.judge(rest, self._context(), final=True)
        if verdict.reason:
            self._suppress(rest.words, verdict.reason, end)
        else:
            self._commit(rest.words, end, final=True)

    def _decode(self, samples: NDArray[np.float32], *, final: bool) -> Decoding | None:
        """One decoder call, with word times moved onto the track's timeline."""
        request = DecodeRequest(
            samples=samples,
            start_sample=self._window_start,
            language=self._language.language,
            prompt=self._prompt,
            prefix=self._buffer.prefix,
            final=final,
        )
        for attempt in range(self._options.attempts):
            began = time.perf_counter()
            try:
                decoding = self._recogniser.decode(request)
            except RecogniserError as error:
                if attempt + 1 == self._options.attempts:
                    end = self._window_start + len(samples)
                    self._sink.failed(self._window_start, end, error)
                continue
            finally:
                self._pass_cost_s = time.perf_counter() - began
                self.compute_s += self._pass_cost_s
                self.passes += 1
            return self._placed(decoding)
        return None

    def _placed(self, decoding: Decoding) -> Decoding:
        """Window times -> track times, kept within the speech that the detector saw.

        Alignment stretches the first word over the silence before it and the last word over the
        silence after it; the detector knows better.
        """
        offset = self._window_start / SAMPLE_RATE_HZ
        pad = self._options.segmenter.pad_s
        earliest = self._segmenter.start / SAMPLE_RATE_HZ + pad / 2
        latest = self._segmenter.speech_end / SAMPLE_RATE_HZ + pad / 2
        words = []
        for word in decoding.words:
            start = min(max(word.start_s + offset, earliest), latest)
            end = min(max(word.end_s + offset, start), max(latest, start))
            words.append(replace(word, start_s=start, end_s=end))
        kept, _ = cut_loops([*self._buffer.committed, *words])
        return replace(decoding, words=kept[len(self._buffer.committed) :])

    def _stalled(self, decoding: Decoding, end: int) -> bool:
        """The decoder said nothing after its prefix although somebody went on speaking."""
        if decoding.words or not self._buffer.committed:
            return False
        silent_words_s = self._segmenter.speech_end / SAMPLE_RATE_HZ
        silent_words_s -= self._buffer.committed[-1].end_s
        return silent_words_s > 1.0 and end > self._window_start

    def _rescue(self, end: int, *, final: bool) -> Decoding | None:
        """Starts afresh right after the last committed word, without a prefix."""
        committed = self._buffer.committed
        self._remember("".join(word.text for word in committed))
        self._window_start = round((committed[-1].end_s - 0.1) * SAMPLE_RATE_HZ)
        self._buffer.clear()
        samples = self._feed.read(self._window_start, end - self._window_start)
        decoding = self._decode(samples, final=final)
        if decoding is None:
            return None
        return replace(decoding, words=drop_overlap(committed, decoding.words))

    def _commit(self, words: tuple[Word, ...], end: int, *, final: bool) -> None:
        pausing = self._segmenter.pausing
        fresh = self._buffer.insert(words, end_s=end / SAMPLE_RATE_HZ, pausing=pausing, final=final)
        if fresh:
            self._utterance_text += "".join(word.text for word in fresh)
            self._sink.publish(
                WordsCommitted(
                    track=self.track,
                    audio_s=self._read_to / SAMPLE_RATE_HZ,
                    wall_s=self._clock(),
                    text=line_text(fresh),
                    words=fresh,
                    language=self._language.language,
                )
            )
            for line in self._lines.add(fresh):
                self._close_line(line, round(line[-1].end_s * SAMPLE_RATE_HZ))
        self._publish_hypothesis(self._buffer.tail, end)

    def _trim(self, end: int) -> None:
        """Keeps the window short: all but a few committed words leave it."""
        longest = round(self._options.window_s * SAMPLE_RATE_HZ)
        if end - self._window_start <= longest:
            return
        if len(self._buffer.committed) > self._options.keep_words:
            gone = self._buffer.trim(self._options.keep_words)
            self._remember("".join(word.text for word in gone))
            self._window_start = round(self._buffer.committed[0].start_s * SAMPLE_RATE_HZ)
            self._account(self._window_start, speech=True)
            return
        limit = round(self._options.window_limit_s * SAMPLE_RATE_HZ)
        if end - self._window_start >= limit - FRAME_SAMPLES:
            # nothing settles (music, babble): take the words as they are and go on after them
            tail = self._buffer.tail
            if tail:
                self._commit(tail, end, final=True)
            self._buffer.clear()
            self._window_start = end
            self._account(end, speech=True)

    # ------------------------------------------------------------------------------ delivery

    def _context(self) -> Context:
        speech = self._segmenter.speech_end - self._segmenter.start
        return Context(
            speech_s=speech / SAMPLE_RATE_HZ,
            voice_probability=self._segmenter.mean_probability,
            before=self._utterance_text,
        )

    def _remember(self, text: str) -> None:
        limit = self._options.prompt_characters
        self._prompt = (self._prompt + text)[-limit:] if limit else ""

    def _account(self, end: int, *, speech: bool) -> None:
        if end > self._accounted_to:
            self._sink.accounted(self._accounted_to, end, speech=speech)
            self._accounted_to = end

    def _close_line(self, words: tuple[Word, ...], progress: int) -> None:
        if not words:
            return
        self._sink.line(
            SegmentCommitted(
                track=self.track,
                sequence=0,
                start_s=words[0].start_s,
                end_s=words[-1].end_s,
                audio_s=self._read_to / SAMPLE_RATE_HZ,
                wall_s=self._clock(),
                text=line_text(words),
                words=words,
                language=self._language.language,
                confidence=confidence(words),
            ),
            progress,
        )

    def _suppress(self, words: tuple[Word, ...], reason: str, end: int) -> None:
        self._buffer.tail = ()
        self._publish_hypothesis((), end)
        if not words:
            return
        self._sink.suppressed(
            SegmentSuppressed(
                track=self.track,
                start_s=words[0].start_s,
                end_s=words[-1].end_s,
                audio_s=self._read_to / SAMPLE_RATE_HZ,
                wall_s=self._clock(),
                text=line_text(words),
                words=words,
                language=self._language.language,
                confidence=confidence(words),
                reason=reason,
            ),
            end,
        )

    def _publish_hypothesis(self, words: tuple[Word, ...], end: int) -> None:
        self._sink.publish(
            HypothesisUpdated(
                track=self.track,
                audio_s=end / SAMPLE_RATE_HZ,
                wall_s=self._clock(),
                text="".join(word.text for word in words),
                words=words,
                language=self._language.language,
            )
        )

    def _publish_language(self, end: int) -> None:
        self._sink.publish(
            LanguageLocked(
                track=self.track,
                language=self._language.language,
                probability=self._language.probability,
                audio_s=end / SAMPLE_RATE_HZ,
                wall_s=self._clock(),
            )
        )
