"""One question and its answer: streaming text, where it stands, what can be done.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.events import Answer
from desktop.ui.i18n import Retranslated
from desktop.ui.models.conversation import (
    Turn,
    TurnState,
    answer_marks,
    citation_marks,
    sentence_ranges,
)
from desktop.ui.models.document_words import (
    PARTS_OF_SEARCH,
    duration_text,
    place_text,
    step_text,
    support_text,
)
from desktop.ui.theme import Theme
from desktop.ui.views.answer_sources import SourceList
from desktop.ui.views.controls import IconButton, label, rule
from desktop.ui.views.inert_text import InertText, Tip
from desktop.ui.views.support_legend import SupportLegend

BASIC = "basic"


class AnswerCard(Retranslated, QWidget):
    """Shows a `Turn`; `show_turn` brings it up to date."""

    citation_chosen = Signal(object, int)  # Turn, number from 1
    retry_requested = Signal(object)

    def __init__(self, theme: Theme, turn: Turn) -> None:
        super().__init__()
        self._theme = theme
        self.turn = turn
        self._question = QFrame()
        self._question.setObjectName("question")
        self._asked = InertText(theme)
        self._asked.setProperty("ground", "accent_tint")
        self._waiting = label("", "faint")
        self._source = label("", "badge")
        self._cached = label("", "badge")
        self._partial = label("", "chip")
        self._notice = label("", "soft", wrap=True)
        self._text = InertText(theme)
        self._legend = SupportLegend(theme)
        self._failure = label("", "danger", wrap=True)
        self._hint = label("", "soft", wrap=True)
        self._sources_title = label("", "section")
        self._sources = SourceList(theme)
        self._copy = IconButton(theme, "copy")
        self._retry = QPushButton()
        self._retry.setProperty("role", "link")
        self._retry.setProperty("flush", "true")  # in line with the text above it
        self._time = QPushButton()
        self._time.setProperty("role", "quiet")
        self._time.setCheckable(True)
        self._time.setIconSize(QSize(14, 14))
        self._steps = QWidget()
        self._arrange()
        self._copy.clicked.connect(self._on_copy_clicked)
        self._retry.clicked.connect(self._on_retry_clicked)
        self._time.toggled.connect(self._on_time_toggled)
        self._text.citation_clicked.connect(self._on_citation_chosen)
        self._sources.chosen.connect(self._on_citation_chosen)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.retranslate()

    def _arrange(self) -> None:
        bubble = QHBoxLayout(self._question)
        bubble.setContentsMargins(14, 8, 14, 8)
        bubble.addWidget(self._asked)
        asked = QHBoxLayout()
        asked.addSpacing(24)
        asked.addWidget(self._question, 1)
        badges = QHBoxLayout()
        badges.setSpacing(6)
        for widget in (self._source, self._cached, self._partial):
            badges.addWidget(widget)
        badges.addStretch(1)
        badges.addWidget(self._time)
        actions = QHBoxLayout()
        actions.setSpacing(4)
        actions.addWidget(self._retry)
        actions.addWidget(self._legend, 1)
        actions.addStretch(0)
        actions.addWidget(self._copy)
        self._steps_grid = QGridLayout(self._steps)
        self._steps_grid.setContentsMargins(0, 0, 0, 4)
        self._steps_grid.setHorizontalSpacing(16)
        self._steps_grid.setVerticalSpacing(2)
        self._steps_grid.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 6)
        column.setSpacing(8)
        column.addLayout(asked)
        column.addLayout(badges)
        column.addWidget(self._steps)
        parts: tuple[QWidget, ...] = (
            self._waiting, self._notice, self._text, self._failure, self._hint,
        )  # fmt: skip
        for part in parts:
            column.addWidget(part)
        column.addLayout(actions)
        column.addWidget(self._sources_title)
        column.addWidget(self._sources)
        column.addSpacing(6)
        column.addWidget(rule())

    def retranslate(self) -> None:
        self._waiting.setText(self.tr("Looking for passages…"))
        self._cached.setText(self.tr("kept answer"))
        self._cached.setToolTip(
            self.tr("The same question was answered before, and no document has changed since.")
        )
        self._partial.setText(self.tr("ends early"))
        self._copy.describe(self.tr("Copy the answer"))
        self._retry.setText(self.tr("Try again"))
        self._time.setToolTip(self.tr("Where the time went"))
        self.show_turn()

    def show_turn(self) -> None:
        """Shows the turn as it is now."""
        turn, answer = self.turn, self.turn.answer
        self._asked.set_text(turn.question)
        self._waiting.setVisible(turn.state is TurnState.ASKED)
        self._text.setVisible(bool(turn.text))
        failed = turn.state is TurnState.FAILED
        self._failure.setText(turn.message)
        self._failure.setVisible(failed)
        self._hint.setText(turn.hint)
        self._hint.setVisible(failed and bool(turn.hint))
        self._retry.setVisible(failed or (answer is not None and answer.partial))
        self._copy.setVisible(bool(turn.text) and not turn.open)
        if answer is None:
            self._show_growing()
        else:
            self._show_answer(answer)

    def _show_growing(self) -> None:
        # Until the sources are known nothing can be clicked, but marks should not jump later.
        self._text.set_text(self.turn.text, citation_marks(self.turn.text, 999))
        self._partial.setVisible(self.turn.state is TurnState.FAILED and bool(self.turn.text))
        for widget in (
            self._source, self._cached, self._notice, self._legend, self._sources_title,
            self._sources, self._time, self._steps,
        ):  # fmt: skip
            widget.hide()

    def _show_answer(self, answer: Answer) -> None:
        basic = answer.source == BASIC
        self._source.setText(self.tr("basic") if basic else answer.source[:60])
        self._source.setToolTip(
            self.tr("The best sentences of the passages, word for word, without a language model.")
            if basic
            else self.tr("Written by this language model on your computer.")
        )
        self._source.setVisible(bool(answer.source) and not answer.refused)
        self._cached.setVisible(answer.cached)
        self._partial.setVisible(answer.partial)
        self._notice.setText(self._notice_of(answer))
        self._notice.setVisible(bool(self._notice.text()))
        self._text.set_text(answer.text, answer_marks(answer), self._tips(answer))
        self._text.setVisible(bool(answer.text))
        self._legend.show_sentences([] if answer.refused else answer.sentences)
        nearest, sources = self.tr("Nearest passages"), self.tr("Sources")
        self._sources_title.setText(nearest if answer.refused else sources)
        self._sources_title.setVisible(bool(answer.citations))
        self._sources.show_passages(answer.citations)
        self._show_time(answer)

    def _notice_of(self, answer: Answer) -> str:
        if answer.refused and not answer.text:
            return self.tr("Your documents do not say enough to answer this.")
        asked = answer.standalone_question
        if asked and asked.strip() != self.turn.question.strip():
            return self.tr("Understood as: {question}").format(question=asked)
        return ""

    def _tips(self, answer: Answer) -> list[Tip]:
        tips = []
        for start, end, sentence in sentence_ranges(answer):
            cited = [
                f"[{n}] {answer.citations[n - 1].source} {place_text(answer.citations[n - 1])}"
                for n in sentence.citations
                if 1 <= n <= len(answer.citations)
            ]
            tips.append(Tip(start, end, "\n".join([support_text(sentence.support), *cited])))
        for mark in citation_marks(answer.text, len(answer.citations)):
            passage = answer.citations[mark.number - 1]
            text = f"{passage.source} {place_text(passage)}\n\n{passage.text[:300]}"
            tips.append(Tip(mark.start, mark.end, text))
        return tips

    def _show_time(self, answer: Answer) -> None:
        steps = dict(answer.timings_s)
        total_s = steps.pop("total", sum(steps.values()))
        self._time.setVisible(bool(answer.timings_s))
        self._time.setText(duration_text(total_s))
        self._time.setAccessibleName(f"{self._time.toolTip()}: {self._time.text()}")
        grid = self._steps_grid
        while (item := grid.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        for row, (step, seconds) in enumerate(steps.items()):
            right = Qt.AlignmentFlag.AlignRight
            name = label(step_text(step), "faint")
            name.setContentsMargins(14 if step in PARTS_OF_SEARCH else 0, 0, 0, 0)
            grid.addWidget(name, row, 0)
            grid.addWidget(label(duration_text(seconds), "faint"), row, 1, right)
        self._steps.setVisible(self._time.isChecked() and bool(steps))

    def _on_theme_changed(self) -> None:
        self._time.setIcon(self._theme.icon("clock", "text_faint"))

    def _on_time_toggled(self, on: bool) -> None:
        self._steps.setVisible(on and self._steps_grid.count() > 0)
        self.updateGeometry()

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(copied_text(self.turn))

    def _on_retry_clicked(self) -> None:
        self.retry_requested.emit(self.turn)

    def _on_citation_chosen(self, number: int) -> None:
        if self.turn.answer is not None:
            self.citation_chosen.emit(self.turn, number)


def copied_text(turn: Turn) -> str:
    """The answer as it goes to the clipboard: its text, then its sources by number."""
    answer = turn.answer
    if answer is None or not answer.citations:
        return turn.text
    lines = [answer.text, ""] if answer.text else []
    for number, passage in enumerate(answer.citations, 1):
        lines.append(f"[{number}] {passage.source} {place_text(passage)}".rstrip())
    return "\n".join(lines)
