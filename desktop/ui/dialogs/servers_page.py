"""The settings' page of the local servers: ours, the built-in way, or one at another address.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.settings import ServicesSettings
from desktop.ui.dialogs.form import CONTROL_WIDTH, FormPage
from desktop.ui.theme import Theme
from desktop.ui.views.controls import Picker

EXTERNAL = "external"


class ServersPage(FormPage):
    """Which way each server is there; address, model and key where it is somebody else's."""

    key_given = Signal(str, str)  # the server's name, its key; "" forgets it

    def __init__(
        self,
        theme: Theme,
        settings: ServicesSettings,
        change: Callable[[Any, str, Any], None],
        parent: QWidget | None = None,
    ) -> None:
        """`change(section, field, value)` sets a field and tells of it."""
        super().__init__("", parent)
        self.set_title(self.tr("Services"))
        self._theme = theme
        self._change = change
        self._fields: dict[str, list[QWidget]] = {}
        self._add("vllm", settings.vllm, self.tr("Language model"), has_model=True)
        self._add("llama", settings.llama, self.tr("Small language model"), external=False)
        self._add("embedding", settings.embedding, self.tr("Search by meaning"))
        self._add("qdrant", settings.qdrant, self.tr("Vectors"))
        self._add("redis", settings.redis, self.tr("Cache"))

    def _add(
        self,
        name: str,
        section: Any,
        title: str,
        *,
        external: bool = True,
        has_model: bool = False,
    ) -> None:
        ways = [
            ("managed", self.tr("Run by Malgeul")),
            ("embedded", self.tr("Built-in way only")),
        ]
        if external or section.mode == EXTERNAL:
            ways.append((EXTERNAL, self.tr("A server of my own")))
        picker = Picker(self._theme)
        picker.setFixedWidth(CONTROL_WIDTH)
        picker.fill(ways, section.mode)
        picker.activated.connect(lambda _: self._on_way_chosen(name, section, picker.value()))
        self.add_row(title, picker, self._hint(name))
        self._fields[name] = []
        self._add_field(
            name, self.tr("Address"), section.url, lambda text: self._change(section, "url", text),
            "redis://host:6379" if name == "redis" else "http://host:port",
        )  # fmt: skip
        if has_model:
            self._add_field(
                name, self.tr("Its model"), section.model,
                lambda text: self._change(section, "model", text), "Qwen/Qwen2.5-7B-Instruct",
            )  # fmt: skip
        key = self._add_field(
            name, self.tr("Key"), "", lambda text: self.key_given.emit(name, text),
            self.tr("Only if it wants one"),
        )  # fmt: skip
        key.setEchoMode(QLineEdit.EchoMode.Password)
        self._show_fields(name, section.mode)

    def _add_field(
        self, name: str, title: str, text: str, take: Callable[[str], None], example: str
    ) -> QLineEdit:
        edit = QLineEdit(text)
        edit.setFixedWidth(CONTROL_WIDTH)
        edit.setPlaceholderText(example)
        edit.editingFinished.connect(
            lambda: take(edit.text().strip()) if edit.isModified() else None
        )
        self._fields[name].append(self.add_row(title, edit, ruled=False))
        return edit

    def _hint(self, name: str) -> str:
        return {
            "vllm": self.tr("vLLM, or any server that speaks the OpenAI protocol."),
            "llama": self.tr("llama.cpp on the processor, where vLLM cannot run."),
            "embedding": self.tr("BGE-M3. The built-in way searches by words."),
            "qdrant": self.tr("The built-in way keeps them in a file of Malgeul's own."),
            "redis": self.tr("Keeps answers and vectors that were computed before."),
        }[name]

    def _on_way_chosen(self, name: str, section: Any, way: str) -> None:
        self._show_fields(name, way)
        self._change(section, "mode", way)

    def _show_fields(self, name: str, way: str) -> None:
        for row in self._fields[name]:
            row.setVisible(way == EXTERNAL)
