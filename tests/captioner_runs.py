"""Runs a captioner over sound that arrives as it does live, and checks what must always hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from desktop.engine.asr.captioner import CaptionerOptions, TrackCaptioner
from desktop.engine.asr.hallucination import HallucinationStack
from desktop.engine.asr.language import LanguageOptions, LanguageTracker
from desktop.engine.asr.recogniser import DecodeRequest, Decoding, Recogniser
from desktop.engine.audio.feed import ArrayFeed
from desktop.engine.vad.silero import SileroDetector
from desktop.errors import RecogniserError
from desktop.events import (
    SAMPLE_RATE_HZ,
    Event,
    HypothesisUpdated,
    SegmentCommitted,
    SegmentSuppressed,
    Track,
    Word,
    WordsCommitted,
)


@dataclass
class Heard:
    """A sink that keeps everything, in order."""

    events: list[Event] = field(default_factory=list)
    accounts: list[tuple[int, int, bool]] = field(default_factory=list)
    failures: list[tuple[int, int]] = field(default_factory=list)
    progress: list[int] = field(default_factory=list)

    def publish(self, event: Event) -> None:
        self.events.append(event)

    def line(self, segment: SegmentCommitted, progress_samples: int) -> None:
        self.events.append(segment)
        self.progress.append(progress_samples)

    def suppressed(self, segment: SegmentSuppressed, progress_samples: int) -> None:
        self.events.append(segment)

    def accounted(self, start: int, end: int, *, speech: bool) -> None:
        self.accounts.append((start, end, speech))

    def failed(self, start: int, end: int, error: RecogniserError) -> None:
        self.failures.append((start, end))

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.of(SegmentCommitted))

    @property
    def words(self) -> list[Word]:
        return [word for event in self.of(WordsCommitted) for word in event.words]

    def check(self, samples: int) -> None:
        """What must hold for every run."""
        reached = 0
        for start, end, _ in self.accounts:
            assert (start, end > start) == (reached, True)
            reached = end
        assert reached == samples
        lines = [word for line in self.of(SegmentCommitted) for word in line.words]
        assert lines == self.words, "a committed word is in exactly one line"
        starts = [word.start_s for word in lines]
        assert starts == sorted(starts)
        assert self.progress == sorted(self.progress)


class Wrapped:
    """A recogniser with something wrong with it."""

    def __init__(
        self, inner: Recogniser, before: Callable[[DecodeRequest], None] = lambda _: None
    ) -> None:
        self.inner = inner
        self.info = inner.info
        self.before = before
        self.requests: list[DecodeRequest] = []

    def decode(self, request: DecodeRequest) -> Decoding:
        self.requests.append(request)
        self.before(request)
        return self.inner.decode(request)

    def language_probabilities(self, samples: np.ndarray) -> dict[str, float]:
        return dict(self.inner.language_probabilities(samples))

    def close(self) -> None:
        self.inner.close()


def captioner(
    feed: ArrayFeed,
    recogniser: Recogniser,
    sink: Heard,
    *,
    language: str | None = "en",
    options: CaptionerOptions | None = None,
    start: int = 0,
    told: Sequence[Word] = (),
) -> TrackCaptioner:
    return TrackCaptioner(
        Track.MIC,
        feed,
        recogniser=recogniser,
        detector=SileroDetector(),
        language=LanguageTracker(
            LanguageOptions(), recogniser.language_probabilities, fixed=language
        ),
        stack=HallucinationStack(),
        sink=sink,
        options=options,
        start=start,
        told=told,
    )


def stream(
    samples: np.ndarray,
    recogniser: Recogniser,
    language: str | None = "en",
    chunk_s: float = 0.5,
    options: CaptionerOptions | None = None,
) -> Heard:
    """Plays `samples` in chunks and checks what must hold for every run."""
    sink, feed = Heard(), ArrayFeed(samples, revealed=0)
    track = captioner(feed, recogniser, sink, language=language, options=options)
    for end in range(0, len(samples), round(chunk_s * SAMPLE_RATE_HZ)):
        feed.reveal(end)
        while track.step():
            pass
    feed.reveal(len(samples))
    while track.step():
        pass
    assert track.finished
    assert not track.step()
    assert track.lag_s() == 0
    sink.check(len(samples))
    told_s = [e.audio_s for e in sink.events if isinstance(e, HypothesisUpdated | WordsCommitted)]
    assert told_s == sorted(told_s), "who shows both takes an earlier hypothesis for old"
    return sink
