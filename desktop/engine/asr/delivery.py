"""A track's words on their way out: events to show, lines to keep, samples accounted for.

Called on the recogniser's thread only.  Knows the sink, not what is behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from desktop.engine.asr.language import LanguageTracker
from desktop.engine.asr.lines import LineBuilder, LineOptions, confidence, line_text
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


class Delivery:
    """Makes events of words and lines of events.

    Args:
        track: the track they belong to.
        sink: receives everything.
        language: says which language they are in.
        options: how lines are cut.
        clock: Unix seconds.
        start: the first sample that is to be accounted for.

    Attributes:
        heard_to: how far the feed has been read, in samples; events carry it as their time.
        accounted_to: everything before this sample is dealt with.
    """

    def __init__(
        self,
        track: Track,
        sink: CaptionSink,
        *,
        language: LanguageTracker,
        options: LineOptions,
        clock: Callable[[], float],
        start: int,
    ) -> None:
        self._track = track
        self._sink = sink
        self._language = language
        self._lines = LineBuilder(options)
        self._clock = clock
        self.heard_to = start
        self.accounted_to = start

    @property
    def open_line(self) -> Sequence[Word]:
        """The committed words that no stored line holds yet."""
        return self._lines.words

    def account(self, end: int, *, speech: bool) -> None:
        """Everything up to `end` is dealt with.  Never goes back."""
        if end > self.accounted_to:
            self._sink.accounted(self.accounted_to, end, speech=speech)
            self.accounted_to = end

    def committed(self, words: tuple[Word, ...]) -> None:
        """These words are final; the lines they complete are stored.

        A line is told before the words of the next one, so that who shows both never has to take
        words of a growing line away again.
        """
        fresh: list[Word] = []
        for word in words:
            for line in self._lines.add((word,)):
                self._words(fresh)
                fresh = []
                self._line(line, round(line[-1].end_s * SAMPLE_RATE_HZ))
            fresh.append(word)
        self._words(fresh)

    def end_line(self, progress: int) -> None:
        """Closes the open line; everything before `progress` is dealt with."""
        words = self._lines.flush()
        if words:
            self._line(words, progress)

    def hypothesis(self, words: tuple[Word, ...]) -> None:
        """What may follow the committed words.

        Its time is that of words told just before: who shows both takes an earlier one for old.
        """
        self._sink.publish(
            HypothesisUpdated(
                track=self._track,
                audio_s=self.heard_to / SAMPLE_RATE_HZ,
                wall_s=self._clock(),
                text="".join(word.text for word in words),
                words=words,
                language=self._language.language,
            )
        )

    def suppressed(self, words: tuple[Word, ...], reason: str, end: int) -> None:
        """Holds these words back."""
        self.hypothesis(())
        if not words:
            return
        self._sink.suppressed(
            SegmentSuppressed(
                track=self._track,
                start_s=words[0].start_s,
                end_s=words[-1].end_s,
                audio_s=self.heard_to / SAMPLE_RATE_HZ,
                wall_s=self._clock(),
                text=line_text(words),
                words=words,
                language=self._language.language,
                confidence=confidence(words),
                reason=reason,
            ),
            # what is committed but in no line yet must be recognised again after a crash
            end if not self._lines.words else 0,
        )

    def failed(self, start: int, end: int, error: RecogniserError) -> None:
        """The decoder gave up on these samples."""
        self._sink.failed(start, end, error)

    def language_found(self, end: int) -> None:
        """Tells the language in force at sample `end`."""
        self._sink.publish(
            LanguageLocked(
                track=self._track,
                language=self._language.language,
                probability=self._language.probability,
                audio_s=end / SAMPLE_RATE_HZ,
                wall_s=self._clock(),
            )
        )

    def _words(self, words: Sequence[Word]) -> None:
        if not words:
            return
        self._sink.publish(
            WordsCommitted(
                track=self._track,
                audio_s=self.heard_to / SAMPLE_RATE_HZ,
                wall_s=self._clock(),
                text="".join(word.text for word in words),
                words=tuple(words),
                language=self._language.language,
            )
        )

    def _line(self, words: tuple[Word, ...], progress: int) -> None:
        self._sink.line(
            SegmentCommitted(
                track=self._track,
                sequence=0,
                start_s=words[0].start_s,
                end_s=words[-1].end_s,
                audio_s=self.heard_to / SAMPLE_RATE_HZ,
                wall_s=self._clock(),
                text=line_text(words),
                words=words,
                language=self._language.language,
                confidence=confidence(words),
            ),
            progress,
        )
