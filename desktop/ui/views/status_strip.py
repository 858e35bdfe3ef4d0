"""The strip at the bottom: recogniser, lag, and where every second of sound went.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from desktop.events import LagMeasured, LedgerUpdated, RecogniserChanged, RecogniserState, Track
from desktop.ui.i18n import Retranslated
from desktop.ui.theme import Theme
from desktop.ui.views.controls import ElidedLabel, label, set_role
from desktop.ui.views.ledger_card import LedgerCard, ledger_adds_up

STATE_LEAST_PX = 80  # of a long reason why it failed
LAG_SHOWN_S = 0.05
LAG_WARNING_S = 5.0


class StatusStrip(Retranslated, QFrame):
    """One line of quiet facts."""

    models_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status_strip")
        self._theme = theme
        self._recogniser: RecogniserChanged | None = None
        self._lags: dict[Track, LagMeasured] = {}
        self._ledgers: dict[Track, LedgerUpdated] = {}
        self._dot = QLabel()
        self._state = ElidedLabel("", "faint")
        self._basic = label("", "chip")
        self._better = QPushButton()
        self._better.setProperty("role", "link")
        self._lag = label("", "faint")
        self._lag.setObjectName("lag")
        self._ledger = QToolButton()
        self._card = LedgerCard(theme, self)
        self._arrange()
        self._better.clicked.connect(self.models_requested)
        self._ledger.clicked.connect(self._on_ledger_clicked)
        theme.changed.connect(self._show)
        self.retranslate()

    def _arrange(self) -> None:
        self.setFixedHeight(36)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self._dot)
        row.addWidget(self._state)
        row.addWidget(self._basic, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._better)
        row.addStretch(1)
        # As wide as its words; only what went wrong may be longer than there is room.
        self._state.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row.addWidget(self._lag)
        row.addWidget(self._ledger)
        self._ledger.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._ledger.setProperty("text_beside", "true")
        self._ledger.setIconSize(QSize(16, 16))
        self._ledger.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def retranslate(self) -> None:
        self._basic.setText(self.tr("Basic recogniser"))
        self._basic.setToolTip(
            self.tr("English only and less accurate. A Whisper model is much better.")
        )
        self._better.setText(self.tr("Get a better model"))
        self._better.setAccessibleName(self._better.text())
        self._show()

    def show_recogniser(self, event: RecogniserChanged) -> None:
        self._recogniser = event
        self._show()

    def show_lag(self, event: LagMeasured) -> None:
        """A file is not spoken live: how much of it is left stands beside its name."""
        if event.track is Track.FILE:
            return
        self._lags[event.track] = event
        self._show_lag()

    def show_ledger(self, event: LedgerUpdated) -> None:
        self._ledgers[event.track] = event
        self._card.show_ledger(event)
        self._show_ledger()

    def clear_session(self) -> None:
        """A new session begins: lag and ledger of the last one go."""
        self._lags.clear()
        self._ledgers.clear()
        self._card.clear()
        self._show()

    def _show(self) -> None:
        self._show_recogniser()
        self._show_lag()
        self._show_ledger()

    def _show_recogniser(self) -> None:
        event = self._recogniser
        basic = event is not None and event.basic
        self._basic.setVisible(basic)
        self._better.setVisible(basic or (event is not None and event.state == "failed"))
        colour = "text_faint"
        if event is None:
            text = self.tr("Recogniser not started")
        elif event.state is RecogniserState.LOADING:
            text = self.tr("Loading {model}…").format(model=event.model)
            colour = "warning_text"
        elif event.state is RecogniserState.FAILED:
            text = event.detail or self.tr("The recogniser failed")
            colour = "danger_text"
        else:
            where = "GPU" if event.device == "cuda" else "CPU"
            text = f"{event.model} · {where} · {event.compute_type}"
            text = where if basic else text
            colour = "accent_text"
        self._state.setMinimumWidth(0)  # of a text before: a label measures itself against it
        self._state.setText(text)
        self._state.setMinimumWidth(min(self._state.sizeHint().width(), STATE_LEAST_PX))
        self._state.setAccessibleName(self.tr("Recogniser: {state}").format(state=text))
        self._dot.setPixmap(self._theme.pixmap("record", colour, 16, self.devicePixelRatioF()))

    def _show_lag(self) -> None:
        lag_s = max((event.lag_s for event in self._lags.values()), default=0.0)
        self._lag.setVisible(lag_s >= LAG_SHOWN_S)
        self._lag.setText(self.tr("{seconds} s behind").format(seconds=f"{lag_s:.1f}"))
        set_role(self._lag, "warning" if lag_s >= LAG_WARNING_S else "faint")
        self._lag.setToolTip(
            self.tr("How far recognition is behind the sound. Nothing is lost: it catches up.")
        )

    def _show_ledger(self) -> None:
        known = bool(self._ledgers)
        self._ledger.setVisible(known)
        sound = all(ledger_adds_up(entry) for entry in self._ledgers.values())
        gaps = any(entry.gap_samples for entry in self._ledgers.values())
        if not sound:
            text, icon, colour = self.tr("Sound is missing"), "warning", "danger_text"
        elif gaps:
            text, icon, colour = (
                self.tr("All sound accounted for, with gaps"),
                "shield",
                "warning_text",
            )
        else:
            text, icon, colour = self.tr("All sound accounted for"), "shield", "accent_text"
        self._ledger.setText(text)
        self._ledger.setIcon(self._theme.icon(icon, colour))
        self._ledger.setAccessibleName(text)
        self._ledger.setToolTip(self.tr("Show where every second went"))

    def _on_ledger_clicked(self) -> None:
        self._card.adjustSize()
        corner = self.mapToGlobal(QPoint(self.width() - self._card.width() - 12, 0))
        self._card.move(corner.x(), corner.y() - self._card.height() - 8)
        self._card.show()
