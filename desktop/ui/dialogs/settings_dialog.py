"""The settings.  Every change applies at once; closing saves.  GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QKeySequenceEdit,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QWidget,
)

from desktop.events import Track
from desktop.records import DeviceRecord, ModelRecord
from desktop.settings import Settings
from desktop.ui.dialogs.browser_page import BrowserPage
from desktop.ui.dialogs.form import CONTROL_WIDTH, FormPage, PercentSlider
from desktop.ui.dialogs.servers_page import ServersPage
from desktop.ui.models.device_choices import chosen_device, device_choices
from desktop.ui.models.model_choices import model_choices
from desktop.ui.theme import Theme
from desktop.ui.views.controls import Picker, Switch
from desktop.ui.views.tab_order import VisualTabOrder

FONT_SIZES = (10, 11, 12, 13, 14, 16, 18, 20, 24)
OVERLAY_SIZES = (18, 22, 28, 34, 42, 54, 72)


class SettingsDialog(VisualTabOrder, QDialog):
    """Emits `changed` after every change it makes in the settings."""

    changed = Signal()
    key_given = Signal(str, str)  # a server's name, its key

    def __init__(self, theme: Theme, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._settings = settings
        self._nav = QListWidget()
        self._icons: list[str] = []
        self._nav.setObjectName("nav")
        self._pages = QStackedWidget()
        self._microphone = self._picker()
        self._system = self._picker()
        self._model = self._picker()
        self.browser = BrowserPage(self.tr("Browser"), theme, settings.web)
        self.browser.changed.connect(self.changed)
        self.setWindowTitle(self.tr("Settings"))
        self.resize(760, 540)
        self._arrange()
        for icon, page in (
            ("settings", self._general()),
            ("mic", self._audio()),
            ("model", self._recognition()),
            ("tag", self._keywords()),
            ("documents", self._documents()),
            ("services", self._servers()),
            ("overlay", self._overlay()),
            ("keyboard", self._keys()),
            ("export", self._export()),
            ("globe", self.browser),
        ):
            self._pages.addWidget(page)
            self._nav.addItem(QListWidgetItem(page.title))
            self._icons.append(icon)
        self._nav.setCurrentRow(0)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _arrange(self) -> None:
        self._nav.setFixedWidth(220)
        self._nav.setIconSize(QSize(18, 18))
        self._nav.setAccessibleName(self.tr("Settings pages"))
        self._nav.currentRowChanged.connect(self._pages.setCurrentIndex)
        self._pages.setObjectName("page")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._nav)
        row.addWidget(self._pages, 1)

    @property
    def page(self) -> int:
        """Which page is shown."""
        return self._nav.currentRow()

    def show_page(self, page: int) -> None:
        self._nav.setCurrentRow(page)

    def set_equipment(
        self, devices: Sequence[DeviceRecord] | None, models: Sequence[ModelRecord]
    ) -> None:
        """Fills the pickers of devices (None while they are not known) and models."""
        default = ("", self.tr("System default"))
        for picker, track in ((self._microphone, Track.MIC), (self._system, Track.SYSTEM)):
            chosen = chosen_device(self._settings.audio, track)
            picker.fill([default, *device_choices(devices, track, chosen)], chosen[0])
        wanted = self._settings.recognition.model
        self._model.fill(model_choices(models, wanted), wanted)

    def _on_theme_changed(self) -> None:
        for row, icon in enumerate(self._icons):
            self._nav.item(row).setIcon(self._theme.icon(icon))

    # pages -----------------------------------------------------------------------------------
    def _general(self) -> FormPage:
        page, part = FormPage(self.tr("General")), self._settings.interface
        page.add_row(
            self.tr("Interface language"),
            self._choice(
                part,
                "language",
                [("auto", self.tr("Like the system")), ("ko", "한국어"), ("en", "English")],
            ),
        )
        page.add_row(
            self.tr("Appearance"),
            self._choice(
                part,
                "theme",
                [
                    ("auto", self.tr("Like the system")),
                    ("light", self.tr("Light")),
                    ("dark", self.tr("Dark")),
                ],
            ),
        )
        page.add_row(
            self.tr("Text size of the transcript"),
            self._choice(part, "font_size_pt", [(str(n), f"{n} pt") for n in FONT_SIZES], int),
        )
        page.add_row(
            self.tr("Keep running in the tray"),
            self._switch(part, "close_to_tray"),
            self.tr("Closing the window leaves captions running."),
        )
        page.add_row(
            self.tr("Start with the session"),
            self._switch(part, "start_at_login"),
            self.tr("Malgeul opens when you log in."),
        )
        return page

    def _audio(self) -> FormPage:
        page, part = FormPage(self.tr("Sound")), self._settings.audio
        page.add_row(
            self.tr("Source"),
            self._choice(
                part,
                "source",
                [
                    ("mic", self.tr("Microphone")),
                    ("system", self.tr("System sound")),
                    ("both", self.tr("Both, as separate speakers")),
                ],
            ),
        )
        self._bind(self._microphone, part, "microphone")
        self._bind(self._system, part, "system")
        page.add_row(self.tr("Microphone"), self._microphone)
        page.add_row(self.tr("System sound"), self._system)
        page.add_row(
            self.tr("Keep the recording"),
            self._switch(part, "keep_audio"),
            self.tr("Needed to play lines back. It never leaves this computer."),
        )
        return page

    def _recognition(self) -> FormPage:
        page, part = FormPage(self.tr("Recognition")), self._settings.recognition
        self._bind(self._model, part, "model")
        page.add_row(self.tr("Model"), self._model)
        page.add_row(
            self.tr("Spoken language"),
            self._choice(
                part,
                "language",
                [("ko", "한국어"), ("en", "English"), ("auto", self.tr("Detect"))],
            ),
        )
        page.add_row(
            self.tr("Compute on"),
            self._choice(
                part,
                "device",
                [("auto", self.tr("Fastest available")), ("cuda", "GPU (CUDA)"), ("cpu", "CPU")],
            ),
        )
        page.add_row(
            self.tr("Speech threshold"),
            self._fraction(part, "vad_threshold"),
            self.tr("Higher ignores more noise, lower hears quieter speech."),
        )
        page.add_row(
            self.tr("Hold back invented text"),
            self._switch(part, "suppress_hallucinations"),
            self.tr("Held-back lines stay in a drawer and can be put back."),
        )
        return page

    def _keywords(self) -> FormPage:
        page, part = FormPage(self.tr("Keywords")), self._settings.keywords
        page.add_row(self.tr("Find keywords while people speak"), self._switch(part, "enabled"))
        page.add_row(
            self.tr("With the language model"),
            self._switch(part, "use_language_model"),
            self.tr("Finds more and sorts them better, when one is there."),
        )
        page.add_row(
            self.tr("New ones at a time"),
            self._choice(part, "limit", [(str(n), str(n)) for n in (3, 5, 8, 12)], int),
        )
        return page

    def _documents(self) -> FormPage:
        page, part = FormPage(self.tr("Documents and answers")), self._settings.retrieval
        page.add_row(
            self.tr("Passages while people speak"),
            self._switch(part, "while_speaking"),
            self.tr("What fits the talk appears beside the transcript."),
        )
        page.add_row(
            self.tr("Answer from past meetings, too"),
            self._switch(part, "transcripts"),
            self.tr("Their citations play the moment they were said."),
        )
        page.add_row(
            self.tr("Evidence an answer needs"),
            self._fraction(part, "refuse_below"),
            self.tr("Higher refuses sooner, lower answers from less."),
        )
        page.add_row(
            self.tr("Passages an answer stands on"),
            self._choice(part, "top_k_rerank", [(str(n), str(n)) for n in (3, 5, 8, 12)], int),
        )
        reading = self._settings.ingest
        sizes = [(str(n), f"{n} MB") for n in (50, 100, 200, 500, 1000)]
        page.add_row(self.tr("Largest file"), self._choice(reading, "max_file_mb", sizes, int))
        times = [(str(float(n)), self.tr("{count} s").format(count=n)) for n in (15, 30, 60, 180)]
        page.add_row(
            self.tr("Longest reading of one file"),
            self._choice(reading, "parse_within_s", times, float),
        )
        return page

    def _servers(self) -> FormPage:
        page = ServersPage(self._theme, self._settings.services, self._set)
        page.key_given.connect(self.key_given)
        return page

    def _overlay(self) -> FormPage:
        page, part = FormPage(self.tr("Caption overlay")), self._settings.overlay
        page.add_row(self.tr("Show captions over other windows"), self._switch(part, "enabled"))
        page.add_row(
            self.tr("Lines"),
            self._choice(part, "lines", [(str(n), str(n)) for n in (1, 2, 3, 4)], int),
        )
        page.add_row(
            self.tr("Text size"),
            self._choice(part, "font_size_pt", [(str(n), f"{n} pt") for n in OVERLAY_SIZES], int),
        )
        page.add_row(self.tr("Opacity of the ground"), self._fraction(part, "opacity"))
        page.add_row(
            self.tr("Show unconfirmed text"),
            self._switch(part, "show_partial"),
            self.tr("Words appear sooner but may still change."),
        )
        return page

    def _keys(self) -> FormPage:
        page, part = FormPage(self.tr("Global keys")), self._settings.hotkeys
        for name, text in (
            ("toggle_capture", self.tr("Start or stop captions")),
            ("toggle_overlay", self.tr("Show or hide the overlay")),
            ("grab_overlay", self.tr("Move the overlay")),
        ):
            page.add_row(text, self._keys_edit(part, name))
        return page

    def _export(self) -> FormPage:
        page, part = FormPage(self.tr("Subtitles")), self._settings.export
        page.add_row(
            self.tr("Lines a subtitle"),
            self._choice(part, "max_lines", [(str(n), str(n)) for n in (1, 2, 3)], int),
        )
        page.add_row(
            self.tr("Latin characters a line"),
            self._choice(
                part, "max_columns_latin", [(str(n), str(n)) for n in (32, 37, 42, 50, 60)], int
            ),
        )
        page.add_row(
            self.tr("Korean characters a line"),
            self._choice(
                part, "max_columns_wide", [(str(n), str(n)) for n in (12, 14, 16, 18, 20)], int
            ),
        )
        return page

    # controls --------------------------------------------------------------------------------
    def _picker(self) -> Picker:
        picker = Picker(self._theme)
        picker.setFixedWidth(CONTROL_WIDTH)
        return picker

    def _choice(
        self,
        part: Any,
        name: str,
        items: Sequence[tuple[str, str]],
        kind: Callable[[str], Any] = str,
    ) -> Picker:
        picker = self._picker()
        present = str(getattr(part, name))
        if present not in {value for value, _ in items}:
            items = [*items, (present, present)]
        picker.fill(items, present)
        self._bind(picker, part, name, kind)
        return picker

    def _bind(self, picker: Picker, part: Any, name: str, kind: Callable[[str], Any] = str) -> None:
        picker.activated.connect(lambda _: self._set(part, name, kind(picker.value())))

    def _switch(self, part: Any, name: str) -> Switch:
        switch = Switch(self._theme)
        switch.setChecked(bool(getattr(part, name)))
        switch.toggled.connect(lambda on: self._set(part, name, on))
        return switch

    def _fraction(self, part: Any, name: str) -> PercentSlider:
        slider = PercentSlider(getattr(part, name))
        slider.changed.connect(lambda value: self._set(part, name, value))
        return slider

    def _keys_edit(self, part: Any, name: str) -> QKeySequenceEdit:
        edit = QKeySequenceEdit(QKeySequence(getattr(part, name)))
        edit.setMaximumSequenceLength(1)
        edit.setFixedWidth(CONTROL_WIDTH)
        edit.editingFinished.connect(lambda: self._set(part, name, edit.keySequence().toString()))
        return edit

    def _set(self, part: Any, name: str, value: Any) -> None:
        if getattr(part, name) != value:
            setattr(part, name, value)
            self.changed.emit()
