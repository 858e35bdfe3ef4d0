"""The settings' page of the browser mirror: whether it runs, its address, and who may come.

It shows what `control/mirror.py` tells it, and never leaves this machine open without having said
so first.  GUI thread only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QHideEvent, QIntValidator, QShowEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.records import MirrorRecord, NetworkRecord
from desktop.settings import WebSettings
from desktop.ui.dialogs.form import CONTROL_WIDTH, FormPage
from desktop.ui.dialogs.mirror_cards import MirrorCard, NetworkWarning
from desktop.ui.theme import Theme
from desktop.ui.views.controls import Picker, Switch

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what the user may choose, after a warning
_HOST_NAME = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?")


class _Ports(QIntValidator):
    """What is no port gives way to the one that is set."""

    def __init__(self, settings: WebSettings, parent: QObject) -> None:
        super().__init__(1_024, 65_500, parent)
        self._settings = settings

    def fixup(self, text: str) -> str:
        return str(self._settings.port)


class BrowserPage(FormPage):
    """Emits `changed` after every change it makes in the settings.

    `watched` tells whether it is looked at: only then is its state asked for.
    """

    changed = Signal()
    watched = Signal(bool)

    def __init__(
        self, title: str, theme: Theme, settings: WebSettings, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, parent)
        self._theme = theme
        self._settings = settings
        self._networks: Sequence[NetworkRecord] = ()
        self.card = MirrorCard(theme)
        self.warning = NetworkWarning(theme)
        self.interface = Picker(theme)
        self.port = QLineEdit(str(settings.port))
        self.names = QLineEdit(", ".join(settings.allowed_hosts))
        self.enabled = self._switch("enabled")
        self._arrange()
        self._connect()
        self._fill_interfaces()
        self._show_network()

    def _arrange(self) -> None:
        for control in (self.interface, self.names):
            control.setFixedWidth(CONTROL_WIDTH)
        self.port.setFixedWidth(CONTROL_WIDTH)
        self.port.setValidator(_Ports(self._settings, self.port))
        self.names.setPlaceholderText("meeting.example.com")
        self.add_block(self.card)
        self.add_row(self.tr("Show the meeting in a browser"), self.enabled)
        self.add_row(
            self.tr("Can be opened from"),
            self.interface,
            self.tr("Other devices, such as your phone, need a network."),
        )
        self.add_block(self.warning)
        self.add_row(
            self.tr("Port"),
            self.port,
            self.tr("The next free one is taken when another program has it."),
        )
        self.add_row(
            self.tr("Names of a tunnel"),
            self.names,
            self.tr("Host names that may be used besides this computer's own, with commas."),
        )
        self.add_row(self.tr("Ask from the browser"), self._switch("allow_questions"))
        self.add_row(
            self.tr("Speak into the browser"),
            self._switch("allow_microphone"),
            self.tr("Each speaker becomes a session of its own."),
        )
        self.add_row(self.tr("Start and stop from the browser"), self._switch("allow_control"))

    def _connect(self) -> None:
        self.interface.activated.connect(self._on_interface_chosen)
        self.warning.accepted.connect(self._on_network_accepted)
        self.warning.declined.connect(self._on_network_declined)
        self.port.editingFinished.connect(self._on_port_edited)
        self.names.editingFinished.connect(self._on_names_edited)

    # what the controller tells ------------------------------------------------------------------
    def show_status(self, status: MirrorRecord) -> None:
        """The mirror's state; reason and hint in the interface's language already."""
        self.card.show_status(status, self._settings.port)

    def set_networks(self, networks: Sequence[NetworkRecord]) -> None:
        """What "Can be opened from" offers."""
        self._networks = networks
        self._fill_interfaces()

    # inside -------------------------------------------------------------------------------------
    def _fill_interfaces(self) -> None:
        host = self._settings.host
        items = [("127.0.0.1", self.tr("This computer only"))]
        items += [(n.address, f"{n.address} ({n.name})") for n in self._networks]
        items.append((EVERYWHERE, self.tr("All its networks")))
        if host not in {value for value, _ in items}:
            items.append((host, host))
        self.interface.fill(items, host)

    def _show_network(self) -> None:
        self.warning.setVisible(self._settings.host not in THIS_MACHINE)
        self.warning.set_asking(False)

    def _on_interface_chosen(self) -> None:
        host = self.interface.value()
        if host in THIS_MACHINE or self._settings.host not in THIS_MACHINE:
            self._set("host", host)
            self._show_network()
            return
        self.warning.set_asking(True)  # nothing is opened before it was read
        self.warning.show()
        self.ensureWidgetVisible(self.warning)

    def _on_network_accepted(self) -> None:
        self._set("host", self.interface.value())
        self._show_network()

    def _on_network_declined(self) -> None:
        self._set("host", "127.0.0.1")
        self._fill_interfaces()
        self._show_network()

    def _on_port_edited(self) -> None:
        self._set("port", int(self.port.text()))

    def _on_names_edited(self) -> None:
        """What is no host name is left out and goes from the field as well."""
        parts = [part.strip() for part in re.split(r"[,\s]+", self.names.text())]
        names = [part for part in parts if _HOST_NAME.fullmatch(part)]
        self.names.setText(", ".join(names))
        self._set("allowed_hosts", names)

    def _switch(self, name: str) -> Switch:
        switch = Switch(self._theme)
        switch.setChecked(bool(getattr(self._settings, name)))
        switch.toggled.connect(lambda on: self._set(name, on))
        return switch

    def _set(self, name: str, value: object) -> None:
        if getattr(self._settings, name) != value:
            setattr(self._settings, name, value)
            self.changed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.watched.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.watched.emit(False)
