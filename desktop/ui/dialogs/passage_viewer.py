"""Shows a cited passage where it stands: on its page, or in its text.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.events import Passage
from desktop.records import PassageView
from desktop.ui.i18n import Retranslated
from desktop.ui.models.offsets import Utf16Offsets, printable
from desktop.ui.screen_room import with_room
from desktop.ui.theme import Theme
from desktop.ui.views.controls import ElidedLabel, IconButton, label
from desktop.ui.views.page_image import STEP, PageImage
from desktop.ui.views.page_turner import PageTurner
from desktop.ui.views.tab_order import VisualTabOrder

FIRST_SIZE_PX = (820, 760)
_TEXT_WIDTH = 720


class PassageViewer(VisualTabOrder, Retranslated, QDialog):
    """One window for all citations; steps through the sources of an answer.

    Emits `wanted` with the passage whose view is to be shown next and the page of its document,
    0 for the one that is cited; `show_view` and `show_failure` answer it.
    """

    wanted = Signal(object, int)
    open_requested = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("passage_viewer")
        self._theme = theme
        self._passages: Sequence[Passage] = ()
        self._at = 0
        self._turned_to = 0  # the page wanted; 0: the one that is cited
        self._cited = 0
        self._view: PassageView | None = None
        self._title = ElidedLabel("", "heading")
        self._place = ElidedLabel("", "faint")
        self._count = label("", "soft")
        self._earlier = IconButton(theme, "chevron-left")
        self._later = IconButton(theme, "chevron-right")
        self._smaller = IconButton(theme, "minus")
        self._zoom = QPushButton()
        self._larger = IconButton(theme, "plus")
        self._open = IconButton(theme, "open")
        self._foot = QFrame()
        self.turner = PageTurner(theme)
        self.page = PageImage(theme)
        self.text = QPlainTextEdit()
        self.message = label("", "soft", wrap=True)
        self._stack = QStackedWidget()
        self.resize(with_room(FIRST_SIZE_PX, self.screen().availableSize()))
        self._arrange()
        self._connect()
        self.retranslate()

    def _arrange(self) -> None:
        self.text.setObjectName("passage_text")
        self.text.setReadOnly(True)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        font = QFont(self.font())
        font.setPointSizeF(11)
        self.text.setFont(font)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setContentsMargins(48, 48, 48, 48)
        for shown in (self.page, self.text, self.message):
            self._stack.addWidget(shown)
        self._zoom.setProperty("role", "link")
        self._zoom.setAutoDefault(False)
        titles = QVBoxLayout()
        titles.setSpacing(0)
        titles.addWidget(self._title)
        titles.addWidget(self._place)
        head = QFrame()
        head.setObjectName("session_header")
        row = QHBoxLayout(head)
        row.setContentsMargins(20, 8, 12, 8)
        row.setSpacing(4)
        row.addLayout(titles, 1)
        for widget in (self._earlier, self._count, self._later, self._open):
            row.addWidget(widget)
        self._foot.setObjectName("documents_foot")
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(16, 6, 12, 6)
        foot.setSpacing(4)
        foot.addWidget(self.turner)
        foot.addStretch(1)
        for zoom in (self._smaller, self._zoom, self._larger):
            foot.addWidget(zoom)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(self._stack, 1)
        column.addWidget(self._foot)

    def _connect(self) -> None:
        self._earlier.clicked.connect(self._on_earlier_clicked)
        self._later.clicked.connect(self._on_later_clicked)
        self._smaller.clicked.connect(self._on_smaller_clicked)
        self._larger.clicked.connect(self._on_larger_clicked)
        self._zoom.clicked.connect(self.page.fit)
        self._open.clicked.connect(self._on_open_clicked)
        self.turner.wanted.connect(self._on_page_chosen)
        self.page.zoom_changed.connect(self._on_zoom_changed)
        self._theme.changed.connect(self._mark_text)
        for keys, slot in (
            ("Alt+Left", self._on_earlier_clicked),
            ("Alt+Right", self._on_later_clicked),
            ("Ctrl+-", self._on_smaller_clicked),
            ("Ctrl++", self._on_larger_clicked),
            ("Ctrl+=", self._on_larger_clicked),  # the same key without Shift
            ("Ctrl+0", self.page.fit),
            ("Ctrl+PgUp", self.turner.turn_back),
            ("Ctrl+PgDown", self.turner.turn_on),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Source"))
        self._earlier.describe(self.tr("Source before"), "Alt+Left")
        self._later.describe(self.tr("Next source"), "Alt+Right")
        self._smaller.describe(self.tr("Smaller"), "Ctrl+-")
        self._larger.describe(self.tr("Larger"), "Ctrl++")
        self._zoom.setToolTip(self.tr("Fit to the width"))
        self._open.describe(self.tr("Open in the system"))
        self.text.setAccessibleName(self.tr("Text of the document"))
        self.page.setAccessibleName(self.tr("Page of the document"))
        self._show_place()

    @property
    def passage(self) -> Passage | None:
        """The passage that is shown or awaited."""
        return self._passages[self._at] if self._passages else None

    def show_passages(self, passages: Sequence[Passage], at: int) -> None:
        """Begins with the passage `at`, counted from 0."""
        self._passages, self._at = passages, min(max(0, at), len(passages) - 1)
        self._ask()

    def show_view(self, passage: Passage, page: int, view: PassageView) -> None:
        if passage is not self.passage or page != self._turned_to:
            return  # another one was chosen meanwhile
        self._view = view
        if not page:
            self._cited = view.page
        self._title.setText(view.title or passage.source)
        if view.image and self.page.show_page(view.image, view.boxes):
            self._stack.setCurrentWidget(self.page)
        else:
            words = view.text if page else view.text or passage.text
            self.text.setPlainText(printable(words).replace("\r", " "))
            self._stack.setCurrentWidget(self.text)
            self._mark_text()
        self._show_place()
        if not page:
            (self.page if self._stack.currentWidget() is self.page else self.text).setFocus()

    def show_failure(self, passage: Passage, page: int, message: str, hint: str) -> None:
        if passage is self.passage and page == self._turned_to:
            self.message.setText("\n".join(filter(None, (message, hint))))
            self._stack.setCurrentWidget(self.message)
            self._show_place()

    def _ask(self) -> None:
        passage = self.passage
        if passage is None:
            return
        self._view = None
        self._turned_to = self._cited = 0
        self._title.setText(passage.source)
        self.message.setText(self.tr("Opening…"))
        self._stack.setCurrentWidget(self.message)
        self._show_place()
        self.wanted.emit(passage, 0)

    def _show_place(self) -> None:
        passage, view = self.passage, self._view
        page, pages = (view.page, view.pages) if view else (passage.page if passage else 0, 0)
        if page and pages:
            place = self.tr("Page {page} of {pages}").format(page=page, pages=pages)
        elif page:
            place = self.tr("Page {page}").format(page=page)
        else:
            place = passage.heading if passage else ""
        self._place.setText(place)
        self._place.setVisible(bool(place))
        several = len(self._passages) > 1
        for widget in (self._earlier, self._count, self._later):
            widget.setVisible(several)
        self._count.setText(f"{self._at + 1} / {len(self._passages)}")
        self._earlier.setEnabled(self._at > 0)
        self._later.setEnabled(self._at < len(self._passages) - 1)
        drawn = self._stack.currentWidget() is self.page
        for zoom in (self._smaller, self._zoom, self._larger):
            zoom.setVisible(drawn)
        if view is not None:
            self.turner.show_page(view.page, view.pages, self._cited)
        self._foot.setVisible(drawn or (view is not None and view.pages > 1))

    def _mark_text(self) -> None:
        """Marks the passage and brings it into view."""
        view = self._view
        if view is None or self._stack.currentWidget() is not self.text:
            return
        offsets, document = Utf16Offsets(view.text), self.text.document()
        selections = []
        for start, end in view.marks:
            cursor = QTextCursor(document)
            cursor.setPosition(min(offsets.to_qt(start), document.characterCount() - 1))
            cursor.setPosition(
                min(offsets.to_qt(end), document.characterCount() - 1),
                QTextCursor.MoveMode.KeepAnchor,
            )
            selection = QTextEdit.ExtraSelection()
            selection.cursor = cursor
            selection.format.setBackground(self._theme.colour("match"))
            selection.format.setForeground(self._theme.colour("text"))
            selections.append(selection)
        self.text.setExtraSelections(selections)
        if selections:
            cursor = QTextCursor(document)
            cursor.setPosition(selections[0].cursor.selectionStart())
            self.text.setTextCursor(cursor)
            self.text.centerCursor()

    def _on_earlier_clicked(self) -> None:
        if self._at > 0:
            self._at -= 1
            self._ask()

    def _on_later_clicked(self) -> None:
        if self._at < len(self._passages) - 1:
            self._at += 1
            self._ask()

    def _on_page_chosen(self, page: int) -> None:
        """Asks for another page; the one that is shown stays until it is there."""
        if self.passage is not None:
            self._turned_to = 0 if page == self._cited else page
            self.wanted.emit(self.passage, self._turned_to)

    def _on_smaller_clicked(self) -> None:
        self.page.zoom_by(1 / STEP)

    def _on_larger_clicked(self) -> None:
        self.page.zoom_by(STEP)

    def _on_zoom_changed(self, zoom: float) -> None:
        self._zoom.setText(f"{zoom:.0%}")
        self._zoom.setAccessibleName(f"{self._zoom.toolTip()}: {self._zoom.text()}")

    def _on_open_clicked(self) -> None:
        if self.passage is not None:
            self.open_requested.emit(self.passage)
