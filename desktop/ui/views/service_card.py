"""One local server: how it is, why, and what can be done about it.  GUI thread only."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.events import ServiceMode, ServiceState, ServiceStatus
from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton, label
from desktop.ui.views.log_view import LogView
from desktop.ui.views.runtime_rows import Offer
from desktop.ui.views.service_words import (
    STATE_TOKENS,
    allowed,
    button_hint,
    facts,
    hint_text,
    mode_name,
    offered_runtime,
    reason_text,
    service_name,
    state_name,
)

_ICONS = {"start": "play", "restart": "restart", "stop": "stop"}


class StateDot(QWidget):
    """The colour of a state; hollow while there is nothing running."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = ServiceState.STOPPED
        self._hollow = True
        self.setFixedSize(12, 12)
        theme.changed.connect(self.update)

    def set_state(self, state: ServiceState, *, hollow: bool) -> None:
        self._state, self._hollow = state, hollow
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self._theme.colour(STATE_TOKENS[self._state])
        painter.setPen(colour)
        if not self._hollow:
            painter.setBrush(colour)
        painter.drawEllipse(QPointF(6, 6), 4.5, 4.5)


class ServiceCard(Retranslated, QFrame):
    """Emits ``wanted("start" | "stop" | "restart", name)``; shows output on demand."""

    wanted = Signal(str, str)
    log_wanted = Signal(str)
    install_wanted = Signal(str)  # the environment that is missing

    def __init__(
        self, theme: Theme, status: ServiceStatus, say: Callable[[str], str] = str
    ) -> None:
        """`say` puts messages of the servers into the interface's language."""
        super().__init__()
        self.setObjectName("card")
        self._theme = theme
        self._say = say
        self.status = status
        self._since_s = time.monotonic()
        self._dot = StateDot(theme)
        self._name = label("", "section")
        self._state = label("")
        self._mode = label("", "badge")
        self._reason = label("", "soft", wrap=True)
        self._hint = label("", "faint", wrap=True)
        self._facts = label("", "faint")
        self._offer = Offer.NONE
        self._install = QPushButton()
        self._buttons = {name: QPushButton() for name in ("start", "restart", "stop")}
        self._log_button = IconButton(theme, "log")
        self.log: LogView | None = None
        self._column = QVBoxLayout(self)
        self._arrange()
        theme.changed.connect(self._show)
        self.retranslate()

    def _arrange(self) -> None:
        for widget in (self._reason, self._hint):
            policy = widget.sizePolicy()
            policy.setHorizontalPolicy(QSizePolicy.Policy.Ignored)
            widget.setSizePolicy(policy)
        self._mode.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._dot)
        top.addWidget(self._name)
        top.addWidget(self._state)
        top.addWidget(self._mode)
        top.addStretch(1)
        self._install.setIconSize(QSize(16, 16))
        self._install.clicked.connect(lambda: self.install_wanted.emit(self.runtime))
        top.addWidget(self._install)
        for name, button in self._buttons.items():
            button.setIconSize(QSize(16, 16))
            button.clicked.connect(lambda _=False, n=name: self.wanted.emit(n, self.status.name))
            top.addWidget(button)
        self._log_button.setCheckable(True)
        self._log_button.toggled.connect(self._on_log_toggled)
        top.addWidget(self._log_button)
        self._column.setContentsMargins(16, 12, 12, 12)
        self._column.setSpacing(3)
        self._column.addLayout(top)
        for widget in (self._reason, self._hint, self._facts):
            inner = QHBoxLayout()
            inner.setContentsMargins(20, 0, 8, 0)
            inner.addWidget(widget)
            self._column.addLayout(inner)

    def retranslate(self) -> None:
        texts = {
            "start": self.tr("Start"),
            "restart": self.tr("Restart"),
            "stop": self.tr("Stop"),
        }
        for name, button in self._buttons.items():
            button.setText(texts[name])
        self._install.setText(self.tr("Install"))
        self._log_button.describe(self.tr("What it printed last"))
        self._show()

    @property
    def runtime(self) -> str:
        """The environment it says to install; "" for none."""
        return offered_runtime(self.status.hint)

    def offer(self, offer: Offer) -> None:
        """Whether what it needs can be installed by a button here."""
        if offer is not self._offer:
            self._offer = offer
            self._show()

    def show_status(self, status: ServiceStatus) -> None:
        """The service is otherwise now."""
        self.status = status
        self._since_s = time.monotonic()
        self._show()

    def show_time(self) -> None:
        """Counts the time it has been ready for."""
        uptime_s = self.status.uptime_s + time.monotonic() - self._since_s
        text = facts(self.status, uptime_s)
        if text != self._facts.text():
            self._facts.setText(text)
        self._facts.setVisible(bool(text))

    def show_log(self, lines: Sequence[str]) -> None:
        if self.log is not None:
            self.log.show_lines(lines)

    def _show(self) -> None:
        status, say = self.status, self._say
        name = service_name(status.name, say(status.label))
        self._name.setText(name)
        # The built-in way stands in for a server that is not there: nothing of it is running.
        built_in = status.mode is ServiceMode.EMBEDDED and status.state is ServiceState.READY
        self._dot.set_state(status.state, hollow=built_in or status.state is ServiceState.STOPPED)
        self._state.setText(state_name(status.state))
        self._state.setVisible(not built_in)
        colour = self._theme.colour(STATE_TOKENS[status.state]).name()
        self._state.setStyleSheet(f"color: {colour};")
        self._mode.setText(mode_name(status.mode))
        self._reason.setText(reason_text(status.reason, say))
        self._reason.setVisible(bool(status.reason))
        hint = self._hint_of(status)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._install.setIcon(self._theme.icon("download"))
        self._install.setAccessibleName(f"{self._install.text()}: {name}")
        self._install.setVisible(self._offer is Offer.POSSIBLE)
        self.show_time()
        can = allowed(status)
        for key, button in self._buttons.items():
            button.setIcon(self._theme.icon(_ICONS[key]))
            button.setVisible(key in can)
            button.setAccessibleName(f"{button.text()}: {name}")
        self.setAccessibleName(f"{name}: {state_name(status.state)}")
        self._log_button.setAccessibleName(f"{self.tr('What it printed last')}: {name}")

    def _hint_of(self, status: ServiceStatus) -> str:
        if self._offer is Offer.POSSIBLE:
            return button_hint(status.hint, self._say)
        if self._offer is Offer.UNDER_WAY:
            return self.tr("It is being installed: see below.")
        return hint_text(status.hint, self._say)

    def _on_log_toggled(self, on: bool) -> None:
        if on:
            self.log = LogView(self._theme, self._name.text())
            self._column.addWidget(self.log)
            self.log_wanted.emit(self.status.name)
        elif self.log is not None:
            log, self.log = self.log, None
            self._column.removeWidget(log)
            log.hide()
            log.deleteLater()
