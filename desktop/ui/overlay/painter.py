"""Draws caption lines; each line is rendered once and then only moved.  GUI thread."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)

from desktop.ui.overlay.caption_lines import CaptionLine
from desktop.ui.overlay.style import CaptionStyle, track_colour

_CACHED_LINES = 16


@dataclass(frozen=True, slots=True)
class Scene:
    """One frame.

    Attributes:
        lines: the lines to show, oldest first; one more than fits while scrolling.
        panel: the panel's rectangle.
        scroll: how many rows the lines still have to move up (1.0 -> 0.0).
        strength: opacity of everything.
        marks: whether the speaker marks are drawn.
    """

    lines: tuple[CaptionLine, ...]
    panel: QRectF
    scroll: float
    strength: float
    marks: bool


class CaptionPainter:
    """Paints scenes in one style."""

    def __init__(self, style: CaptionStyle) -> None:
        self._style = style
        self._cache: dict[tuple[str, str, float], QPixmap] = {}

    @property
    def style(self) -> CaptionStyle:
        return self._style

    def set_style(self, style: CaptionStyle) -> None:
        self._style = style
        self._cache.clear()

    def text_width(self, text: str) -> float:
        """Width of `text` in device-independent pixels."""
        return QFontMetricsF(self._style.font).horizontalAdvance(text)

    def paint(self, painter: QPainter, scene: Scene) -> None:
        """Draws the panel and the lines in it."""
        style = self._style
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(scene.strength)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.background)
        painter.drawRoundedRect(scene.panel, style.radius, style.radius)
        self._paint_rim(painter, scene.panel)
        clip = QPainterPath()
        clip.addRoundedRect(scene.panel, style.radius, style.radius)
        painter.setClipPath(clip)
        bottom = scene.panel.bottom() - style.padding.bottom() + scene.scroll * style.line_height
        for place, line in enumerate(reversed(scene.lines)):
            top = bottom - (place + 1) * style.line_height
            if top + style.line_height < scene.panel.top():
                break
            self._paint_line(painter, line, QPointF(scene.panel.left(), top), scene.marks)

    def _paint_rim(self, painter: QPainter, panel: QRectF) -> None:
        """A hair of light around the panel, so that it has an edge on dark screens too."""
        rim = QColor(255, 255, 255)
        rim.setAlphaF(0.10 * self._style.background.alphaF())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(rim, 1.0))
        inner = panel.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(inner, self._style.radius, self._style.radius)

    def _paint_line(
        self, painter: QPainter, line: CaptionLine, origin: QPointF, marks: bool
    ) -> None:
        if not line.text:
            return
        style = self._style
        if marks:
            height = style.line_height
            # Within a turn the marks of the lines join into one.
            inset = height * (0.2 if line.starts_turn else -0.25)
            bar = QRectF(
                origin.x() + style.padding.left() * 0.42,
                origin.y() + inset,
                style.bar_width,
                height * 0.8 - inset,
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(track_colour(line.track))
            painter.drawRoundedRect(bar, style.bar_width / 2, style.bar_width / 2)
        ratio = painter.device().devicePixelRatioF()
        pixmap = self._rendered(line, ratio)
        margin = self._halo_px * 2
        at = QPointF(origin.x() + style.padding.left() - margin, origin.y() - margin)
        # Whole device pixels while at rest keep the letters sharp.
        snapped = QPointF(round(at.x() * ratio) / ratio, round(at.y() * ratio) / ratio)
        painter.drawPixmap(snapped, pixmap)

    @property
    def _halo_px(self) -> float:
        return max(2.0, self._style.em * 0.1)

    def _rendered(self, line: CaptionLine, ratio: float) -> QPixmap:
        key = (line.committed, line.partial, ratio)
        pixmap = self._cache.pop(key, None)
        if pixmap is None:
            pixmap = self._render(line, ratio)
        self._cache[key] = pixmap  # newest last
        while len(self._cache) > _CACHED_LINES:
            del self._cache[next(iter(self._cache))]
        return pixmap

    def _render(self, line: CaptionLine, ratio: float) -> QPixmap:
        style = self._style
        margin = self._halo_px * 2
        width = self.text_width(line.text) + 2 * margin + style.em
        height = style.line_height + 2 * margin  # descenders and halo reach out of the line
        pixmap = QPixmap(math.ceil(width * ratio), math.ceil(height * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        metrics = QFontMetricsF(style.font)
        at = QPointF(margin, (height - metrics.height()) / 2.0)
        painter = QPainter(pixmap)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing
        )
        shadow = QColor(style.halo)
        for spread, weight in ((1.0, 0.35), (0.55, 0.9)):
            shadow.setAlphaF(style.halo.alphaF() * weight)
            pen = QPen(shadow, self._halo_px * spread)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            self._layout(line, outline=pen).draw(painter, at + QPointF(0.0, spread))
        self._layout(line).draw(painter, at)
        painter.end()
        return pixmap

    def _layout(self, line: CaptionLine, outline: QPen | None = None) -> QTextLayout:
        """The line as one run of text, so that what is partial cannot shift what is not."""
        layout = QTextLayout(line.text, self._style.font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        layout.setTextOption(option)
        ranges = []
        for start, length, colour in (
            (0, _utf16(line.committed), self._style.text),
            (_utf16(line.committed), _utf16(line.partial), self._style.partial),
        ):
            if not length:
                continue
            form = QTextCharFormat()
            form.setForeground(QBrush(colour))
            if outline is not None:
                form.setTextOutline(outline)
                form.setForeground(QBrush(outline.color()))
            part = QTextLayout.FormatRange()
            part.start, part.length, part.format = start, length, form
            ranges.append(part)
        layout.setFormats(ranges)
        layout.beginLayout()
        layout.createLine()
        layout.endLayout()
        return layout


def _utf16(text: str) -> int:
    """Length in Qt's units."""
    return len(text.encode("utf-16-le")) // 2
