"""The drawer of held-back lines: what the recogniser took for invented text, recoverable.

Stands at the right of the transcript.  GUI thread only.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.records import SuppressedRecord
from desktop.ui.i18n import Retranslated
from desktop.ui.models.transcript_line import clock
from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton, label

MAX_CARDS = 200
DRAWER_PX = 264


class SuppressedDrawer(Retranslated, QFrame):
    """Emits `restore_requested` with the id of a line that was really said."""

    restore_requested = Signal(int)
    close_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("suppressed_drawer")
        self.setMinimumWidth(DRAWER_PX)
        self._theme = theme
        self._records: list[SuppressedRecord] = []
        self._shown: dict[int, QFrame] = {}
        self._heading = label("", "heading")
        self._hint = label("", "faint", wrap=True)
        self._close = IconButton(theme, "close")
        self._cards = QVBoxLayout()
        self._arrange()
        self._close.clicked.connect(self.close_requested)
        self.retranslate()
        self.hide()

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._heading, 1)
        top.addWidget(self._close)
        inner = QWidget()
        inner.setObjectName("scroll_body")
        self._cards.setContentsMargins(0, 0, 4, 0)
        self._cards.setSpacing(8)
        self._cards.addStretch(1)
        inner.setLayout(self._cards)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the buttons within
        scroll.setWidget(inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 8, 12)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self._hint)
        column.addWidget(scroll, 1)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Held-back lines"))
        self._heading.setText(self.tr("Held-back lines"))
        self._close.describe(self.tr("Close"))
        records, self._records = self._records, []
        self._drop(list(self._shown))  # they are made anew in the other language
        self.show_records(records)

    @property
    def count(self) -> int:
        return len(self._records)

    def show_records(self, records: Sequence[SuppressedRecord]) -> None:
        self._records = [record for record in records if not record.restored]
        self._hint.setText(
            self.tr("Text the recogniser probably invented. Was it really said? Put it back.")
            if self._records
            else self.tr("Nothing was held back in this session.")
        )
        wanted = {record.suppressed_id: record for record in self._records[-MAX_CARDS:]}
        self._drop([number for number in self._shown if number not in wanted])
        for number, record in wanted.items():
            if number not in self._shown:  # the newest on top; those that are there stay
                self._shown[number] = self._card(record)
                self._cards.insertWidget(0, self._shown[number])

    def _drop(self, numbers: list[int]) -> None:
        for number in numbers:
            card = self._shown.pop(number)
            self._cards.removeWidget(card)
            card.hide()
            card.deleteLater()

    def _card(self, record: SuppressedRecord) -> QFrame:
        card = QFrame()
        card.setObjectName("card")
        button = QPushButton(self.tr("Put back"))
        button.setProperty("role", "link")
        button.setAccessibleName(f"{self.tr('Put back')}: {record.text}")
        number = record.suppressed_id
        button.clicked.connect(lambda: self.restore_requested.emit(number))
        foot = QHBoxLayout()
        foot.addWidget(
            label(f"{clock(record.start_s)} · {self._reason(record.reason)}", "faint"), 1
        )
        foot.addWidget(button)
        column = QVBoxLayout(card)
        column.setContentsMargins(12, 10, 8, 6)
        column.setSpacing(2)
        column.addWidget(label(record.text, wrap=True))
        column.addLayout(foot)
        return card

    def _reason(self, reason: str) -> str:
        known = {
            "phrase": self.tr("stock phrase"),
            "no_speech": self.tr("hardly any sound"),
            "low_confidence": self.tr("very unsure"),
            "weak_voice": self.tr("hardly a voice"),
            "music": self.tr("sounds like music"),
            "impossible_rate": self.tr("too fast to be speech"),
            "anomaly": self.tr("impossible timing"),
            "loop": self.tr("repetition"),
        }
        return known.get(reason, reason)
