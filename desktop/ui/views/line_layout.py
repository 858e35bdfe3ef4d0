"""Lays out one transcript row: which text stands where, and how high the row is.

Hangul is broken at spaces, as Korean is set in print; Unicode's rules would allow a break
between any two syllables.  GUI thread only.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QTextCharFormat, QTextLayout, QTextOption

from desktop.ui.models.offsets import Utf16Offsets
from desktop.ui.models.transcript_line import LOW_CONFIDENCE, LineKind, TranscriptLine
from desktop.ui.theme import Theme

TIME_WIDTH = 58.0
LANE_X = 74.0
TEXT_X = 90.0
RIGHT_GUTTER = 36.0
MAX_TEXT_WIDTH = 760.0
GROUP_TOP = 16.0
LINE_TOP = 5.0
LINE_BOTTOM = 5.0
NAME_GAP = 3.0
GAP_HEIGHT = 38.0
LEADING = 1.5
CACHE_ROWS = 600


@dataclass(slots=True)
class RowLayout:
    """A laid-out row.  `text` is None for gaps; offsets are from the row's top left."""

    height: float
    text: QTextLayout | None
    text_y: float
    name_y: float
    version: int
    width: float


def is_hangul(character: str) -> bool:
    """True for Hangul syllables and letters."""
    return "\uac00" <= character <= "\ud7a3" or "\u1100" <= character <= "\u11ff"


def break_columns(text: str, start: int, length: int) -> int:
    """How many characters a visual line should take when Qt would take `length` from `start`.

    Moves a break that falls inside a word with Hangul back to the space before it.
    """
    end = start + length
    if end >= len(text) or not (is_hangul(text[end - 1]) or is_hangul(text[end])):
        return length
    if text[end - 1].isspace() or text[end].isspace():
        return length
    space = text.rfind(" ", start, end)
    return space + 1 - start if space > start else length


class LineLayouts:
    """Lays out rows and remembers the latest ones."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self._theme = theme
        self._cache: OrderedDict[TranscriptLine, RowLayout] = OrderedDict()
        self._highlight = ""
        self._loose = False
        self.set_font(font)

    def set_font(self, font: QFont) -> None:
        """The transcript's font; times and names are set smaller."""
        self.font = QFont(font)
        self.name_font = QFont(font)
        self.name_font.setPointSizeF(max(8.0, font.pointSizeF() * 0.86))
        self.name_font.setBold(True)
        self.time_font = QFont(font)
        self.time_font.setPointSizeF(max(8.0, font.pointSizeF() * 0.8))
        self.time_font.setFeature(QFont.Tag("tnum"), 1)
        self._metrics = QFontMetricsF(self.font)
        self._name_height = QFontMetricsF(self.name_font).capHeight() * 1.9
        self._latin = self._metrics.averageCharWidth()
        self._wide = self._metrics.horizontalAdvance("한")
        self.line_height = round(self._metrics.capHeight() * 2.0 * LEADING / 1.42)
        self.clear()

    def clear(self) -> None:
        """Forgets every layout (other colours, other font)."""
        self._cache.clear()

    def set_highlight(self, text: str, *, loose: bool = False) -> None:
        """Marks this text wherever it stands; empty marks nothing.

        `loose` finds it however it is spaced, as Korean compounds are.
        """
        if (text, loose) != (self._highlight, self._loose):
            self._highlight, self._loose = text, loose
            self.clear()

    def _pattern(self) -> str:
        if not self._loose:
            return re.escape(self._highlight)
        return r"\s*".join(map(re.escape, "".join(self._highlight.split())))

    def text_width(self, width: float) -> float:
        return max(120.0, min(width - TEXT_X - RIGHT_GUTTER, MAX_TEXT_WIDTH))

    def measure(self, line: TranscriptLine) -> tuple[float, float]:
        """What a row's height depends on, cheaply: the advance of its text set in one line, and
        the height that does not depend on the width."""
        if line.kind is LineKind.GAP:
            return 0.0, GAP_HEIGHT
        text = line.shown
        wide = 0 if text.isascii() else sum(c > "\u2e7f" for c in text)
        advance = wide * self._wide + (len(text) - wide) * self._latin
        return max(1.0, advance * 1.04), self._top(line) + LINE_BOTTOM

    def layout(self, line: TranscriptLine, width: float) -> RowLayout:
        """The layout of a row at `width`, from the cache where nothing has changed."""
        cached = self._cache.get(line)
        if cached is not None and cached.version == line.version and cached.width == width:
            self._cache.move_to_end(line)
            return cached
        made = self._lay_out(line, width)
        self._cache[line] = made
        self._cache.move_to_end(line)
        if len(self._cache) > CACHE_ROWS:
            self._cache.popitem(last=False)
        return made

    def _top(self, line: TranscriptLine) -> float:
        return GROUP_TOP + self._name_height + NAME_GAP if line.shows_name else LINE_TOP

    def _lay_out(self, line: TranscriptLine, width: float) -> RowLayout:
        if line.kind is LineKind.GAP:
            return RowLayout(GAP_HEIGHT, None, 0.0, 0.0, line.version, width)
        text = line.shown or " "
        layout = QTextLayout(text, self.font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setCacheEnabled(True)
        offsets = Utf16Offsets(text)
        layout.setFormats(self._formats(line, text, offsets))
        y = 0.0
        available = self.text_width(width)
        layout.beginLayout()
        while (visual := layout.createLine()).isValid():
            visual.setLineWidth(available)
            start = offsets.from_qt(visual.textStart())
            end = offsets.from_qt(visual.textStart() + visual.textLength())
            columns = break_columns(text, start, end - start)
            if columns != end - start:
                visual.setNumColumns(offsets.to_qt(start + columns) - visual.textStart())
            visual.setPosition(QPointF(0.0, y + (self.line_height - visual.height()) / 2))
            y += self.line_height
        layout.endLayout()
        top = self._top(line)
        return RowLayout(top + y + LINE_BOTTOM, layout, top, GROUP_TOP, line.version, width)

    def _formats(
        self, line: TranscriptLine, text: str, offsets: Utf16Offsets
    ) -> list[QTextLayout.FormatRange]:
        colour, said = self._theme.colour, len(line.text)
        formats = [_range(offsets, 0, said, colour("text"))]
        if line.partial:
            formats.append(_range(offsets, said, len(text), colour("partial")))
        for number, (start, length, word) in enumerate(line.word_spans()):
            if number == line.playing_word:
                formats.append(_range(offsets, start, start + length, None, colour("playing")))
            elif word.probability < LOW_CONFIDENCE:
                formats.append(_underlined(offsets, start, start + length, colour("warning_text")))
        if self._highlight:
            for hit in re.finditer(self._pattern(), text, re.IGNORECASE):
                formats.append(_range(offsets, hit.start(), hit.end(), None, colour("match")))
        return formats


def _range(
    offsets: Utf16Offsets, start: int, end: int, colour: QColor | None, ground: QColor | None = None
) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start = offsets.to_qt(start)
    made.length = offsets.to_qt(end) - made.start
    style = QTextCharFormat()
    if colour is not None:
        style.setForeground(colour)
    if ground is not None:
        style.setBackground(ground)
    made.format = style
    return made


def _underlined(
    offsets: Utf16Offsets, start: int, end: int, colour: QColor
) -> QTextLayout.FormatRange:
    made = _range(offsets, start, end, None)
    style = made.format
    style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
    style.setUnderlineColor(colour)
    made.format = style
    return made
