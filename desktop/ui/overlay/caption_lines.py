"""From caption events to the lines on the screen (roll-up captions).  Pure, GUI thread only.

A committed word never changes its line or its place in it: lines only grow at their end, and what
is shown moves up by whole lines.  Partial text follows the committed text of its track; it may
change at any time, and it may take an empty line at the bottom, but a line once taken is never
given back, so partial text that disappears moves nothing either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from desktop.events import (
    Event,
    HypothesisUpdated,
    SegmentCommitted,
    SegmentSuppressed,
    SessionFinished,
    SessionStarted,
    Track,
    Word,
    WordsCommitted,
)
from desktop.ui.overlay.columns import Fits, LineLimits
from desktop.ui.overlay.flow import LineFlow, split_words

_HISTORY_LINES = 32
_TIME_TOLERANCE_S = 0.05
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class CaptionLine:
    """One line as it stands.  `number` counts lines from 0 and never repeats."""

    number: int
    track: Track | None  # None while the line is empty
    committed: str
    partial: str  # follows `committed`, carries its own leading space
    starts_turn: bool  # the line before was somebody else's

    @property
    def text(self) -> str:
        return self.committed + self.partial


@dataclass(slots=True)
class _Line:
    number: int
    track: Track | None = None
    committed: str = ""
    partial: str = ""

    @property
    def empty(self) -> bool:
        return not self.committed and not self.partial


@dataclass(slots=True)
class _TrackState:
    """What is known of one track since its last finished segment."""

    line: _Line | None = None  # the line that still grows
    shown: str = ""  # committed text of no finished segment yet, without white space
    committed_audio_s: float = 0.0
    last_end_s: float = 0.0
    partial: tuple[Word, ...] = ()
    claimed: list[_Line] = field(default_factory=list)  # lines that hold only its partial text


class CaptionLines:
    """The caption lines of a session.

    Args:
        rows: how many lines are visible, 1 to 4.
        limits: columns a line may hold.
        fits_width: whether a text also fits the width there is on the screen.
        show_partial: whether unconfirmed text is shown at all.
    """

    def __init__(
        self,
        rows: int = 2,
        limits: LineLimits | None = None,
        fits_width: Fits | None = None,
        *,
        show_partial: bool = True,
    ) -> None:
        self._rows = rows
        self._flow = LineFlow(limits or LineLimits(), fits_width)
        self._show_partial = show_partial
        self._lines: list[_Line] = []
        self._next_number = 0
        self._tracks: dict[Track, _TrackState] = {}

    def configure(
        self,
        rows: int,
        limits: LineLimits | None = None,
        fits_width: Fits | None = None,
        *,
        show_partial: bool = True,
    ) -> None:
        """Changes the layout for what comes; committed text stays as it is."""
        self._rows = rows
        self._flow = LineFlow(limits or LineLimits(), fits_width)
        self._show_partial = show_partial
        self._lay_out_partials()

    def apply(self, event: Event) -> bool:
        """Takes in an event; returns whether the visible lines may have changed."""
        match event:
            case WordsCommitted():
                self._commit_words(event)
            case HypothesisUpdated():
                return self._update_partial(event)
            case SegmentCommitted():
                self._close_segment(event)
            case SegmentSuppressed():
                self._drop_suppressed(event)
            case SessionStarted():
                self.clear()
                self._tracks = {}
            case SessionFinished():
                for state in self._tracks.values():
                    state.partial = ()
                    state.line = None
                self._lay_out_partials()
            case _:
                return False
        return True

    def visible(self, extra: int = 0) -> tuple[CaptionLine, ...]:
        """The last `rows` lines, oldest first, and `extra` above them.  Some may be empty."""
        shown: list[CaptionLine] = []
        previous: Track | None = None
        oldest = len(self._lines) - self._rows - extra
        for index, line in enumerate(self._lines):
            if index >= oldest:
                starts = line.track is not None and line.track != previous
                shown.append(
                    CaptionLine(line.number, line.track, line.committed, line.partial, starts)
                )
            previous = line.track or previous
        return tuple(shown)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be read."""
        return all(line.empty for line in self._lines[-self._rows :])

    def clear(self) -> None:
        """Takes all lines away; text that follows starts a new line."""
        self._lines.clear()
        for state in self._tracks.values():
            state.line = None
            state.partial = ()
            state.claimed = []

    # events -----------------------------------------------------------------------------------
    def _commit_words(self, event: WordsCommitted) -> None:
        words = event.words or _as_words(event.text, event.audio_s)
        state = self._state(event.track)
        state.committed_audio_s = max(state.committed_audio_s, event.audio_s)
        self._append(event.track, words)
        state.partial = _without_prefix(state.partial, _bare(words))
        self._lay_out_partials()

    def _update_partial(self, event: HypothesisUpdated) -> bool:
        state = self._state(event.track)
        if event.audio_s < state.committed_audio_s - 1e-6:
            return False  # overtaken by a commit: its words stand in the committed text already
        words = event.words or _as_words(event.text, event.audio_s)
        if words == state.partial:
            return False
        state.partial = words
        self._lay_out_partials()
        return True

    def _close_segment(self, event: SegmentCommitted) -> None:
        state = self._state(event.track)
        words = event.words or _as_words(event.text, event.end_s)
        missing = _missing_words(words, state)
        ahead = _shown_beyond(words, state.shown)
        self._append(event.track, missing)
        state.partial = tuple(
            word for word in state.partial if word.start_s >= event.end_s - _TIME_TOLERANCE_S
        )
        if not ahead:
            state.line = None
        state.shown = ahead
        self._lay_out_partials()

    def _drop_suppressed(self, event: SegmentSuppressed) -> None:
        state = self._state(event.track)
        state.partial = tuple(
            word for word in state.partial if word.start_s >= event.end_s - _TIME_TOLERANCE_S
        )
        self._lay_out_partials()

    # lines ------------------------------------------------------------------------------------
    def _state(self, track: Track) -> _TrackState:
        return self._tracks.setdefault(track, _TrackState())

    def _append(self, track: Track, words: tuple[Word, ...]) -> None:
        """Adds committed words at the end of the track's line, or on a new one."""
        if not any(word.text.strip() for word in words):
            return
        for line in self._lines:
            line.partial = ""
        state = self._state(track)
        state.shown += _bare(words)
        state.last_end_s = words[-1].end_s
        current = self._growing_line(state)
        texts = self._flow.fill(current.committed if current else "", (w.text for w in words))
        for index, text in enumerate(texts):
            if index > 0 or current is None:
                current = self._free_line(state, current) or self._line_for_words(current)
            current.track = track
            current.committed = text
        state.line = current

    def _growing_line(self, state: _TrackState) -> _Line | None:
        """The track's unfinished line as long as it is visible."""
        if state.line is not None and state.line not in self._lines[-self._rows :]:
            state.line = None
        return state.line

    def _free_line(self, state: _TrackState, line: _Line | None) -> _Line | None:
        """A visible line below `line` with nothing on it but, at most, this track's partial text.

        A track without a line begins below everything else, unless it has begun already.
        """
        visible = self._lines[-self._rows :]
        taken = [other.committed or self._is_claimed(other, but=state) for other in visible]
        for index, candidate in enumerate(visible):
            if taken[index] or (line is not None and candidate.number <= line.number):
                continue
            if line is not None or candidate in state.claimed or not any(taken[index:]):
                return candidate
        return None

    def _line_for_words(self, line: _Line | None) -> _Line:
        """A new bottom line.

        Where that pushed somebody's partial text out of sight before any of it was confirmed, that
        text makes room instead, if only such text stands from there to the bottom.
        """
        visible = self._lines[-self._rows :]
        if len(visible) == self._rows and self._is_claimed(visible[0]):
            below = [other for other in visible if line is None or other.number > line.number]
            if below and not any(other.committed for other in below):
                return below[0]
        return self._add_line()

    def _is_claimed(self, line: _Line, but: _TrackState | None = None) -> bool:
        """Partial text stands on it, of another track than `but`."""
        return any(line in state.claimed for state in self._tracks.values() if state is not but)

    def _add_line(self) -> _Line:
        line = _Line(self._next_number)
        self._next_number += 1
        self._lines.append(line)
        del self._lines[:-_HISTORY_LINES]
        return line

    def _lay_out_partials(self) -> None:
        visible = self._lines[-self._rows :]
        for line in self._lines:
            line.partial = ""
            if line.empty:
                line.track = None
        for state in self._tracks.values():
            shown = state.claimed if self._show_partial and state.partial else []
            state.claimed = [line for line in shown if line in visible and not line.committed]
        if not self._show_partial:
            return
        growing = [t for t, s in self._tracks.items() if s.partial and self._growing_line(s)]
        fresh = [t for t, s in self._tracks.items() if s.partial and t not in growing]
        for track in growing + fresh:
            self._lay_out_partial(track)

    def _lay_out_partial(self, track: Track) -> None:
        state = self._tracks[track]
        line = self._growing_line(state)
        start = line.committed if line else ""
        texts = self._flow.fill(start, (word.text for word in state.partial))
        last: _Line | None = line
        used: list[_Line] = []
        for index, text in enumerate(texts):
            if index > 0 or last is None:
                free = self._free_line(state, last) or self._line_for_partial()
                if free is None:
                    self._mark_cut(last)
                    break
                free.track, free.partial = track, text
                used.append(free)
                last = free
            else:
                last.partial = text[len(start) :]
        state.claimed = used

    def _line_for_partial(self) -> _Line | None:
        """A new bottom line, unless that pushes a line still in use out of sight.

        Otherwise two tracks that speak at once would push each other up forever.
        """
        visible = self._lines[-self._rows :]
        if len(visible) == self._rows:
            leaving = visible[0]
            growing = any(state.line is leaving for state in self._tracks.values())
            if leaving.partial or growing or self._is_claimed(leaving):
                return None
        return self._add_line()

    def _mark_cut(self, line: _Line | None) -> None:
        """Shows that more was heard than there is room for."""
        if line is not None and self._flow.fits(line.committed + line.partial + _ELLIPSIS):
            line.partial += _ELLIPSIS


def _as_words(text: str, at_s: float) -> tuple[Word, ...]:
    """Words of a text that came without them, all at one time."""
    return tuple(Word(part, at_s, at_s, 1.0) for part in split_words(text))


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _bare(words: Iterable[Word]) -> str:
    return _squeeze("".join(word.text for word in words))


def _without_prefix(words: tuple[Word, ...], prefix: str) -> tuple[Word, ...]:
    """`words` without the characters of `prefix` at their start; nothing when it is not there."""
    if not _bare(words).startswith(prefix):
        return ()
    rest: list[Word] = []
    left = len(prefix)
    for word in words:
        bare = _squeeze(word.text)
        if left >= len(bare):
            left -= len(bare)
        elif left == 0:
            rest.append(word)
        else:
            rest.append(Word(bare[left:], word.start_s, word.end_s, word.probability))
            left = 0
    return tuple(rest)


def _missing_words(words: tuple[Word, ...], state: _TrackState) -> tuple[Word, ...]:
    """The words of a finished segment that were not shown while it grew."""
    bare = _bare(words)
    if bare.startswith(state.shown):
        return _without_prefix(words, state.shown)
    if _shown_beyond(words, state.shown):
        return ()
    if state.shown in bare:  # captions were switched on in the middle of the segment
        return _without_prefix(words, bare[: bare.index(state.shown) + len(state.shown)])
    return tuple(w for w in words if w.start_s >= state.last_end_s - _TIME_TOLERANCE_S)


def _shown_beyond(words: tuple[Word, ...], shown: str) -> str:
    """What of `shown` belongs to the segments after the one of these words.

    One commit may hold the end of a segment and the beginning, or all, of the next; and the
    captions may have been switched on inside the segment.
    """
    for first in range(len(words)):
        bare = _bare(words[first:])
        if bare and shown.startswith(bare):
            return shown[len(bare) :]
    return ""
