"""What the captions look like: font, colours and measures from the settings.  GUI thread."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QMarginsF
from PySide6.QtGui import QColor, QFont, QFontMetricsF

from desktop.events import Track
from desktop.settings import OverlaySettings
from desktop.ui.overlay.columns import LineLimits

# Hangul first: families that carry both scripts keep one weight across a mixed line.
_FAMILIES = (
    "Pretendard",
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "NanumGothic",
    "Segoe UI",
    "DejaVu Sans",
)
# Told apart by lightness as well as by hue.
_TRACK_COLOURS = {
    Track.MIC: QColor("#5EEAD4"),
    Track.SYSTEM: QColor("#FDBA5E"),
    Track.FILE: QColor("#A5B4FC"),
}
_LINE_SPACING = 1.34
_PARTIAL_STRENGTH = 0.7


def caption_font(family: str, size_pt: float) -> QFont:
    """The caption font with Hangul fallbacks after the family that was asked for."""
    font = QFont()
    font.setFamilies([family, *_FAMILIES] if family else list(_FAMILIES))
    font.setPointSizeF(size_pt)
    font.setWeight(QFont.Weight.Medium)
    # Without hinting a glyph's place does not depend on what follows it.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    return font


@dataclass(frozen=True, slots=True)
class CaptionStyle:
    """Everything the painter needs; lengths in device-independent pixels."""

    font: QFont
    text: QColor
    partial: QColor
    background: QColor
    halo: QColor
    em: float
    line_height: float
    padding: QMarginsF
    radius: float
    bar_width: float

    @classmethod
    def of(cls, settings: OverlaySettings) -> CaptionStyle:
        """The style that `settings` ask for; colours that cannot be read give the defaults."""
        font = caption_font(settings.font_family, settings.font_size_pt)
        metrics = QFontMetricsF(font)
        em = metrics.horizontalAdvance("한")
        text = _colour(settings.text_colour, "#FFFFFF")
        background = _colour(settings.background_colour, "#101418")
        partial = _blend(text, background, _PARTIAL_STRENGTH)
        background.setAlphaF(settings.opacity)
        # The thinner the panel, the more the letters must carry their own contrast.
        halo = QColor(0, 0, 0) if text.lightnessF() >= 0.5 else QColor(255, 255, 255)
        halo.setAlphaF(min(0.95, 0.45 + 0.6 * (1.0 - settings.opacity)))
        bar = max(3.0, round(em * 0.11))
        return cls(
            font=font,
            text=text,
            partial=partial,
            background=background,
            halo=halo,
            em=em,
            line_height=round(em * _LINE_SPACING),
            padding=QMarginsF(em * 0.95, em * 0.34, em * 0.72, em * 0.36),
            radius=em * 0.42,
            bar_width=bar,
        )

    @property
    def chrome_width(self) -> float:
        """Width that is not text."""
        return self.padding.left() + self.padding.right()

    def panel_height(self, rows: float) -> float:
        """Height of the panel around `rows` lines (a fraction while it grows)."""
        return rows * self.line_height + self.padding.top() + self.padding.bottom()

    def natural_text_width(self, limits: LineLimits) -> float:
        """Room for the widest usual line: `wide_columns` Hangul or `latin_columns` letters."""
        metrics = QFontMetricsF(self.font)
        sample = "the quick brown fox jumps over a lazy dog "
        latin = metrics.horizontalAdvance(sample) / len(sample) * limits.latin_columns
        return max(latin * 1.06, self.em * limits.wide_columns)


def track_colour(track: Track | None) -> QColor:
    """The colour of a speaker's mark."""
    return QColor(_TRACK_COLOURS[track]) if track else QColor(0, 0, 0, 0)


def _colour(text: str, default: str) -> QColor:
    colour = QColor(text)
    return colour if colour.isValid() else QColor(default)


def _blend(first: QColor, second: QColor, share: float) -> QColor:
    """`share` of the first colour, the rest of the second."""
    rest = 1.0 - share
    return QColor.fromRgbF(
        share * first.redF() + rest * second.redF(),
        share * first.greenF() + rest * second.greenF(),
        share * first.blueF() + rest * second.blueF(),
    )
