"""Banners: what a person must know, with what can be done about it.  Never modal.

The same code raised again replaces the earlier banner.  At most three are shown, the latest
first, so that they never push the transcript away; the last one says how many are behind it.
GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.events import NoticeRaised, Severity
from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton, label

MAX_SHOWN = 3
LOW_WINDOW_PX = 640  # below, one banner and the transcript is all there is room for
BANNER_PX = 60  # what one more takes
LEAST_TEXT_PX = 260  # of a banner's words beside its button
FURNITURE_PX = 110  # icon, cross and the space between
_LOOK = {
    Severity.INFO: ("info", "accent_text"),
    Severity.WARNING: ("warning", "warning_text"),
    Severity.ERROR: ("error", "danger_text"),
}


class Banner(Retranslated, QFrame):
    """One notice."""

    action_requested = Signal(str)
    dismissed = Signal(str)

    def __init__(self, theme: Theme, notice: NoticeRaised, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notice = notice
        self._theme = theme
        self.setObjectName("banner")
        self.setProperty("severity", notice.severity.value)
        self._icon = QLabel()
        self._message = label(notice.message, "section", wrap=True)
        self._hint = label(notice.hint, "soft", wrap=True)
        self._action = QPushButton()
        self._more = label("", "soft")
        self._close = IconButton(theme, "close")
        self._hidden = 0  # notices behind this one
        self._below = False
        self._arrange()
        # Only now: shown before it has a place, a widget is a window that takes the keyboard.
        self._hint.setVisible(bool(notice.hint))
        self._action.setVisible(bool(notice.action))
        self._action.clicked.connect(self._on_action_clicked)
        self._close.clicked.connect(self._on_close_clicked)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.retranslate()

    @property
    def said(self) -> tuple[str, str, str]:
        """What a person reads."""
        return self.notice.message, self.notice.hint, self.notice.action

    def _arrange(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self._message)
        texts.addWidget(self._hint)
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(14, 8, 8, 8)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        middle = Qt.AlignmentFlag.AlignVCenter
        grid.addWidget(self._icon, 0, 0, middle)
        grid.addLayout(texts, 0, 1)
        grid.addWidget(self._action, 0, 2, middle)
        grid.addWidget(self._more, 0, 3, middle)
        grid.addWidget(self._close, 0, 4, middle)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where little room is left beside the button it goes below the words."""
        super().resizeEvent(event)
        below = self.width() - self._action.sizeHint().width() - FURNITURE_PX < LEAST_TEXT_PX
        if below != self._below:
            self._below = below
            self._grid.removeWidget(self._action)
            if below:
                self._grid.addWidget(self._action, 1, 1, Qt.AlignmentFlag.AlignLeft)
            else:
                self._grid.addWidget(self._action, 0, 2, Qt.AlignmentFlag.AlignVCenter)

    def retranslate(self) -> None:
        texts = {
            "models": self.tr("Get a better model"),
            "settings": self.tr("Open settings"),
            "retry": self.tr("Try again"),
            "recover": self.tr("Recover"),
            "open_folder": self.tr("Open folder"),
            "export.done": self.tr("Open folder"),
        }
        self._action.setText(texts.get(self.notice.action, self.tr("Show")))
        self._action.setAccessibleName(f"{self._action.text()}: {self.notice.message}")
        self._close.describe(self.tr("Dismiss"))
        self._close.setAccessibleName(f"{self._close.accessibleName()}: {self.notice.message}")
        self.show_more(self._hidden)
        self.setAccessibleName(f"{self.notice.message} {self.notice.hint}".strip())

    def show_more(self, count: int) -> None:
        """Says how many notices wait behind this one, for lack of room; 0 says nothing."""
        self._hidden = count
        words = self.tr("%n more notice(s)", None, count)
        self._more.setText(f"+{count}")
        self._more.setToolTip(words)
        self._more.setAccessibleName(words)
        self._more.setVisible(count > 0)

    def _on_action_clicked(self) -> None:
        self.action_requested.emit(self.notice.action)

    def _on_close_clicked(self) -> None:
        self.dismissed.emit(self.notice.code)

    def _on_theme_changed(self) -> None:
        icon, colour = _LOOK[self.notice.severity]
        self._icon.setPixmap(self._theme.pixmap(icon, colour, 20, self.devicePixelRatioF()))


class BannerStack(QWidget):
    """The banners above the transcript."""

    action_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._banners: dict[str, Banner] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 8, 16, 0)
        self._column.setSpacing(8)
        self.hide()

    @property
    def codes(self) -> list[str]:
        """Codes of the notices that stand, oldest first."""
        return list(self._banners)

    def raise_notice(self, notice: NoticeRaised) -> None:
        """Shows a notice; the same one again stays as it is, with the focus it may have."""
        standing = self._banners.get(notice.code)
        if standing is not None and standing.notice == notice and not standing.isHidden():
            return
        self.clear_notice(notice.code)
        banner = Banner(self._theme, notice)
        banner.action_requested.connect(self.action_requested)
        banner.dismissed.connect(self._on_dismissed)
        self._banners[notice.code] = banner
        self._column.insertWidget(0, banner)
        self._show_latest()
        QAccessible.updateAccessibility(QAccessibleEvent(banner, QAccessible.Event.Alert))

    def clear_notice(self, code: str) -> None:
        banner = self._banners.pop(code, None)
        if banner is not None:
            focus = QApplication.focusWidget()
            if focus is not None and banner.isAncestorOf(focus):
                # Else Qt gives it to whatever is next, and a button far away looks chosen.
                (self.parentWidget() or self).setFocus()
            self._column.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self._show_latest()

    def _on_dismissed(self, code: str) -> None:
        """Goes with all that say the same, of which only one is seen."""
        gone = self._banners[code].said
        for other in [code for code, banner in self._banners.items() if banner.said == gone]:
            self.clear_notice(other)

    def _room(self) -> int:
        """How many a window of this height bears; in a low one the next follows when one goes."""
        spare_px = self.window().height() - LOW_WINDOW_PX
        return max(1, min(MAX_SHOWN, 1 + spare_px // BANNER_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_latest()

    def _show_latest(self) -> None:
        """What two parts say in the same words is shown once."""
        room = self._room()
        said: set[tuple[str, str, str]] = set()
        shown: list[Banner] = []
        for banner in reversed(self._banners.values()):
            if banner.said not in said and len(shown) < room:
                shown.append(banner)
            said.add(banner.said)
        for banner in self._banners.values():
            banner.setVisible(banner in shown)
            banner.show_more(len(said) - len(shown) if banner is shown[-1] else 0)
        self.setVisible(bool(self._banners))
