"""What the browser page shows above its rows: the mirror's state, and what a network means.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop.records import MirrorRecord, MirrorState
from desktop.ui.theme import Theme
from desktop.ui.views.controls import label, set_role
from desktop.ui.views.qr_code import QrCode

COPIED_S = 2.0


class MirrorCard(QFrame):
    """Whether the mirror runs or why not, its address for the next browser, and a QR code."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mirror_card")
        self._theme = theme
        self.state = label("", "section", wrap=True)
        self.reason = label("", "soft", wrap=True)
        self.address = QLineEdit()
        self.copy = QPushButton(self.tr("Copy"))
        self.open = QPushButton(self.tr("Open in the browser"))
        self.hint = label(
            self.tr(
                "The address works once. When a browser has opened it, the next one stands here."
            ),
            "faint",
            wrap=True,
        )
        self.code = QrCode()
        self._copied = QTimer(self)
        self._arrange()
        self._connect()
        self.hide()

    def _arrange(self) -> None:
        self.address.setReadOnly(True)
        self.address.setAccessibleName(self.tr("Address for a browser"))
        self.code.setAccessibleName(self.tr("The address as a QR code, for a phone's camera"))
        self._copied.setSingleShot(True)
        self._copied.setInterval(round(COPIED_S * 1_000))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.copy)
        buttons.addWidget(self.open)
        buttons.addStretch(1)
        texts = QVBoxLayout()
        texts.setSpacing(8)
        for part in (self.state, self.reason, self.address):
            texts.addWidget(part)
        texts.addLayout(buttons)
        texts.addWidget(self.hint)
        texts.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 14, 16, 14)
        row.setSpacing(18)
        row.addLayout(texts, 1)
        row.addWidget(self.code, 0, Qt.AlignmentFlag.AlignTop)

    def _connect(self) -> None:
        self.copy.clicked.connect(self._on_copy_clicked)
        self.open.clicked.connect(self._on_open_clicked)
        self._copied.timeout.connect(self._on_copied_passed)

    def show_status(self, status: MirrorRecord, wanted_port: int) -> None:
        """Shows it; `wanted_port` is the settings'."""
        on = status.state is MirrorState.ON
        self.state.setText(self._said(status))
        roles = {MirrorState.ON: "good_section", MirrorState.FAILED: "danger_section"}
        set_role(self.state, roles.get(status.state, "section"))
        reason = " ".join(part for part in (status.reason, status.hint) if part)
        if on and status.port != wanted_port:
            reason = self.tr("Port {wanted} is taken by another program: it uses {used}.").format(
                wanted=wanted_port, used=status.port
            )
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        if self.address.text() != status.address:
            self.address.setText(status.address)
            self.address.setCursorPosition(0)
            self._on_copied_passed()
        for part in (self.address, self.copy, self.open, self.hint):
            part.setVisible(on)
        self.code.setVisible(on and status.network)
        self.code.set_text(status.address if status.network else "")
        self.show()

    def _said(self, status: MirrorRecord) -> str:
        match status.state:
            case MirrorState.OFF:
                return self.tr("Off: nothing can be opened in a browser.")
            case MirrorState.STARTING:
                return self.tr("Starting…")
            case MirrorState.FAILED:
                return self.tr("It could not start.")
            case _:
                pass
        if status.viewers:
            return self.tr("On. %n browser(s) look at it now.", "", status.viewers)
        return self.tr("On. No browser looks at it now.")

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.address.text())
        self.copy.setText(self.tr("Copied"))
        self._copied.start()

    def _on_copied_passed(self) -> None:
        self._copied.stop()
        self.copy.setText(self.tr("Copy"))

    def _on_open_clicked(self) -> None:
        QDesktopServices.openUrl(QUrl(self.address.text()))


class NetworkWarning(QFrame):
    """What it means when others on the network can come; asks before, reminds afterwards."""

    accepted = Signal()
    declined = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("network_warning")
        self._theme = theme
        self.title = label("", "warning_section", wrap=True)
        self.text = label("", "soft", wrap=True)
        self.accept = QPushButton()
        self.decline = QPushButton()
        self.accept.clicked.connect(self.accepted)
        self.decline.clicked.connect(self.declined)
        self.text.setText(
            self.tr(
                "Whoever opens the address first, on any device of that network, sees everything "
                "that is said. The connection is not encrypted, so others there could read along. "
                "Do it only where you trust everybody, such as at home."
            )
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.decline)
        buttons.addWidget(self.accept)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addLayout(buttons)
        self.set_asking(False)

    def set_asking(self, asking: bool) -> None:
        """Before it is opened: a question; afterwards a reminder with a way back."""
        if asking:
            self.title.setText(self.tr("Open the meeting to other devices?"))
            self.decline.setText(self.tr("Keep to this computer"))
        else:
            self.title.setText(self.tr("Other devices can reach the meeting."))
            self.decline.setText(self.tr("Close to other devices"))
        self.accept.setText(self.tr("Open to the network"))
        self.accept.setVisible(asking)
