"""Passages that matter to what is being said, beside the transcript.  GUI thread only.

Nobody reads what jumps: a new card opens at the top with a calm motion, and waits while the
pointer or the keyboard is on the cards.  Bounded: the oldest leave, and so do the ones that wait
too long.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QEasingCurve, QEvent, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.events import Passage
from desktop.ui.i18n import Retranslated
from desktop.ui.models.conversation import Mark
from desktop.ui.models.document_words import place_text
from desktop.ui.theme import Theme
from desktop.ui.views.answer_sources import is_transcript, name_and_place, snippet
from desktop.ui.views.controls import ElidedLabel, IconButton, QuietScrollBar, label
from desktop.ui.views.inert_text import InertText

MAX_CARDS = 12
MAX_DISMISSED = 500  # passages that are remembered as unwanted
OPEN_MS = 220
REASONS = 4


class PassageCard(Retranslated, QWidget):
    """One passage: where it stands, why it is here, its words."""

    opened = Signal(object)
    asked_about = Signal(object)
    dismissed = Signal(object)

    def __init__(self, theme: Theme, passage: Passage) -> None:
        super().__init__()
        self._theme = theme
        self.passage = passage
        self._motion: QVariantAnimation | None = None
        self._reasons = ElidedLabel(" · ".join(passage.reasons[:REASONS]), "good")
        self._dismiss = IconButton(theme, "close")
        self._name = ElidedLabel(passage.source, "source_name")
        text, matches = snippet(passage)
        self._words = InertText(theme, "text", 9.5, 4)
        self._words.set_text(text, [Mark(a, b, "match") for a, b in matches])
        self._open = QPushButton()
        self._ask = QPushButton()
        self._arrange()
        self._open.clicked.connect(self._on_open_clicked)
        self._ask.clicked.connect(self._on_ask_clicked)
        self._dismiss.clicked.connect(self._on_dismiss_clicked)
        theme.changed.connect(self.update)
        self.retranslate()

    def _arrange(self) -> None:
        self._dismiss.setProperty("small", "true")
        for button in (self._open, self._ask):
            button.setProperty("role", "link")
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self._reasons, 1)
        top.addWidget(self._dismiss)
        where = name_and_place(self._name, self.passage)
        where.setContentsMargins(0, 0, 6, 0)
        words = QHBoxLayout()
        words.setContentsMargins(0, 0, 6, 0)
        words.addWidget(self._words)
        actions = QHBoxLayout()
        actions.setContentsMargins(0, 0, 0, 0)
        actions.addStretch(1)
        actions.addWidget(self._ask)
        actions.addWidget(self._open)
        column = QVBoxLayout(self)
        # The buttons at the right have a margin of their own.
        column.setContentsMargins(14, 6, 8, 6)
        column.setSpacing(3)
        column.addLayout(top)
        column.addLayout(where)
        column.addLayout(words)
        column.addLayout(actions)

    def retranslate(self) -> None:
        play = is_transcript(self.passage)
        self._open.setText(self.tr("Play") if play else self.tr("Open"))
        self._ask.setText(self.tr("Ask about it"))
        self._dismiss.describe(self.tr("Dismiss"))
        name = f"{self.passage.source} {place_text(self.passage)}"
        self._open.setAccessibleName(f"{self._open.text()}: {name}")
        self._ask.setAccessibleName(f"{self._ask.text()}: {name}")
        self._dismiss.setAccessibleName(f"{self._dismiss.accessibleName()}: {name}")
        reasons = ", ".join(self.passage.reasons)
        self.setAccessibleName(f"{reasons}. {name}. {self._words.text}")

    def natural_height(self, width: int) -> int:
        layout = self.layout()
        assert layout is not None
        return layout.heightForWidth(width)

    def open_calmly(self, width: int) -> None:
        """Grows from nothing to its height."""
        motion = QVariantAnimation(self)
        motion.setDuration(OPEN_MS)
        motion.setStartValue(0)
        motion.setEndValue(self.natural_height(width))
        motion.setEasingCurve(QEasingCurve.Type.OutCubic)
        motion.valueChanged.connect(self._on_motion_moved)
        motion.finished.connect(self._on_motion_finished)
        self.setMaximumHeight(0)
        self._motion = motion
        motion.start()

    def hold(self) -> None:
        """Ends the motion at once."""
        if self._motion is not None:
            self._motion.stop()
            self._on_motion_finished()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._theme.colour("surface"))
        painter.setPen(self._theme.colour("border"))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)

    def _on_motion_moved(self, height: object) -> None:
        self.setMaximumHeight(int(height))  # type: ignore[call-overload]

    def _on_motion_finished(self) -> None:
        self._motion = None
        self.setMaximumHeight(16_777_215)

    def _on_open_clicked(self) -> None:
        self.opened.emit(self.passage)

    def _on_ask_clicked(self) -> None:
        self.asked_about.emit(self.passage)

    def _on_dismiss_clicked(self) -> None:
        self.dismissed.emit(self.passage)


class PassageCards(Retranslated, QFrame):
    """The cards, the newest on top."""

    opened = Signal(object)
    asked_about = Signal(object)
    room_wanted = Signal(bool)  # True with the first passage of a meeting, False at its end

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("passage_cards")
        self._theme = theme
        self.cards: list[PassageCard] = []
        self._waiting: OrderedDict[str, Passage] = OrderedDict()
        self._dismissed: OrderedDict[str, None] = OrderedDict()
        self._title = label("", "section")
        self._nothing = label("", "faint", wrap=True)
        self._scroll = QScrollArea()
        self._body = QWidget()
        self._column = QVBoxLayout(self._body)
        self._rows = QVBoxLayout(self)
        self._arrange()
        self.retranslate()

    def _arrange(self) -> None:
        self._body.setObjectName("scroll_body")
        self._column.setContentsMargins(12, 0, 4, 12)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self._scroll.setWidget(self._body)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setVerticalScrollBar(QuietScrollBar())
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 8, 6)
        head.addWidget(self._title, 1)
        self._nothing.setContentsMargins(16, 0, 16, 12)
        column = self._rows
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._nothing)
        column.addWidget(self._scroll, 1)
        column.addStretch()
        self._show_nothing()

    def retranslate(self) -> None:
        self._title.setText(self.tr("From your documents"))
        self._nothing.setText(
            self.tr("Passages that fit what is being said appear here by themselves.")
        )
        self._fit()

    def _fit(self) -> None:
        """What stands for no passage is read whole, however little room it is given."""
        self._nothing.setMinimumHeight(max(0, self._nothing.heightForWidth(self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @property
    def passages(self) -> list[Passage]:
        """What is shown, from the top."""
        return [card.passage for card in self.cards]

    def show_passages(self, passages: Sequence[Passage]) -> None:
        """Takes new passages, the best first; known and dismissed ones are left out."""
        known = {p.passage_id for p in self.passages} | set(self._dismissed)
        for passage in reversed(passages):
            if passage.passage_id not in known:
                self._waiting[passage.passage_id] = passage
        while len(self._waiting) > MAX_CARDS:
            self._waiting.popitem(last=False)
        self._let_in()

    def clear(self) -> None:
        """Another meeting: nothing of the last one stays, dismissals neither."""
        for card in list(self.cards):
            self._take_away(card)
        self._waiting.clear()
        self._dismissed.clear()
        self.room_wanted.emit(False)

    def hold(self) -> None:
        """Ends every motion, before the window closes."""
        for card in self.cards:
            card.hold()

    @property
    def _in_use(self) -> bool:
        focus = self.focusWidget()
        used = focus is not None and focus.hasFocus() and focus is not self
        return self.underMouse() or used

    def _let_in(self) -> None:
        if self._in_use:
            return
        while self._waiting:
            _, passage = self._waiting.popitem(last=False)
            self._add(passage)
        for card in self.cards[MAX_CARDS:]:
            self._take_away(card)

    def _add(self, passage: Passage) -> None:
        card = PassageCard(self._theme, passage)
        card.opened.connect(self.opened)
        card.asked_about.connect(self.asked_about)
        card.dismissed.connect(self._on_card_dismissed)
        self.cards.insert(0, card)
        self._show_nothing()
        self.room_wanted.emit(True)
        self._column.insertWidget(0, card)
        if self.isVisible():
            self._rows.activate()  # the first one's scroll area has just come
            margins = self._column.contentsMargins()
            room = self._scroll.viewport().width() - margins.left() - margins.right()
            card.open_calmly(room)

    def _take_away(self, card: PassageCard) -> None:
        self.cards.remove(card)
        card.hold()
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()
        self._show_nothing()

    def _show_nothing(self) -> None:
        self._nothing.setVisible(not self.cards)
        self._scroll.setVisible(bool(self.cards))

    def _on_card_dismissed(self, passage: Passage) -> None:
        self._dismissed[passage.passage_id] = None
        while len(self._dismissed) > MAX_DISMISSED:
            self._dismissed.popitem(last=False)
        for card in [c for c in self.cards if c.passage.passage_id == passage.passage_id]:
            self._take_away(card)

    def enterEvent(self, event: QEnterEvent) -> None:
        for card in self.cards:
            card.hold()  # nothing moves under the pointer
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._let_in()
