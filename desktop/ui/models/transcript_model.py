"""The rows of one transcript: finished lines, the growing line of each track, gaps.

Finished lines never move.  New rows come at the end or, for a line of the other track that began
earlier, just before it.  GUI thread only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.events import (
    GapDeclared,
    HypothesisUpdated,
    SegmentCommitted,
    SegmentSuppressed,
    Track,
    Word,
    WordsCommitted,
)
from desktop.records import GapRecord, SegmentRecord
from desktop.ui.models.transcript_gaps import count_in, gap_line, joined, same_near
from desktop.ui.models.transcript_line import LineKind, TranscriptLine, clock, words_after
from desktop.ui.models.transcript_words import default_name, gap_text

LINE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
NAME_AGAIN_S = 60.0
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class TranscriptModel(QAbstractListModel):
    """Lines in the order of their beginning."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[TranscriptLine] = []
        self._live: dict[Track, TranscriptLine] = {}
        self._names: dict[Track, str] = {}
        self._speech = 0

    # reading ---------------------------------------------------------------------------------
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._spoken(line)
        if role == Qt.ItemDataRole.EditRole:
            return line.text
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if self._lines[index.row()].segment_id:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def line(self, row: int) -> TranscriptLine:
        return self._lines[row]

    @property
    def lines(self) -> list[TranscriptLine]:
        """All rows; do not change the list."""
        return self._lines

    def name(self, track: Track) -> str:
        """The name of a track's speaker, "" when nobody gave one."""
        return self._names.get(track, "")

    def row_of_segment(self, segment_id: int) -> int:
        """The row of a stored line, -1 when it is not here."""
        for row, line in enumerate(self._lines):
            if line.segment_id == segment_id:
                return row
        return -1

    def row_at_time(self, seconds: float) -> int:
        """The last finished line that began at or before `seconds`, -1 when there is none."""
        row = bisect_right(self._lines, seconds + 0.001, key=lambda line: line.start_s) - 1
        while row >= 0 and self._lines[row].kind is not LineKind.SPEECH:
            row -= 1
        return row

    @property
    def speech_count(self) -> int:
        """How many finished lines there are; asked with every line that comes."""
        return self._speech

    # whole transcripts -----------------------------------------------------------------------
    def clear(self) -> None:
        self.load((), (), {})

    def load(
        self,
        segments: Iterable[SegmentRecord],
        gaps: Iterable[GapRecord],
        names: Mapping[Track, str],
    ) -> None:
        """Shows a stored transcript."""
        lines = [_from_record(s) for s in segments]
        lines += [gap_line(g.track, g.start_s, g.end_s, g.cause) for g in gaps]
        lines.sort(key=lambda line: line.start_s)
        lines = joined(lines)
        self.beginResetModel()
        self._lines = lines
        self._speech = sum(line.kind is LineKind.SPEECH for line in lines)
        self._live = {}
        self._names = dict(names)
        for row in range(len(lines)):
            self._lines[row].shows_name = self._wants_name(row)
        self.endResetModel()

    def set_name(self, track: Track, name: str) -> None:
        """Names a track's speaker."""
        self._names[track] = name
        for row, line in enumerate(self._lines):
            if line.track is track and line.shows_name:
                line.touch()
                self._changed(row)

    # live ------------------------------------------------------------------------------------
    def add_words(self, event: WordsCommitted) -> None:
        """Confirmed words of the growing line."""
        line = self._growing(event.track, event.words[0].start_s if event.words else event.audio_s)
        line.text = line.text + event.text if line.text else event.text.lstrip()
        line.words += event.words
        line.partial = ""
        line.end_s = max(line.end_s, event.audio_s)
        self._touched(line)

    def set_hypothesis(self, event: HypothesisUpdated) -> None:
        """Unconfirmed text after the growing line's words."""
        if not event.text.strip():
            self._drop_partial(event.track)
            return
        line = self._growing(event.track, event.words[0].start_s if event.words else event.audio_s)
        line.partial = event.text if line.text else event.text.lstrip()
        self._touched(line)

    def add_segment(self, event: SegmentCommitted) -> None:
        """A finished line: takes the place of the growing one."""
        finished = TranscriptLine(
            LineKind.SPEECH,
            event.track,
            event.start_s,
            event.end_s,
            text=event.text.strip(),
            words=event.words,
            segment_id=event.segment_id,
        )
        self._speech += 1
        line = self._live.pop(event.track, None)
        if line is None:
            self._insert(finished)
            return
        row = self._row(line)
        finished.shows_name = line.shows_name
        finished.version = line.version + 1
        self._lines[row] = finished
        self._changed(row)
        self._grow_on(line, words_after(event, line.words))

    def add_suppressed(self, event: SegmentSuppressed) -> None:
        """Held-back text was unconfirmed: it leaves the transcript, confirmed words stay."""
        self._drop_partial(event.track)

    def add_gap(self, event: GapDeclared) -> None:
        """A gap; one more of those just above it is counted there."""
        gap = gap_line(event.track, event.start_s, event.end_s, event.cause)
        same = same_near(self._lines, self._place(gap), gap)
        if same is None:
            self._insert(gap)
        else:
            count_in(same, gap)
            self._touched(same)

    def finish_live(self) -> None:
        """The session is over: unconfirmed rests go, confirmed words stay."""
        for track in list(self._live):
            line = self._live[track]
            if line.text:
                line.live = False
                line.partial = ""
                self._speech += 1
                self._touched(line)
                del self._live[track]
            else:
                self._drop_live(track)

    # changes by the user ---------------------------------------------------------------------
    def set_text(self, segment_id: int, text: str) -> None:
        self._alter(segment_id, text=text, edited=True)

    def set_bookmarked(self, segment_id: int, on: bool) -> None:
        self._alter(segment_id, bookmarked=on)

    def set_playing(self, row: int, word: int) -> None:
        """Marks the word being played, -1 for none."""
        line = self._lines[row]
        if line.playing_word != word:
            line.playing_word = word
            self._touched(line)

    # inside ----------------------------------------------------------------------------------
    def _alter(self, segment_id: int, **values: object) -> None:
        row = self.row_of_segment(segment_id)
        if row < 0:
            return
        for name, value in values.items():
            setattr(self._lines[row], name, value)
        self._touched(self._lines[row])

    def _growing(self, track: Track, start_s: float) -> TranscriptLine:
        line = self._live.get(track)
        if line is None:
            line = TranscriptLine(LineKind.SPEECH, track, start_s, start_s, live=True)
            self._live[track] = line
            self._insert(line)
        return line

    def _grow_on(self, line: TranscriptLine, words: tuple[Word, ...]) -> None:
        """Goes on with what a line already shows of the one after it."""
        if not words:
            return
        rest = self._growing(line.track, words[0].start_s)
        rest.text = "".join(word.text for word in words).lstrip()
        rest.words = words
        rest.partial = line.partial
        rest.end_s = line.end_s
        self._touched(rest)

    def _drop_partial(self, track: Track) -> None:
        """The unconfirmed text of the growing line goes, and the line with it that has no other."""
        line = self._live.get(track)
        if line is None:
            return
        if not line.text:
            self._drop_live(track)
            return
        line.partial = ""
        self._touched(line)

    def _drop_live(self, track: Track) -> None:
        line = self._live.pop(track, None)
        if line is None:
            return
        row = self._row(line)
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._lines[row]
        self.endRemoveRows()
        self._regroup(row)

    def _place(self, line: TranscriptLine) -> int:
        row = len(self._lines)
        while row > 0 and self._lines[row - 1].start_s > line.start_s:
            row -= 1
        return row

    def _insert(self, line: TranscriptLine) -> None:
        row = self._place(line)
        self.beginInsertRows(QModelIndex(), row, row)
        self._lines.insert(row, line)
        line.shows_name = self._wants_name(row)
        self.endInsertRows()
        self._regroup(row + 1)

    def _regroup(self, row: int) -> None:
        if row < len(self._lines):
            wants = self._wants_name(row)
            if wants != self._lines[row].shows_name:
                self._lines[row].shows_name = wants
                self._touched(self._lines[row])

    def _wants_name(self, row: int) -> bool:
        """A name stands where the speaker changes, after a gap and after a long silence."""
        if row == 0:
            return True
        before, line = self._lines[row - 1], self._lines[row]
        return (
            before.kind is LineKind.GAP
            or before.track is not line.track
            or line.start_s - before.end_s > NAME_AGAIN_S
        )

    def _touched(self, line: TranscriptLine) -> None:
        line.touch()
        self._changed(self._row(line))

    def _row(self, line: TranscriptLine) -> int:
        for row in range(len(self._lines) - 1, -1, -1):  # changes happen near the end
            if self._lines[row] is line:
                return row
        raise ValueError("not a line of this transcript")

    def _changed(self, row: int) -> None:
        index = self.index(row)
        self.dataChanged.emit(index, index)

    def _spoken(self, line: TranscriptLine) -> str:
        """What a screen reader says."""
        if line.kind is LineKind.GAP:
            return f"[{clock(line.start_s)}] {gap_text(line)}"
        name = self._names.get(line.track) or default_name(line.track)
        return f"[{clock(line.start_s)}] {name}: {line.shown}"


def _from_record(record: SegmentRecord) -> TranscriptLine:
    return TranscriptLine(
        LineKind.SPEECH,
        record.track,
        record.start_s,
        record.end_s,
        text=record.text,
        words=record.words,
        segment_id=record.segment_id,
        bookmarked=record.bookmarked,
        edited=record.edited,
    )
