"""What the underlines in an answer mean, and how many sentences have each.  GUI thread only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.events import AnswerSentence, Support
from desktop.ui.models.document_words import support_text
from desktop.ui.models.plain_text import plain_tip
from desktop.ui.theme import Theme

_SAMPLE = 18
_GAP = 14
_HEIGHT = 22
_COLOURS = {Support.SUPPORTED: "accent", Support.WEAK: "meter_high", Support.UNSUPPORTED: "danger"}


class SupportLegend(QWidget):
    """A line such as "✓ supported 3  ┈ partly 1"; texts are elided by leaving out the words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._counts: list[tuple[Support, int]] = []
        font = self.font()
        font.setPointSizeF(9)
        self.setFont(font)
        theme.changed.connect(self.update)

    def show_sentences(self, sentences: Sequence[AnswerSentence]) -> None:
        found = Counter(sentence.support for sentence in sentences)
        self._counts = [(support, found[support]) for support in Support if found[support]]
        names = [f"{self._name(support)} {count}" for support, count in self._counts]
        self.setAccessibleName(", ".join(names))
        tips = [f"{self._name(s)}: {support_text(s)}" for s, _ in self._counts]
        self.setToolTip(plain_tip("\n".join(tips)))
        self.setVisible(bool(self._counts))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        texts = [f"{self._name(support)} {count}" for support, count in self._counts]
        wide = sum(metrics.horizontalAdvance(text) + _SAMPLE + 6 + _GAP for text in texts)
        if wide > self.width():
            texts = [str(count) for _, count in self._counts]
        x, middle = 0.0, self.height() / 2
        for (support, _), text in zip(self._counts, texts, strict=True):
            self._sample(painter, support, x, middle)
            x += _SAMPLE + 6
            painter.setPen(self._theme.colour("text_soft"))
            width = metrics.horizontalAdvance(text)
            painter.drawText(
                QPointF(x, middle + metrics.ascent() / 2 - metrics.descent() / 2), text
            )
            x += width + _GAP

    def _sample(self, painter: QPainter, support: Support, x: float, middle: float) -> None:
        pen = QPen(self._theme.colour(_COLOURS[support]), 1.5)
        if support is Support.SUPPORTED:
            self._theme.icon("check", "accent_text").paint(
                painter, round(x), round(middle) - 8, 16, 16
            )
            return
        if support is Support.WEAK:
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        path = QPainterPath(QPointF(x, middle + 3))
        if support is Support.UNSUPPORTED:
            for step in range(1, 7):
                path.lineTo(x + step * _SAMPLE / 6, middle + (0 if step % 2 else 3))
        else:
            path.lineTo(x + _SAMPLE, middle + 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)

    def _name(self, support: Support) -> str:
        return {
            Support.SUPPORTED: self.tr("supported"),
            Support.WEAK: self.tr("partly"),
            Support.UNSUPPORTED: self.tr("unsupported"),
        }[support]
