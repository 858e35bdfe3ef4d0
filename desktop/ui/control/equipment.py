"""Devices, models and settings: fills the pickers, opens the dialogs, applies what changed.

GUI thread only.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from desktop.errors import MalgeulError
from desktop.events import ProgressReported, SourceChanged, SourceState, Track
from desktop.records import DeviceRecord, ModelRecord
from desktop.ui.control.commands import Commands
from desktop.ui.control.mirror import MirrorController
from desktop.ui.dialogs.about_dialog import AboutDialog
from desktop.ui.dialogs.models_dialog import ModelsDialog
from desktop.ui.dialogs.settings_dialog import SettingsDialog
from desktop.ui.dialogs.welcome_dialog import WelcomeDialog
from desktop.ui.i18n import Translations
from desktop.ui.models.device_choices import keep_labels

if TYPE_CHECKING:
    from desktop.ui.main_window import MainWindow


LOOK_EVERY_S = 2.0  # for devices that changed, while the pickers are pointed at
_LOOKED_AT = (QEvent.Type.Enter, QEvent.Type.FocusIn)


class EquipmentController(QObject):
    """Keeps the capture bar and the dialogs true to settings, devices and models."""

    def __init__(self, window: MainWindow, translations: Translations, commands: Commands) -> None:
        super().__init__(window)
        self._window = window
        self._backend = window.backend
        self._translations = translations
        self._commands = commands
        self._devices: Sequence[DeviceRecord] | None = None
        self._models: Sequence[ModelRecord] = ()
        self.settings_dialog: SettingsDialog | None = None
        self.models_dialog: ModelsDialog | None = None
        commands.models_requested.connect(self.open_models)
        commands.settings_requested.connect(self.open_settings)
        bar = window.bar
        bar.source_chosen.connect(self._on_source_chosen)
        bar.device_chosen.connect(self._on_device_chosen)
        bar.model_chosen.connect(self._on_model_chosen)
        bar.language_chosen.connect(self._on_language_chosen)
        window.bridge.progress_reported.connect(self._on_progress_reported)
        window.bridge.source_changed.connect(self._on_source_changed)
        self._look_due_s = 0.0
        bar.watch_device_pickers(self)
        window.installEventFilter(self)
        self._show_settings()

    def refresh(self) -> None:
        """Reads devices and models again."""
        self._window.runner.run(self._backend.devices, self._on_devices_read)
        self._window.runner.run(self._backend.models, self._on_models_read)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whoever comes to the window or points at a picker sees the devices there are now."""
        if watched is self._window:  # back from where another default device is chosen
            if event.type() == QEvent.Type.WindowActivate:
                self._window.runner.run(self._backend.devices, self._on_devices_read)
        elif event.type() in _LOOKED_AT and time.monotonic() >= self._look_due_s:
            self._look_due_s = time.monotonic() + LOOK_EVERY_S
            self._window.runner.run(self._backend.devices, self._on_devices_read)
        return False

    # dialogs ---------------------------------------------------------------------------------
    def open_settings(self) -> None:
        if self.settings_dialog is None:
            dialog = SettingsDialog(self._window.theme, self._backend.settings, self._window)
            dialog.changed.connect(self._on_settings_changed)
            dialog.key_given.connect(self._on_key_given)
            dialog.finished.connect(self._on_settings_closed)
            if self._window.mirror is not None:
                say = self._translations.messages.translate
                MirrorController(self._window.mirror, self._window.runner, dialog.browser, say)
            self.settings_dialog = dialog
        self.settings_dialog.set_equipment(self._devices, self._named_models())
        self.settings_dialog.open()

    def open_models(self) -> None:
        if self.models_dialog is None:
            dialog = ModelsDialog(self._window.theme, self._window)
            dialog.download_requested.connect(self._on_download_requested)
            dialog.cancel_requested.connect(self._on_cancel_requested)
            dialog.use_requested.connect(self._on_model_chosen)
            dialog.remove_requested.connect(self._on_remove_requested)
            dialog.import_requested.connect(self._on_import_requested)
            dialog.finished.connect(self._on_models_closed)
            self.models_dialog = dialog
        self._show_models()
        self.models_dialog.open()
        self._window.runner.run(self._backend.models, self._on_models_read)

    def open_about(self) -> None:
        dialog = AboutDialog(self._window.theme, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def open_welcome(self) -> None:
        """The first run: what Malgeul does, which language, which model."""
        dialog = WelcomeDialog(self._window.theme, self._backend.settings, self._window)
        dialog.models_requested.connect(self.open_models)
        dialog.changed.connect(self._on_settings_changed)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # inside ----------------------------------------------------------------------------------
    def _save(self) -> None:
        try:
            self._backend.save_settings()
        except MalgeulError as error:
            self._commands.show_error(error)

    def _show_settings(self) -> None:
        settings, bar = self._backend.settings, self._window.bar
        bar.set_source(settings.audio.source)
        bar.set_language(settings.recognition.language)
        bar.set_models(self._named_models(), settings.recognition.model)
        keep_labels(settings.audio, self._devices or ())
        bar.set_devices(self._devices, settings.audio)

    def _show_models(self) -> None:
        if self.models_dialog is not None:
            chosen = self._backend.settings.recognition.model
            self.models_dialog.show_models(self._named_models(), chosen)

    def _named_models(self) -> list[ModelRecord]:
        """The models with their labels in the interface's language."""
        say = self._translations.messages.translate
        return [replace(model, label=say(model.label)) for model in self._models]

    def _on_devices_read(self, devices: Sequence[DeviceRecord]) -> None:
        if devices == self._devices or QApplication.activePopupWidget() is not None:
            return  # a list that is open does not change under the hand
        self._devices = devices
        self._show_settings()
        if self.settings_dialog is not None:
            self.settings_dialog.set_equipment(self._devices, self._named_models())

    def _on_source_changed(self, event: SourceChanged) -> None:
        """A device went or came while it was in use: the pickers tell."""
        if event.state in (SourceState.LOST, SourceState.LIVE):
            self._window.runner.run(self._backend.devices, self._on_devices_read)

    def _on_models_read(self, models: Sequence[ModelRecord]) -> None:
        self._models = models
        self._show_settings()
        self._show_models()

    def _on_source_chosen(self, source: str) -> None:
        self._backend.settings.audio.source = source  # type: ignore[assignment]  # one of three
        self._save()

    def _on_device_chosen(self, track: Track, name: str) -> None:
        if track is Track.MIC:
            self._backend.settings.audio.microphone = name
        else:
            self._backend.settings.audio.system = name
        self._show_settings()
        self._save()

    def _on_model_chosen(self, name: str) -> None:
        if not name:
            self.open_models()
            return
        self._backend.settings.recognition.model = name
        self._save()
        self._show_settings()
        self._show_models()

    def _on_language_chosen(self, language: str) -> None:
        self._backend.settings.recognition.language = language
        self._save()

    def _on_settings_changed(self) -> None:
        """Applies at once what can be applied at once."""
        interface = self._backend.settings.interface
        self._window.theme.set_mode(interface.theme)
        self._window.page.view.set_font_size(interface.font_size_pt)
        before = self._translations.language
        if self._translations.install(interface.language) != before:
            self._window.library.refresh()
            QTimer.singleShot(0, self, self._reopen_settings)
        self._show_settings()

    def _reopen_settings(self) -> None:
        """In the other language, at the page that was shown."""
        if self.settings_dialog is not None:
            page = self.settings_dialog.page
            self.settings_dialog.accept()
            self.open_settings()
            self.settings_dialog.show_page(page)

    def _on_key_given(self, name: str, key: str) -> None:
        backend = self._backend
        self._window.runner.run(lambda: backend.keep_service_key(name, key))

    def _on_settings_closed(self) -> None:
        self._save()
        if self.settings_dialog is not None:
            self.settings_dialog.deleteLater()
            self.settings_dialog = None

    def _on_models_closed(self) -> None:
        if self.models_dialog is not None:
            self.models_dialog.deleteLater()
            self.models_dialog = None

    def _on_download_requested(self, name: str) -> None:
        backend = self._backend
        self._window.runner.run(lambda: backend.download_model(name))

    def _on_cancel_requested(self, name: str) -> None:
        self._backend.cancel_task(f"model:{name}")

    def _on_remove_requested(self, name: str) -> None:
        backend = self._backend
        self._window.runner.run(lambda: backend.remove_model(name), lambda _: self.refresh())

    def _on_import_requested(self, folder: Path) -> None:
        backend = self._backend
        self._window.runner.run(
            lambda: backend.import_model(folder), lambda _: self.refresh(), long=True
        )

    def _on_progress_reported(self, event: ProgressReported) -> None:
        if not event.task.startswith("model:"):
            return
        if self.models_dialog is not None:
            self.models_dialog.show_progress(event)
        if event.finished or event.error:
            self.refresh()
