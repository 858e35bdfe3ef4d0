"""Small controls drawn to one style: buttons, pickers, switches, segments.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollBar,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QToolButton,
    QToolTip,
    QWidget,
)

from desktop.ui.models.plain_text import one_line, plain_tip
from desktop.ui.theme import Theme

_ALIGN = Qt.AlignmentFlag
CHEVRON_PX = 12  # of a menu button, with the gap before it


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """A label that never interprets its text as markup (faults: N80)."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    return made


def set_role(widget: QWidget, role: str) -> None:
    """Changes the style role of a widget that is already shown."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def rule() -> QFrame:
    """A horizontal hairline."""
    made = QFrame()
    made.setObjectName("rule")
    made.setFixedHeight(1)
    return made


class ElidedLabel(QLabel):
    """One line of plain text that ends in "…" where there is no room; a tool tip tells the rest."""

    def __init__(self, text: str = "", role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if role:
            self.setProperty("role", role)

    def sizeHint(self) -> QSize:
        """A little more than the letters: measured to the pixel the last one would go."""
        width = self.fontMetrics().horizontalAdvance(one_line(self.text())) + 2
        return QSize(width, super().sizeHint().height())

    @property
    def cut(self) -> bool:
        """Whether some of the text has no room."""
        return self.fontMetrics().horizontalAdvance(one_line(self.text())) > self.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(
            one_line(self.text()), Qt.TextElideMode.ElideRight, self.width()
        )
        painter.drawText(self.rect(), int(_ALIGN.AlignVCenter | self.alignment()), text)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and not self.toolTip() and self.cut:
            QToolTip.showText(event.globalPos(), plain_tip(self.text()), self)
            return True
        return super().event(event)


class IconButton(QToolButton):
    """A button with an icon of the theme, a tool tip and an accessible name."""

    def __init__(self, theme: Theme, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._colour = "text_soft"
        self.setIconSize(QSize(20, 20))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def set_icon(self, icon: str, colour: str = "text_soft") -> None:
        self._icon, self._colour = icon, colour
        self._on_theme_changed()

    def describe(self, text: str, shortcut: str = "") -> None:
        """Sets name and tool tip; `shortcut` is named in the tip."""
        self.setAccessibleName(text)
        native = QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        self.setToolTip(f"{text} ({native})" if native else text)

    def _on_theme_changed(self) -> None:
        self.setIcon(self._theme.icon(self._icon, self._colour))


class Picker(QComboBox):
    """A combo box with an optional icon; the text is elided, the wheel does not change it."""

    def __init__(self, theme: Theme, icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self.setFixedHeight(34)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.currentIndexChanged.connect(self.updateGeometry)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.view().setTextElideMode(Qt.TextElideMode.ElideRight)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        width = max(
            (self.fontMetrics().horizontalAdvance(self.itemText(i)) for i in range(self.count())),
            default=60,
        )
        return QSize(min(width, 260) + (67 if self._icon else 44), 34)

    def minimumSizeHint(self) -> QSize:
        """What is chosen is read whole where it is short; a long name gives way."""
        chosen = self.fontMetrics().horizontalAdvance(self.currentText())
        return QSize(max(84, min(chosen, 110) + (67 if self._icon else 44)), 34)

    def fill(self, items: Sequence[tuple[str, str]], chosen: str) -> None:
        """Replaces the items, given as (value, text), without emitting a change."""
        self.blockSignals(True)
        self.clear()
        for value, text in items:
            self.addItem(text, value)
        self.setCurrentIndex(max(0, self.findData(chosen)))
        self.blockSignals(False)
        self.updateGeometry()
        self.update()

    def value(self) -> str:
        return str(self.currentData() or "")

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def showPopup(self) -> None:
        widest = max(
            (self.fontMetrics().horizontalAdvance(self.itemText(i)) for i in range(self.count())),
            default=0,
        )
        self.view().setMinimumWidth(min(max(self.width() - 2, widest + 48), 420))
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        enabled, focus = self.isEnabled(), self.hasFocus()
        ground = "hover" if enabled and self.underMouse() else "raised"
        painter.setBrush(self._theme.colour(ground))
        painter.setPen(QPen(self._theme.colour("accent" if focus else "border"), 2 if focus else 1))
        inset = 1.0 if focus else 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 8, 8)
        left = 10
        if self._icon:
            middle = (self.height() - 18) // 2
            self._theme.icon(self._icon).paint(painter, left, middle, 18, 18)
            left += 25
        room = QRect(left, 0, self.width() - left - 28, self.height())
        painter.setPen(self._theme.colour("text" if enabled else "text_faint"))
        text = self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, int(_ALIGN.AlignVCenter | _ALIGN.AlignLeft), text)
        chevron = self._theme.icon("chevron-down", "text_faint")
        chevron.paint(painter, self.width() - 25, (self.height() - 16) // 2, 16, 16)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()


class MenuButton(QPushButton):
    """A button that opens a menu, which a chevron says."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        """Icon, text and chevron stand in the middle together: the style knows the first two."""
        painter, option = QStylePainter(self), QStyleOptionButton()
        self.initStyleOption(option)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        option.rect = option.rect.adjusted(0, 0, -CHEVRON_PX, 0)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonLabel, option)
        colour = "on_accent" if self.property("role") == "primary" else "text_soft"
        icon = self._theme.icon("chevron-down", colour)
        icon.paint(painter, self.width() - 28, (self.height() - 16) // 2, 16, 16)


class QuietScrollBar(QScrollBar):
    """Always keeps its place, and shows nothing where there is nothing to scroll."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Vertical)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.maximum() > self.minimum():
            super().paintEvent(event)


class Switch(QCheckBox):
    """An on/off switch with its text to the left of it."""

    def __init__(self, theme: Theme, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(width + 52 if width else 42, 28)

    def hitButton(self, pos: object) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.colour("text"))
        painter.drawText(
            self.rect().adjusted(0, 0, -48, 0),
            int(_ALIGN.AlignVCenter | _ALIGN.AlignLeft),
            self.text(),
        )
        track = QRectF(self.width() - 40, (self.height() - 22) / 2, 38, 22)
        painter.setBrush(self._theme.colour("accent" if self.isChecked() else "outline"))
        painter.setPen(
            QPen(self._theme.colour("text"), 2) if self.hasFocus() else Qt.PenStyle.NoPen
        )
        painter.drawRoundedRect(track, 11, 11)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("on_accent" if self.isChecked() else "surface"))
        x = track.right() - 19 if self.isChecked() else track.left() + 3
        painter.drawEllipse(QRectF(x, track.top() + 3, 16, 16))


class Segmented(QFrame):
    """A row of choices of which one is taken."""

    chosen = Signal(str)

    def __init__(
        self, theme: Theme, choices: Sequence[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        """`choices` are (value, icon name); texts follow by `set_texts`."""
        super().__init__(parent)
        self.setObjectName("segmented")
        self._theme = theme
        self._icons = dict(choices)
        self._buttons: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        for value, _ in choices:
            button = QPushButton(self)
            button.setCheckable(True)
            button.setIconSize(QSize(18, 18))
            self._buttons[value] = button
            self._group.addButton(button)
            row.addWidget(button)
        self.setFixedHeight(36)
        self._group.buttonClicked.connect(self._on_button_clicked)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def set_texts(self, texts: dict[str, str], name: str) -> None:
        self.setAccessibleName(name)
        for value, text in texts.items():
            self._buttons[value].setText(text)
            self._buttons[value].setMinimumWidth(self._room(value, text))
            self._buttons[value].setAccessibleName(f"{name}: {text}")

    def _room(self, value: str, text: str) -> int:
        """The chosen one is bold and must not be cut, nor the others move."""
        font = QFont(self.font())
        font.setBold(True)
        icon = 24 if self._icons[value] else 0
        return QFontMetrics(font).horizontalAdvance(text) + icon + 24

    def set_value(self, value: str) -> None:
        if value in self._buttons:
            self._buttons[value].setChecked(True)

    def value(self) -> str:
        return next((v for v, button in self._buttons.items() if button.isChecked()), "")

    def _on_button_clicked(self) -> None:
        self.chosen.emit(self.value())

    def _on_theme_changed(self) -> None:
        for value, button in self._buttons.items():
            if self._icons[value]:
                button.setIcon(self._theme.icon(self._icons[value]))
