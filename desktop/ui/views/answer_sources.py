"""The passages an answer stands on, as a list beneath it.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.events import Passage, PassageKind
from desktop.ui.models.conversation import Mark
from desktop.ui.models.document_words import HEADING_STEP, place_text
from desktop.ui.models.plain_text import plain_tip
from desktop.ui.theme import Theme
from desktop.ui.views.controls import ElidedLabel, label
from desktop.ui.views.inert_text import InertText

SNIPPET = 220  # characters
SNIPPET_BEFORE = 40


class SourceRow(QWidget):
    """One source: its number, name, place and the words that matched.  Works like a button."""

    clicked = Signal()

    def __init__(self, theme: Theme, number: int, passage: Passage) -> None:
        super().__init__()
        self._theme = theme
        self.passage = passage
        self._number = label(str(number), "source_number")
        self._number.setFixedSize(22, 20)
        self._number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        name = ElidedLabel(passage.source, "source_name")
        text, matches = snippet(passage)
        self._snippet = InertText(theme, "text_soft", 9, 2)
        self._snippet.set_text(text, [Mark(a, b, "match") for a, b in matches])
        self._snippet.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._snippet.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        top = name_and_place(name, passage)
        right = QVBoxLayout()
        right.setSpacing(2)
        right.addLayout(top)
        right.addWidget(self._snippet)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(10)
        row.addWidget(self._number, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(right, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"[{number}] {passage.source} {place_text(passage)}. {text}")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = "hover" if self.underMouse() else "raised"
        painter.setBrush(self._theme.colour(ground))
        focus = self.hasFocus()
        painter.setPen(QPen(self._theme.colour("accent" if focus else "border"), 2 if focus else 1))
        inset = 1.0 if focus else 0.5
        painter.drawRoundedRect(self.rect().toRectF().adjusted(inset, inset, -inset, -inset), 8, 8)
        if self._snippet.property("ground") != ground:
            self._snippet.setProperty("ground", ground)
            self._snippet.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        if left and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


class SourceList(QWidget):
    """All sources of an answer; emits which one was chosen, counted from 1."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows: list[SourceRow] = []
        self._shown: list[tuple[Passage, str]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def show_passages(self, passages: Sequence[Passage]) -> None:
        """Shows them; the same ones stay as they are, with the focus that one of them may have."""
        wanted = [(passage, place_text(passage)) for passage in passages]
        if wanted == self._shown:
            self.setVisible(bool(self.rows))
            return
        self._shown = wanted
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        for number, passage in enumerate(passages, 1):
            row = SourceRow(self._theme, number, passage)
            row.clicked.connect(self._on_row_clicked)
            self.rows.append(row)
            self._column.addWidget(row)
        self.setVisible(bool(self.rows))

    def _on_row_clicked(self) -> None:
        row = self.sender()
        if isinstance(row, SourceRow) and row in self.rows:
            self.chosen.emit(self.rows.index(row) + 1)


def name_and_place(name: QWidget, passage: Passage) -> QHBoxLayout:
    """A source's name, and its page or minute; a long heading leaves room for the name."""
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(name, 3)
    if passage.page or is_transcript(passage):
        row.addWidget(label(place_text(passage), "faint"))
    elif passage.heading:
        # The last heading tells most; the path before it takes the room of the name.
        place = ElidedLabel(passage.heading.rsplit(HEADING_STEP, 1)[-1], "faint")
        place.setToolTip(plain_tip(passage.heading))
        place.setAlignment(Qt.AlignmentFlag.AlignRight)
        row.addWidget(place, 2)
    return row


def snippet(passage: Passage) -> tuple[str, list[tuple[int, int]]]:
    """The part of a passage around its first match, on one line, and the matches in it."""
    first = min((start for start, _ in passage.matches), default=0)
    start = max(0, first - SNIPPET_BEFORE)
    if start:  # not in the middle of a word
        space = passage.text.find(" ", start, first)
        start = space + 1 if space >= 0 else start
    lead = "…" if start else ""
    end = start + SNIPPET
    if end < len(passage.text):
        end = max(passage.text.rfind(" ", start, end), first + 1)
    tail = "…" if end < len(passage.text) else ""
    text = lead + passage.text[start:end].replace("\n", " ") + tail
    shift = len(lead) - start
    inside = [(max(0, a + shift), min(len(text), b + shift)) for a, b in passage.matches]
    return text, [(a, b) for a, b in inside if len(lead) <= a < b]


def is_transcript(passage: Passage) -> bool:
    """True where a click plays the sound instead of opening a page."""
    return passage.kind is PassageKind.TRANSCRIPT and bool(passage.session_id)
