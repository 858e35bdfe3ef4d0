"""One track of the capture bar: its device picker over its level meter.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from desktop.events import LevelMeasured, SourceChanged, SourceState, Track
from desktop.records import DeviceRecord
from desktop.ui.i18n import Retranslated
from desktop.ui.models.device_choices import device_choices
from desktop.ui.models.plain_text import plain_tip
from desktop.ui.theme import Theme
from desktop.ui.views.controls import Picker
from desktop.ui.views.level_meter import LevelMeter


class TrackStrip(Retranslated, QWidget):
    """Emits `device_chosen` with the device's stable name, "" for the system's default."""

    device_chosen = Signal(str)

    def __init__(self, theme: Theme, track: Track, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.track = track
        self._devices: Sequence[DeviceRecord] | None = None
        self._chosen = ("", "")
        self._picker = Picker(theme, "mic" if track is Track.MIC else "system")
        self._meter = LevelMeter(theme)
        self._state = SourceState.CLOSED
        self._picker.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._picker.setMinimumWidth(72)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._picker)
        column.addWidget(self._meter)
        self._picker.activated.connect(self._on_picker_activated)
        self.retranslate()

    def retranslate(self) -> None:
        name = self.tr("Microphone") if self.track is Track.MIC else self.tr("System sound")
        self._picker.setAccessibleName(name)
        self._meter.setAccessibleName(self.tr("Level: {name}").format(name=name))
        self.set_devices(self._devices, self._chosen)

    def watch(self, watcher: QObject) -> None:
        self.installEventFilter(watcher)
        self._picker.installEventFilter(watcher)

    def set_devices(self, devices: Sequence[DeviceRecord] | None, chosen: tuple[str, str]) -> None:
        """See `device_choices`."""
        self._devices, self._chosen = devices, chosen
        mine = [d for d in devices or () if d.track is self.track]
        default = next((d.label for d in mine if d.is_default), "")
        first = (
            self.tr("Default · {device}").format(device=default)
            if default
            else (
                self.tr("Default microphone")
                if self.track is Track.MIC
                else self.tr("Default output")
            )
        )
        choices = device_choices(devices, self.track, chosen)
        self._picker.fill([("", first), *choices], chosen[0])
        self._show_state()

    def show_level(self, event: LevelMeasured) -> None:
        self._meter.show_level(event)

    def show_source(self, event: SourceChanged) -> None:
        self._state = event.state
        if event.state is not SourceState.LIVE:
            self._meter.clear()
        self._show_state()

    def clear(self) -> None:
        self._state = SourceState.CLOSED
        self._meter.clear()
        self._show_state()

    def _show_state(self) -> None:
        tip = {
            SourceState.OPENING: self.tr("The device is being opened."),
            SourceState.SILENT: self.tr("No signal: the device may be muted."),
            SourceState.LOST: self.tr("The device is gone; it is tried again."),
        }.get(self._state, "")
        self._picker.setToolTip(plain_tip(tip or self._picker.currentText()))
        self._meter.setToolTip(tip)

    def _on_picker_activated(self) -> None:
        self.device_chosen.emit(self._picker.value())
