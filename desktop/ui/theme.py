"""The look of the application: palette, style sheet, fonts and icons.  GUI thread only.

A `Theme` follows the system's dark or light mode unless told otherwise, and is handed to every
view that paints; `changed` tells them to paint anew.
"""

from __future__ import annotations

from functools import cache
from string import Template
from typing import Literal

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from desktop.events import Track
from desktop.paths import RESOURCES
from desktop.ui.tokens import DARK, LIGHT, Tokens

Mode = Literal["auto", "light", "dark"]
FAMILIES = (
    "Pretendard",
    "Pretendard Variable",
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
)
ICON_SCALES = (1.0, 1.5, 2.0)


def interface_font(point_size: float = 10.0) -> QFont:
    """The interface font: a family with beautiful Hangul where the machine has one."""
    known = set(QFontDatabase.families())
    family = next((f for f in FAMILIES if f in known), QGuiApplication.font().family())
    font = QFont(family)
    font.setPointSizeF(point_size)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _faded(pixmap: QPixmap) -> QPixmap:
    """The icon of something that cannot be used now: still recognisable."""
    painter = QPainter(pixmap)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.fillRect(pixmap.rect(), QColor(0, 0, 0, 150))
    painter.end()
    return pixmap


@cache
def _drawing(name: str) -> str:
    """An icon's SVG; each is asked for in many sizes and colours."""
    return (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")


class Theme(QObject):
    """Tokens in force, with icons in their colours."""

    changed = Signal()

    def __init__(self, mode: Mode = "auto", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode: Mode = mode
        self._tokens = self._choose()
        self._icons: dict[tuple[str, str], QIcon] = {}
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)

    @property
    def tokens(self) -> Tokens:
        return self._tokens

    def set_mode(self, mode: Mode) -> None:
        """Follows the system ("auto") or stays "light" or "dark"."""
        self._mode = mode
        self._update()

    def apply(self) -> None:
        """Gives the application the palette, style sheet and font of this theme."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setPalette(self._palette())
        app.setStyleSheet(self.style_sheet())

    def style_sheet(self) -> str:
        """The style sheet with this theme's colours filled in."""
        template = (RESOURCES / "styles" / "malgeul.qss").read_text(encoding="utf-8")
        names = Tokens.__dataclass_fields__
        return Template(template).substitute({n: getattr(self._tokens, n) for n in names})

    def colour(self, name: str) -> QColor:
        """The token `name` as a colour."""
        return QColor(getattr(self._tokens, name))

    def lane(self, track: Track) -> QColor:
        """The colour of a track's speaker."""
        return self.colour(
            {Track.MIC: "lane_me", Track.SYSTEM: "lane_others"}.get(track, "lane_file")
        )

    def icon(self, name: str, colour: str = "text_soft") -> QIcon:
        """The icon ``resources/icons/<name>.svg`` drawn in the token `colour`."""
        key = (name, colour)
        if key not in self._icons:
            icon = QIcon()
            for size in (16, 20, 24):
                for scale in ICON_SCALES:
                    icon.addPixmap(self.pixmap(name, colour, size, scale))
                    icon.addPixmap(
                        _faded(self.pixmap(name, "text_faint", size, scale)), QIcon.Mode.Disabled
                    )
            self._icons[key] = icon
        return self._icons[key]

    def pixmap(self, name: str, colour: str, size: int, scale: float = 1.0) -> QPixmap:
        """One icon at `size` logical pixels for a screen of `scale` device pixels per pixel."""
        source = _drawing(name).replace("currentColor", getattr(self._tokens, colour))
        renderer = QSvgRenderer(QByteArray(source.encode()))
        pixmap = QPixmap(QSize(round(size * scale), round(size * scale)))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, pixmap.width(), pixmap.height()))
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        return pixmap

    def _choose(self) -> Tokens:
        if self._mode == "auto":
            dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
            return DARK if dark else LIGHT
        return DARK if self._mode == "dark" else LIGHT

    def _update(self) -> None:
        tokens = self._choose()
        if tokens is not self._tokens:
            self._tokens = tokens
            self._icons.clear()
            self.apply()
            self.changed.emit()

    def _on_scheme_changed(self) -> None:
        self._update()

    def _palette(self) -> QPalette:
        palette = QPalette()
        role = QPalette.ColorRole
        for key, name in (
            (role.Window, "window"),
            (role.WindowText, "text"),
            (role.Base, "surface"),
            (role.AlternateBase, "raised"),
            (role.Text, "text"),
            (role.PlaceholderText, "text_faint"),
            (role.Button, "raised"),
            (role.ButtonText, "text"),
            (role.BrightText, "danger"),
            (role.Highlight, "accent"),
            (role.HighlightedText, "on_accent"),
            (role.Link, "accent_text"),
            (role.ToolTipBase, "tooltip"),
            (role.ToolTipText, "on_tooltip"),
            (role.Mid, "border"),
            (role.Dark, "border_strong"),
            (role.Light, "surface"),
        ):
            palette.setColor(key, self.colour(name))
        for key in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, key, self.colour("border_strong"))
        return palette
