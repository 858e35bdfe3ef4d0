"""The caption overlay window: translucent, on top, out of the mouse's way.  GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, QRect, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from desktop.events import (
    Event,
    HypothesisUpdated,
    SegmentCommitted,
    SessionStarted,
    Track,
    WordsCommitted,
)
from desktop.settings import OverlaySettings
from desktop.ui.overlay import platform
from desktop.ui.overlay.caption_lines import CaptionLines
from desktop.ui.overlay.columns import LineLimits
from desktop.ui.overlay.grab import Drag, Edge, edge_at
from desktop.ui.overlay.grab_frame import GrabFrame
from desktop.ui.overlay.keyboard import BorrowedKeyboard
from desktop.ui.overlay.motion import Motion
from desktop.ui.overlay.painter import CaptionPainter, Scene
from desktop.ui.overlay.placement import Box, place, remember
from desktop.ui.overlay.pointer_watch import PointerWatch
from desktop.ui.overlay.screens import ScreenWatcher, connected_monitors
from desktop.ui.overlay.style import CaptionStyle

_FRAME_MS = 16
_SILENCE_MS = 6_000
_MIN_WIDTH_EM = 9.0
_FONT_SIZES_PT = (10, 96)
_EDGE_REACH_PX = 12

_FLAGS = (
    Qt.WindowType.Tool
    | Qt.WindowType.FramelessWindowHint
    | Qt.WindowType.WindowStaysOnTopHint
    | Qt.WindowType.NoDropShadowWindowHint
)
# The widget attribute alone swallows clicks; this flag hands them to what lies below.
_PASSIVE = Qt.WindowType.WindowTransparentForInput | Qt.WindowType.WindowDoesNotAcceptFocus


class OverlayWindow(QWidget):
    """Shows the last caption lines over everything else.

    Args:
        settings: looked at on `apply_settings`; `positions` and, after a resize by hand,
            `font_size_pt` are written back and announced by `settings_changed`.
        parent: none, usually: the overlay lives on its own.
    """

    settings_changed = Signal()
    grab_changed = Signal(bool)

    def __init__(self, settings: OverlaySettings, parent: QWidget | None = None) -> None:
        super().__init__(parent, _FLAGS | _PASSIVE)
        self._settings = settings
        self._painter = CaptionPainter(CaptionStyle.of(settings))
        self._lines = CaptionLines()
        self._motion = Motion()
        self._clock = QElapsedTimer()
        self._frames = QTimer(self, interval=_FRAME_MS)
        self._silence = QTimer(self, interval=_SILENCE_MS, singleShot=True)
        self._pointer = PointerWatch(self)
        self._screens = ScreenWatcher(self)
        self._grab_frame = GrabFrame()
        self._grabbed = False
        self._drag: Drag | None = None
        self._keyboard = BorrowedKeyboard()
        self._standing: Box = (0, 0, 0, 0)
        self._bottom_number = -1
        self._announced = False  # whether the window manager has been asked for our place
        self._tracks: set[Track] = set()
        self._set_up()

    def _set_up(self) -> None:
        self.setObjectName("captionOverlay")
        self.setWindowTitle(self.tr("Malgeul captions"))
        self.setAccessibleName(self.tr("Live captions"))
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setMouseTracking(True)
        self._frames.timeout.connect(self._on_frame)
        self._silence.timeout.connect(self._on_silence)
        self._pointer.timeout.connect(self._on_pointer_polled)
        self._screens.changed.connect(self.restore_position)
        self._screens.start()
        self.apply_settings()

    # what the application calls -----------------------------------------------------------------
    @Slot(object)
    def handle_event(self, event: Event) -> None:
        """Takes in a caption event; others are ignored.  To be called on the GUI thread."""
        if isinstance(event, SessionStarted):
            self._tracks = set()
        if isinstance(event, HypothesisUpdated | WordsCommitted | SegmentCommitted) and event.text:
            self._tracks.add(event.track)
            self._silence.start()
        if self._lines.apply(event):
            self._refresh()

    @Slot()
    def apply_settings(self) -> None:
        """Takes over what has changed in the settings."""
        self._painter.set_style(CaptionStyle.of(self._settings))
        self._lay_out_lines()
        self.restore_position()
        self._refresh()

    @property
    def grabbed(self) -> bool:
        """Whether the overlay can be moved and resized just now."""
        return self._grabbed

    @Slot()
    def toggle_grabbed(self) -> None:
        self.set_grabbed(not self._grabbed)

    def set_grabbed(self, on: bool) -> None:
        """Lets the overlay be moved and resized, or gives it back to the captions."""
        if on == self._grabbed:
            return
        self._grabbed = on
        self._end_drag()
        if on:
            self._keyboard.borrow()
            self.setVisible(True)
        self._set_passive(not on)
        if on:
            self.raise_()
            self.activateWindow()
            self.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        else:
            self.unsetCursor()
            self._keyboard.give_back(int(self.winId()), has_it=self.isActiveWindow())
        self._refresh()
        self.grab_changed.emit(on)

    @Slot()
    def restore_position(self) -> None:
        """Moves to where the overlay was last on the monitors there are now, fully visible."""
        if self._drag is not None:
            return
        style = self._painter.style
        width = round(style.natural_text_width(LineLimits()) + style.chrome_width)
        monitors = connected_monitors()
        if monitors:
            height, least = self._natural_height(), self._least_width()
            self._set_box(place(self._settings.positions, monitors, width, height, least))

    # captions -----------------------------------------------------------------------------------
    def _refresh(self) -> None:
        """Aims the motion at what the lines now are."""
        visible = self._lines.visible()
        bottom = visible[-1].number if visible else self._bottom_number
        if visible and bottom > self._bottom_number >= 0:
            self._motion.roll(bottom - self._bottom_number)
        self._bottom_number = bottom
        if self._grabbed:
            self._motion.show(self._settings.lines)
        elif self._lines.is_empty:
            self._motion.hide()
        else:
            self._motion.show(len(visible), peek=self._pointer_inside())
        self._start_moving()
        self._watch_pointer()
        self.update()

    @Slot()
    def _on_frame(self) -> None:
        self._motion.advance(self._clock.restart() / 1000.0)
        if self._motion.settled:
            self._frames.stop()
        if self._motion.hidden:
            self._lines.clear()
            self._watch_pointer()
        self.update()

    @Slot()
    def _on_silence(self) -> None:
        if not self._grabbed:
            self._motion.hide()
            self._start_moving()

    def _start_moving(self) -> None:
        if not self.isVisible():
            return
        if not self._motion.settled and not self._frames.isActive():
            self._clock.start()
            self._frames.start()

    def _watch_pointer(self) -> None:
        watching = self.isVisible() and not self._grabbed and not self._lines.is_empty
        if watching != self._pointer.isActive():
            (self._pointer.start if watching else self._pointer.stop)()

    def _pointer_inside(self) -> bool:
        return self._pointer.looks_beneath(self._panel())

    @Slot()
    def _on_pointer_polled(self) -> None:
        if self._motion.target_strength > 0.0:
            self._motion.show(len(self._lines.visible()), peek=self._pointer_inside())
            self._start_moving()

    # place and size -----------------------------------------------------------------------------
    def _least_width(self) -> int:
        return round(self._painter.style.em * _MIN_WIDTH_EM)

    def _natural_height(self) -> int:
        return round(self._painter.style.panel_height(self._settings.lines))

    def _set_box(self, box: Box) -> None:
        """Puts the overlay somewhere, and remembers it.

        What `geometry()` says is not asked for: while a window manager takes a window on, Qt may
        hear of a place inside its frame, 0,0, and that would be kept as the monitor's.
        """
        self._standing = box
        self.setGeometry(QRect(*box))
        self._lay_out_lines()

    def _lay_out_lines(self) -> None:
        width = self.width() - self._painter.style.chrome_width
        self._lines.configure(
            self._settings.lines,
            LineLimits(),
            lambda text: self._painter.text_width(text) <= width,
            show_partial=self._settings.show_partial,
        )

    def _panel(self) -> QRectF:
        height = self._painter.style.panel_height(max(self._motion.rows, 1.0))
        return QRectF(0.0, self.height() - height, self.width(), height)

    def _keep_place(self) -> None:
        monitors = connected_monitors()
        if monitors:
            self._settings.positions = remember(self._settings.positions, self._standing, monitors)
        self.settings_changed.emit()

    # window system ------------------------------------------------------------------------------
    def _set_passive(self, on: bool) -> None:
        """Changes the flags on the native window: through QWidget it would be hidden first."""
        handle = self.windowHandle()
        if handle is None:
            return
        handle.setFlag(Qt.WindowType.WindowTransparentForInput, on)
        handle.setFlag(Qt.WindowType.WindowDoesNotAcceptFocus, on)
        self.overrideWindowFlags(handle.flags())
        platform.set_click_through(int(self.winId()), on)

    def showEvent(self, event: QShowEvent) -> None:
        platform.before_show(int(self.winId()))
        self._announced = False
        super().showEvent(event)
        self._refresh()

    @Slot()
    def _on_shown(self) -> None:
        if self.isVisible():
            platform.after_show(int(self.winId()), click_through=not self._grabbed)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.set_grabbed(False)
        self._frames.stop()
        self._pointer.stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._silence.stop()
        self._screens.stop()
        super().closeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.setWindowTitle(self.tr("Malgeul captions"))
            self.setAccessibleName(self.tr("Live captions"))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._announced:  # painted: so the window manager has taken the window on
            self._announced = True
            QTimer.singleShot(0, self, self._on_shown)
        painter = QPainter(self)
        if self._motion.strength > 0.0:
            scene = Scene(
                lines=self._lines.visible(extra=1 if self._motion.scroll > 0.0 else 0),
                panel=self._panel(),
                scroll=self._motion.scroll,
                strength=self._motion.strength,
                marks=len(self._tracks) > 1,
            )
            painter.save()
            self._painter.paint(painter, scene)
            painter.restore()
        if self._grabbed:
            self._grab_frame.paint(painter, self.rect(), self._lines.is_empty)
        painter.end()

    # grab mode ----------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.set_grabbed(False)
            return
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        if self._grabbed and event.key() in steps:
            dx, dy = steps[Qt.Key(event.key())]
            size = 1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 16
            x, y, width, height = self._standing
            self._set_box((x + dx * size, y + dy * size, width, height))
            self._keep_place()
            self.restore_position()  # not beyond the edge
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._grabbed or event.button() != Qt.MouseButton.LeftButton:
            return
        if self._grab_frame.done_button(self.rect()).contains(event.position()):
            self.set_grabbed(False)
            return
        at = event.globalPosition().toPoint()
        edge = self._edge_at(event)
        if not platform.can_place_windows():
            self._let_compositor_move(edge)
            return
        self._drag = Drag(edge, at.x(), at.y(), self._standing)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._grabbed:
            return
        if self._drag is None:
            on_button = self._grab_frame.done_button(self.rect()).contains(event.position())
            self.setCursor(self._grab_frame.cursor(self._edge_at(event), on_button))
            return
        at = event.globalPosition().toPoint()
        em = round(self._painter.style.em)
        self._follow(self._drag.box_at(at.x(), at.y(), self._least_width(), em))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None and event.button() == Qt.MouseButton.LeftButton:
            self._end_drag()
            self.restore_position()  # a part dragged off the screen comes back

    def _end_drag(self) -> None:
        """Where it stands is where it stays, also where Esc comes in the middle of it."""
        if self._drag is not None:
            self._drag = None
            self._keep_place()

    def _edge_at(self, event: QMouseEvent) -> Edge:
        at = event.position()
        return edge_at(at.x(), at.y(), self.width(), self.height(), _EDGE_REACH_PX)

    def _follow(self, box: Box) -> None:
        """Takes over a dragged box; a change of height means larger or smaller letters."""
        assert self._drag is not None
        if self._drag.edge & (Edge.TOP | Edge.BOTTOM):
            share = box[3] / max(1, self._natural_height())
            size_pt = round(self._settings.font_size_pt * share)
            size_pt = min(max(size_pt, _FONT_SIZES_PT[0]), _FONT_SIZES_PT[1])
            if size_pt != self._settings.font_size_pt:
                self._settings.font_size_pt = size_pt
                self._painter.set_style(CaptionStyle.of(self._settings))
            height = self._natural_height()
            top = box[1] + box[3] - height if Edge.TOP in self._drag.edge else box[1]
            box = (box[0], top, box[2], height)
        self._set_box(box)
        self.update()

    def _let_compositor_move(self, edge: Edge) -> None:
        handle = self.windowHandle()
        if handle is None:
            return
        if edge is Edge.NONE:
            handle.startSystemMove()
        else:
            handle.startSystemResize(self._grab_frame.qt_edges(edge))
