"""Models: what is there, what can be fetched, what is in use.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.events import ProgressReported
from desktop.records import ModelRecord
from desktop.ui.dialogs.boxes import Question, ask_first
from desktop.ui.models.model_choices import AUTO
from desktop.ui.theme import Theme
from desktop.ui.views.controls import IconButton, label, rule, set_role
from desktop.ui.views.tab_order import VisualTabOrder
from desktop.ui.views.task_cards import STEPS, amount

BUTTON_PX = 112


class ModelRow(QFrame):
    """One model with what can be done with it."""

    download_requested = Signal(str)
    cancel_requested = Signal(str)
    use_requested = Signal(str)
    remove_requested = Signal(str)

    def __init__(self, theme: Theme, model: ModelRecord, in_use: bool) -> None:
        super().__init__()
        self._model = model
        self._facts = label(self._describe(model), "faint")
        self._bar = QProgressBar()
        self._bar.setRange(0, STEPS)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(model.label)
        self._bar.hide()
        self._button = QPushButton()
        self._remove = IconButton(theme, "trash")
        self._loading = False
        self._in_use = in_use
        self._arrange()
        self._button.clicked.connect(self._on_button_clicked)
        self._remove.clicked.connect(self._on_remove_clicked)
        self._remove.describe(self.tr("Remove {model}").format(model=model.label))
        self._show()

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(label(self._model.label, "section"))
        if self._model.recommended:
            chip = label(self.tr("Recommended"), "badge")
            top.addWidget(chip)
        top.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(3)
        left.addLayout(top)
        left.addWidget(self._facts)
        left.addWidget(self._bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 12, 0, 12)
        row.setSpacing(8)
        row.addLayout(left, 1)
        row.addWidget(self._remove)
        row.addWidget(self._button)
        self._button.setMinimumWidth(BUTTON_PX)

    def show_progress(self, event: ProgressReported) -> None:
        self._loading = not (event.finished or event.error)
        self._bar.setValue(round(STEPS * event.done / event.total) if event.total > 0 else 0)
        if self._loading and event.total <= 0:
            self._facts.setText(self.tr("Connecting…"))
        elif self._loading:
            done, total = amount(event.done, event.unit), amount(event.total, event.unit)
            self._facts.setText(f"{done} / {total}")
        else:
            self._facts.setText(event.error or self._describe(self._model))
        self._show()

    def _show(self) -> None:
        self._bar.setVisible(self._loading)
        model = self._model
        if self._loading:
            text, role = self.tr("Cancel"), ""
        elif not model.installed:
            text, role = self.tr("Download"), "primary" if model.recommended else ""
        elif self._in_use:
            text, role = self.tr("In use"), ""
        else:
            text, role = self.tr("Use"), ""
        self._button.setText(text)
        self._button.setAccessibleName(f"{text}: {model.label}")
        self._button.setEnabled(self._loading or not (model.installed and self._in_use))
        set_role(self._button, role)
        self._remove.setVisible(model.installed and not model.basic and not self._loading)

    def _describe(self, model: ModelRecord) -> str:
        languages = (
            self.tr("English only") if model.languages == "en" else self.tr("Korean, English, 90+")
        )
        parts = [amount(model.size_bytes, "bytes"), languages]
        if model.memory_bytes:
            memory = amount(model.memory_bytes, "bytes")
            parts.append(self.tr("needs {memory} of memory").format(memory=memory))
        if model.basic:
            parts.append(self.tr("built in"))
        return " · ".join(parts)

    def _on_button_clicked(self) -> None:
        name = self._model.name
        if self._loading:
            self.cancel_requested.emit(name)
        elif self._model.installed:
            self.use_requested.emit(name)
        else:
            self.download_requested.emit(name)

    def _on_remove_clicked(self) -> None:
        self.remove_requested.emit(self._model.name)


class BestModelRow(QFrame):
    """Leaves the choice to Malgeul."""

    use_requested = Signal(str)

    def __init__(self, in_use: bool) -> None:
        super().__init__()
        name, button = self.tr("Best available"), QPushButton()
        left = QVBoxLayout()
        left.setSpacing(3)
        left.addWidget(label(name, "section"))
        text = self.tr("The best of the installed models that fits this computer.")
        left.addWidget(label(text, "faint", wrap=True))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 12, 0, 12)
        row.setSpacing(8)
        row.addLayout(left, 1)
        row.addWidget(button)
        button.setMinimumWidth(BUTTON_PX)
        button.setText(self.tr("In use") if in_use else self.tr("Use"))
        button.setAccessibleName(f"{button.text()}: {name}")
        button.setEnabled(not in_use)
        button.clicked.connect(lambda: self.use_requested.emit(AUTO))


class ModelsDialog(VisualTabOrder, QDialog):
    """All models in one list."""

    download_requested = Signal(str)
    cancel_requested = Signal(str)
    use_requested = Signal(str)
    remove_requested = Signal(str)
    import_requested = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: dict[str, ModelRow] = {}
        self._models: dict[str, ModelRecord] = {}
        self._last: dict[str, ProgressReported] = {}
        self._column = QVBoxLayout()
        self._import = QPushButton(self.tr("Import a folder…"))
        self._close = QPushButton(self.tr("Close"))
        self.setWindowTitle(self.tr("Recognition models"))
        self.resize(620, 560)
        self._arrange()

    def _arrange(self) -> None:
        body = QFrame()
        body.setObjectName("scroll_body")
        self._column.setContentsMargins(24, 4, 24, 4)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        body.setLayout(self._column)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(body)
        page = QFrame()
        page.setObjectName("page")
        inside = QVBoxLayout(page)
        inside.setContentsMargins(0, 20, 0, 0)
        head = QVBoxLayout()
        head.setContentsMargins(24, 0, 24, 8)
        head.setSpacing(4)
        head.addWidget(label(self.tr("Recognition models"), "title"))
        text = self.tr("Larger models hear better and need more memory. They run on this computer.")
        head.addWidget(label(text, "soft", wrap=True))
        inside.addLayout(head)
        inside.addWidget(scroll, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 12, 24, 16)
        foot.addWidget(self._import)
        foot.addStretch(1)
        foot.addWidget(self._close)
        inside.addWidget(rule())
        inside.addLayout(foot)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(page)
        self._import.setAccessibleName(self._import.text())
        self._close.setAccessibleName(self._close.text())
        self._import.clicked.connect(self._on_import_clicked)
        self._close.clicked.connect(self.accept)
        self._close.setDefault(True)
        self._close.setFocus()

    def show_models(self, models: Sequence[ModelRecord], chosen: str) -> None:
        while self._column.count() > 1:
            item = self._column.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._rows = {}
        self._models = {model.name: model for model in models}
        if any(model.installed and not model.basic for model in models):
            best = BestModelRow(chosen == AUTO)
            best.use_requested.connect(self.use_requested)
            self._column.insertWidget(0, best)
        for model in models:
            if self._column.count() > 1:
                self._column.insertWidget(self._column.count() - 1, rule())
            row = ModelRow(self._theme, model, model.name == chosen)
            row.download_requested.connect(self.download_requested)
            row.cancel_requested.connect(self.cancel_requested)
            row.use_requested.connect(self.use_requested)
            row.remove_requested.connect(self._on_remove_requested)
            self._rows[model.name] = row
            self._column.insertWidget(self._column.count() - 1, row)
            if model.name in self._last:
                row.show_progress(self._last[model.name])

    def show_progress(self, event: ProgressReported) -> None:
        name = event.task.removeprefix("model:")
        if event.finished or event.error:
            self._last.pop(name, None)
        else:
            self._last[name] = event
        if name in self._rows:
            self._rows[name].show_progress(event)

    def _on_remove_requested(self, name: str) -> None:
        """Gigabytes are not fetched again in a moment: it asks first."""
        model = self._models[name]
        size = amount(model.size_bytes, "bytes")
        question = Question(
            self.tr("Remove a model"),
            self.tr("Remove {model}?").format(model=model.label),
            self.tr("This frees {size} of disk space.").format(size=size),
            self.tr("Remove"),
            self.tr("Keep"),
            danger=True,
        )
        ask_first(self, question, lambda: self.remove_requested.emit(name))

    def _on_import_clicked(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self, self.tr("Folder of a CTranslate2 Whisper model")
        )
        if chosen:
            self.import_requested.emit(Path(chosen))
