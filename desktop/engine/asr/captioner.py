"""The streaming captioner of one track: sound as it arrives in, committed words out.

Each step reads what is new from the feed, follows speech with the voice detector and has the open
utterance decoded again whenever enough was added (`DecodingWindow`).  A slow decoder takes larger
steps, never less sound (faults: A34).

Runs on the recogniser's thread.  Knows nothing of files, stores or windows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from desktop.engine.asr.captioner_options import CaptionerOptions
from desktop.engine.asr.delivery import CaptionSink, Delivery
from desktop.engine.asr.hallucination import HallucinationStack
from desktop.engine.asr.hypothesis import running_on
from desktop.engine.asr.language import LanguageTracker
from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.asr.window import DecodingWindow
from desktop.engine.audio.feed import AudioFeed, Samples
from desktop.engine.vad.detector import FRAME_SAMPLES, VoiceDetector
from desktop.engine.vad.segmenter import Edge, SpeechSegmenter
from desktop.events import SAMPLE_RATE_HZ, Track, Word

__all__ = ["CaptionSink", "CaptionerOptions", "TrackCaptioner"]

_FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ
_LEAD_S = 0.3  # sound before the first word, for the voice detector
_NOTHING_S = 5.0  # the detector has come to rest by then
_ONSET_S = 1.0  # what an utterance may already be long when it is noticed


class TrackCaptioner:
    """Captions one track.  Call `step` until it returns False, then wait for more sound.

    Args:
        track: which track it is.
        feed: its sound.
        recogniser: decodes.
        detector: finds speech; must be fresh.
        language: says (or finds) the language.
        stack: judges what was decoded.
        sink: receives everything.
        options: see `CaptionerOptions`.
        start: the first sample to be told of.
        told: words told before `start` by another captioner.  Where they end there, those words
            and their sound are what this one goes on from: a cut inside an utterance, whose place
            is not exact, costs no word and doubles none.
        clock: Unix seconds, for the events.
    """

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
        told: Sequence[Word] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.track = track
        self._feed = feed
        self._detector = detector
        self._language = language
        self._basic = recogniser.info.basic
        self._options = options or CaptionerOptions()
        told = running_on(told, start / SAMPLE_RATE_HZ, self._options.keep_words)
        begin = round((told[0].start_s - _LEAD_S) * SAMPLE_RATE_HZ) if told else start
        begin = min(max(begin, 0), start)
        self._start = start
        self._segmenter = SpeechSegmenter(self._options.segmenter, begin)
        self._delivery = Delivery(
            track,
            sink,
            language=language,
            options=self._options.lines,
            clock=clock,
            start=start,
        )
        self._window = DecodingWindow(
            feed,
            recogniser,
            language=language,
            stack=stack,
            segmenter=self._segmenter,
            delivery=self._delivery,
            options=self._options,
            start=begin,
            told=told,
        )
        self._read_to = begin
        self._speech_end = begin  # of the utterance before
        self._nothing = 0  # samples without any sound, up to where the feed was read
        self._finished = False

    @property
    def told(self) -> Sequence[Word]:
        """The last words told, as far as another captioner may go on from them.

        None of the basic recogniser's: its English is no context for a better one.
        """
        return () if self._basic else self._window.told

    @property
    def position(self) -> int:
        """Samples taken from the feed."""
        return self._read_to

    @property
    def finished(self) -> bool:
        """The feed has ended and everything in it is dealt with."""
        return self._finished

    @property
    def compute_s(self) -> float:
        """Time spent decoding so far."""
        return self._window.compute_s

    @property
    def passes(self) -> int:
        """Decoder calls so far."""
        return self._window.passes

    @property
    def fixed_language(self) -> str:
        """The language that was set, "" where it is found out by listening."""
        return self._language.fixed

    def lag_s(self) -> float:
        """Sound that is available but not yet looked at."""
        return (self._feed.available() - self._read_to) / SAMPLE_RATE_HZ

    # ------------------------------------------------------------------------------ stepping

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
            self._window.decode(self._window.end(), final=False)
        return taken

    def settle(self) -> int:
        """Closes the line as it stands; returns where another captioner goes on (sample).

        What is told already, as words or as suppressed lines, is not heard again.
        """
        position = self._delivery.accounted_to
        if self._delivery.open_line:
            said = round(self._delivery.open_line[-1].end_s * SAMPLE_RATE_HZ)
            position = max(said, self._window.start)
            self._delivery.end_line(position)
            self._delivery.account(position, speech=True)
        elif self._segmenter.active:
            begun = self._window.start if self._segmenter.confirmed else self._segmenter.start
            position = max(min(position, begun), self._start)
        self._window.leave(position)
        self._delivery.hypothesis(())
        self._finished = True
        return position

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
        probabilities = self._listen(samples)  # if this fails, nothing was taken
        self._read_to += len(samples)
        self._delivery.heard_to = self._read_to
        for probability in probabilities:
            edge = self._segmenter.push(float(probability))
            if edge is Edge.CONFIRMED:
                self._open_utterance()
            elif edge is Edge.ENDED:
                self._close_utterance()
        if not self._segmenter.active:
            self._delivery.account(self._segmenter.position, speech=False)
        return True

    def _listen(self, samples: Samples) -> Samples:
        """Probabilities of speech.  After a while of nothing at all the detector is not asked.

        A machine that slept over night leaves hours of it, and people speak again meanwhile.
        """
        if samples.any():
            self._nothing = 0
            return self._detector.probabilities(samples)
        whole = self._read_to == self._segmenter.position and not len(samples) % FRAME_SAMPLES
        if self._nothing >= _NOTHING_S * SAMPLE_RATE_HZ and whole:
            return np.zeros(len(samples) // FRAME_SAMPLES, dtype=np.float32)
        probabilities = self._detector.probabilities(samples)
        self._nothing += len(samples)
        return probabilities

    def _open_utterance(self) -> None:
        start = self._segmenter.start
        quiet_s = (start - self._speech_end) / SAMPLE_RATE_HZ
        self._delivery.account(start, speech=False)
        self._window.open(start, quiet_s)

    def _close_utterance(self) -> None:
        self._window.close(self._window.end())
        self._speech_end = self._segmenter.speech_end

    def _finish(self) -> None:
        if self._segmenter.finish() is Edge.ENDED:
            self._close_utterance()
        self._delivery.account(self._read_to, speech=False)
        self._finished = True

    # -------------------------------------------------------------------------------- pacing

    def _room(self) -> int:
        """How much may be read before the open window would exceed its limit."""
        limit_s = self._options.window_limit_s
        room = round(min(self._options.read_s, limit_s - _ONSET_S) * SAMPLE_RATE_HZ)
        if self._segmenter.confirmed:
            limit = round(limit_s * SAMPLE_RATE_HZ)
            room = min(room, self._window.start + limit - self._segmenter.position)
            if self._options.live:
                room = min(room, self._next_pass_end() - self._read_to)
        return max(room, FRAME_SAMPLES)

    def _due(self) -> bool:
        position = self._segmenter.position
        window_s = (position - self._window.start) / SAMPLE_RATE_HZ
        if window_s >= self._options.window_limit_s - _FRAME_S:
            return True
        if not self._options.live:
            return False
        if self._segmenter.pausing:
            # the words so far are complete: one pass that sees the end of speech settles them
            return not self._window.saw_the_end()
        return (position - self._window.pass_end) / SAMPLE_RATE_HZ >= self._step_s() - _FRAME_S

    def _next_pass_end(self) -> int:
        """Sound that came in one large piece is decoded in steps, so that passes can agree.

        The steps are even and the last one reaches the end of what there is.
        """
        new = self._feed.available() - self._window.pass_end
        steps = max(int(new / (self._step_s() * SAMPLE_RATE_HZ)), 1)
        return self._window.pass_end + -(-new // steps)

    def _step_s(self) -> float:
        """New sound that the next pass waits for: little while the decoder keeps up."""
        return max(self._options.step_s, self._options.step_per_cost * self._window.cost_s)
