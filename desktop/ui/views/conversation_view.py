"""The turns of a conversation, one below the other.  GUI thread only.

Cards are placed by hand: text that streams into the last one moves only that one, so the
hundredth answer streams as smoothly as the first.  After a change of width only what is in view
is laid out at once; the rest follows when it is scrolled to.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from desktop.ui.models.conversation import Turn
from desktop.ui.theme import Theme
from desktop.ui.views.answer_card import AnswerCard
from desktop.ui.views.controls import QuietScrollBar

MAX_CARDS = 200  # older ones leave the view
AT_END_PX = 32
_MARGIN = 8


class ConversationView(QScrollArea):
    """Shows turns and follows the end until one scrolls away.

    Following never goes past the question of the last turn: a long answer is read from its top.
    """

    citation_chosen = Signal(object, int)
    retry_requested = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("conversation")
        self._theme = theme
        self.cards: list[AnswerCard] = []
        self._heights: list[int] = []
        self._stale: set[AnswerCard] = set()
        self._following = True
        self._placing = False
        self._body = QWidget()
        self._body.setObjectName("scroll_body")
        self.setWidget(self._body)
        self.setWidgetResizable(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBar(QuietScrollBar())
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verticalScrollBar().setSingleStep(24)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    def show_turn(self, turn: Turn) -> None:
        """Adds a turn or brings its card up to date."""
        card = next((c for c in reversed(self.cards) if c.turn is turn), None)
        if card is None:
            self._add(turn)
        else:
            card.show_turn()
            self._measure(card)
            self._place(self.cards.index(card))

    def clear(self) -> None:
        for card in self.cards:
            self._drop(card)
        self.cards, self._heights = [], []
        self._stale.clear()
        self._following = True
        self._place(0)

    def follow(self) -> None:
        """Goes to the last turn and stays there."""
        self._following = True
        self._to_end()

    def _add(self, turn: Turn) -> None:
        card = AnswerCard(self._theme, turn)
        card.setParent(self._body)
        card.citation_chosen.connect(self.citation_chosen)
        card.retry_requested.connect(self.retry_requested)
        card.installEventFilter(self)
        self.cards.append(card)
        self._heights.append(0)
        card.show()
        if len(self.cards) > MAX_CARDS:
            self._drop(self.cards.pop(0))
            self._heights.pop(0)
            self._place(0)
        self._measure(card)
        self._following = True
        self._place(len(self.cards) - 1)

    def _drop(self, card: AnswerCard) -> None:
        self._stale.discard(card)
        card.removeEventFilter(self)
        card.hide()
        card.deleteLater()

    def _measure(self, card: AnswerCard) -> None:
        layout = card.layout()
        assert layout is not None
        layout.activate()
        width = self.viewport().width()
        height = layout.heightForWidth(width) if layout.hasHeightForWidth() else -1
        self._heights[self.cards.index(card)] = max(height, layout.sizeHint().height() // 4, 40)
        self._stale.discard(card)

    def _place(self, first: int) -> None:
        """Sets the places of the cards from `first` on."""
        if self._placing:
            return
        self._placing = True
        width, y = self.viewport().width(), _MARGIN
        if first:
            y = self.cards[first - 1].geometry().bottom() + 1
        for card, height in zip(self.cards[first:], self._heights[first:], strict=True):
            # One that is out of view keeps its old width: laying it out can wait.
            card.setGeometry(0, y, card.width() if card in self._stale else width, height)
            y += height
        self._body.resize(width, max(y + _MARGIN, self.viewport().height()))
        self._placing = False
        if self._following:
            self._to_end()

    def _to_end(self) -> None:
        bar = self.verticalScrollBar()
        self._placing = True
        top = self.cards[-1].geometry().top() if self.cards else 0
        bar.setValue(min(bar.maximum(), top))
        self._placing = False

    def _settle_view(self) -> None:
        """Lays out what is in view and still has the width of before."""
        top = self.verticalScrollBar().value()
        bottom = top + self.viewport().height()
        for number, card in enumerate(self.cards):
            place = card.geometry()
            if card in self._stale and place.bottom() >= top and place.top() <= bottom:
                self._measure(card)
                self._place(number)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._stale.update(self.cards)
            if self.cards and self._following:
                self._measure(self.cards[-1])
        self._place(0)
        self._settle_view()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A card that folds something out asks for another height."""
        if (
            event.type() == QEvent.Type.LayoutRequest
            and not self._placing
            and isinstance(watched, AnswerCard)
            and watched in self.cards
        ):
            self._measure(watched)
            self._place(self.cards.index(watched))
        return bool(super().eventFilter(watched, event))  # the scroll area watches its body, too

    def _on_scrolled(self, value: int) -> None:
        if not self._placing:
            end = self.verticalScrollBar().maximum()
            if self.cards:
                end = min(end, self.cards[-1].geometry().top())
            self._following = value >= end - AT_END_PX
            self._settle_view()
