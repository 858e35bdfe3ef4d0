"""What is being read and indexed: how many, how fast, how long still; pause and cancel.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from desktop.events import IngestProgressed
from desktop.ui.i18n import Retranslated
from desktop.ui.models.document_words import remaining_text
from desktop.ui.theme import Theme
from desktop.ui.views.controls import ElidedLabel, IconButton, label

STEPS = 1000
ROOMY_PX = 560  # below, the name of what is indexed matters more than the rate


class IngestBar(Retranslated, QFrame):
    """Shown only while documents wait or are worked on."""

    pause_requested = Signal(bool)
    cancel_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._last: IngestProgressed | None = None
        self._roomy = False
        self._title = ElidedLabel("", "section")
        self._facts = label("", "faint")
        self._bar = QProgressBar()
        self._bar.setRange(0, STEPS)
        self._bar.setTextVisible(False)
        self._pause = IconButton(theme, "pause")
        self._cancel = IconButton(theme, "close")
        self._arrange()
        self._pause.clicked.connect(self._on_pause_clicked)
        self._cancel.clicked.connect(self.cancel_requested)
        self.retranslate()
        self.hide()

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._title, 1)
        top.addWidget(self._facts)
        left = QVBoxLayout()
        left.setSpacing(7)
        left.addLayout(top)
        left.addWidget(self._bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 10)
        row.setSpacing(6)
        row.addLayout(left, 1)
        row.addWidget(self._pause)
        row.addWidget(self._cancel)

    def retranslate(self) -> None:
        self._cancel.describe(self.tr("Cancel what waits"))
        self._bar.setAccessibleName(self.tr("Progress of indexing"))
        self._show()

    @property
    def paused(self) -> bool:
        return self._last is not None and self._last.paused

    def show_progress(self, event: IngestProgressed) -> None:
        self._last = event
        self._show()

    def _show(self) -> None:
        event = self._last
        self._pause.set_icon("play" if self.paused else "pause")
        self._pause.describe(
            self.tr("Go on indexing") if self.paused else self.tr("Pause indexing")
        )
        finished = 0 if event is None else event.done + event.failed
        if event is None or (event.waiting <= 0 and finished >= event.total):
            self.hide()
            return
        if event.paused:
            title = self.tr("Indexing is paused")
        elif event.current:
            title = self.tr("Indexing {name}").format(name=event.current)
        else:
            title = self.tr("Indexing…")
        self._title.setText(title)
        self._bar.setValue(round(STEPS * finished / max(1, event.total)))
        self._facts.setText(" · ".join(self._parts(event, finished)))
        self.show()

    def _parts(self, event: IngestProgressed, finished: int) -> list[str]:
        parts = [f"{finished} / {event.total}"]
        roomy = self._roomy
        if event.failed and roomy:
            parts.append(self.tr("%n failed", None, event.failed))
        if event.rate > 0 and roomy and not event.paused:
            parts.append(self.tr("{rate} passages/s").format(rate=f"{event.rate:.0f}"))
        if event.remaining_s is not None and not event.paused:
            parts.append(remaining_text(event.remaining_s))
        return parts

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        roomy = event.size().width() >= ROOMY_PX
        if roomy != self._roomy:
            self._roomy = roomy
            self._show()

    def _on_pause_clicked(self) -> None:
        self.pause_requested.emit(not self.paused)
