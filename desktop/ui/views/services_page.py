"""The local servers, their environments, and who gets the graphics memory.  GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.events import ServiceStatus
from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import label
from desktop.ui.views.memory_bar import MemoryCard
from desktop.ui.views.runtime_rows import RuntimesCard
from desktop.ui.views.service_card import ServiceCard

COLUMN_PX = 880
TICK_MS = 1_000


class ServicesPage(Retranslated, QScrollArea):
    """Cards in one column; counts and reads output only while it is shown."""

    wanted = Signal(str, str)  # "start", "stop" or "restart", and the service
    log_wanted = Signal(str)
    shown = Signal()

    def __init__(self, theme: Theme, say: Callable[[str], str] = str) -> None:
        super().__init__()
        self._theme = theme
        self._say = say
        self.cards: dict[str, ServiceCard] = {}
        self._title = label("", "title")
        self._lead = label("", "soft", wrap=True)
        self._nothing = label("", "soft", wrap=True)
        self._services = QVBoxLayout()
        self._services.setSpacing(8)
        self._memory_title = label("", "heading")
        self.memory = MemoryCard(theme, say)
        self._runtimes_title = label("", "heading")
        self._runtimes_lead = label("", "soft", wrap=True)
        self.runtimes = RuntimesCard(theme, say)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        self.runtimes.changed.connect(self._on_runtimes_changed)
        self._arrange()
        self.retranslate()

    def _arrange(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QWidget()
        column.setMaximumWidth(COLUMN_PX)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(24, 20, 24, 28)
        inner.setSpacing(8)
        for widget in (self._title, self._lead):
            inner.addWidget(widget)
        inner.addSpacing(4)
        inner.addWidget(self._nothing)
        inner.addLayout(self._services)
        inner.addSpacing(16)
        inner.addWidget(self._memory_title)
        inner.addWidget(self.memory)
        inner.addSpacing(16)
        inner.addWidget(self._runtimes_title)
        inner.addWidget(self._runtimes_lead)
        inner.addWidget(self.runtimes)
        inner.addStretch(1)
        body = QWidget()
        body.setObjectName("scroll_body")
        outer = QHBoxLayout(body)  # the column in the middle, as wide as it may be
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addStretch(1)
        outer.addWidget(column, 1_000)
        outer.addStretch(1)
        self.setWidget(body)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Services"))
        self._title.setText(self.tr("Services"))
        self._lead.setText(
            self.tr(
                "Malgeul starts, watches and stops these by itself. They listen on this "
                "computer only, and captions work without any of them."
            )
        )
        self._nothing.setText(self.tr("No service is known yet."))
        self._memory_title.setText(self.tr("Graphics memory"))
        self._runtimes_title.setText(self.tr("Environments"))
        self._runtimes_lead.setText(
            self.tr("What the big servers need, kept apart from Malgeul and removable at any time.")
        )

    def show_services(self, statuses: Sequence[ServiceStatus]) -> None:
        for status in statuses:
            self.show_service(status)

    def show_service(self, status: ServiceStatus) -> None:
        """A service as it is now."""
        card = self.cards.get(status.name)
        if card is None:
            card = ServiceCard(self._theme, status, self._say)
            card.wanted.connect(self.wanted)
            card.log_wanted.connect(self.log_wanted)
            card.install_wanted.connect(self._on_install_wanted)
            self.cards[status.name] = card
            self._services.addWidget(card)
            self._nothing.hide()
        else:
            card.show_status(status)
        card.offer(self.runtimes.offer(card.runtime))

    def close_timers(self) -> None:
        self._timer.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self.shown.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _on_runtimes_changed(self) -> None:
        for card in self.cards.values():
            card.offer(self.runtimes.offer(card.runtime))

    def _on_install_wanted(self, name: str) -> None:
        """As a click on its own button, which is brought into view with the progress."""
        self.runtimes.install_requested.emit(name)
        row = self.runtimes.row(name)
        if row is not None:
            self.ensureWidgetVisible(row)

    def _on_timer_timeout(self) -> None:
        for name, card in self.cards.items():
            card.show_time()
            if card.log is not None:
                self.log_wanted.emit(name)
