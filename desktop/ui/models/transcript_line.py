"""One row of the transcript as the view sees it.  GUI thread only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from desktop.events import SegmentCommitted, Track, Word

LOW_CONFIDENCE = 0.5
"""Words below this probability are underlined."""


class LineKind(Enum):
    SPEECH = auto()
    GAP = auto()


@dataclass(slots=True, eq=False)
class TranscriptLine:
    """A line of speech (finished or still growing) or a gap.

    `version` grows with every change, so that a cached layout knows when it is outdated.
    """

    kind: LineKind
    track: Track
    start_s: float
    end_s: float
    text: str = ""
    partial: str = ""  # unconfirmed text after `text`; only while `live`
    words: tuple[Word, ...] = ()
    live: bool = False
    segment_id: int = 0
    bookmarked: bool = False
    edited: bool = False
    cause: str = ""
    lost: tuple[tuple[float, float], ...] = ()  # of a gap: what is missing, from and to (s)
    shows_name: bool = True
    playing_word: int = -1  # index into `words` while it is being played
    version: int = 0

    @property
    def lost_s(self) -> float:
        """What is missing of the meeting, for a gap; two tracks' at the same time count once."""
        return sum(end_s - start_s for start_s, end_s in self.lost)

    @property
    def shown(self) -> str:
        """The whole text, confirmed and unconfirmed."""
        return self.text + self.partial

    def touch(self) -> None:
        """Marks a change of what is shown."""
        self.version += 1

    def word_spans(self) -> list[tuple[int, int, Word]]:
        """Character ranges of the words inside `text`: (start, length, word).

        Words of an edited line no longer match its text: nothing is returned then.
        """
        spans: list[tuple[int, int, Word]] = []
        position = 0
        for word in self.words:
            bare = word.text.strip()
            found = self.text.find(bare, position) if bare else -1
            if found < 0:
                if self.edited:
                    return []
                continue
            spans.append((found, len(bare), word))
            position = found + len(bare)
        return spans


def words_after(segment: SegmentCommitted, shown: tuple[Word, ...]) -> tuple[Word, ...]:
    """Which of the words shown while a line grew belong to the line after this segment.

    A segment comes once it is on disk; while the disk refuses, words go on being confirmed.
    """
    count = len(segment.words)
    if shown[:count] == segment.words:
        return shown[count:]
    said = set(segment.words)
    return tuple(word for word in shown if word.start_s >= segment.end_s and word not in said)


def clock(seconds: float) -> str:
    """``m:ss`` or ``h:mm:ss``."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"
