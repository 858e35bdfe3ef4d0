"""Tab goes through a window as the eye does: in the order of its layouts.  GUI thread only.

Qt's own order is that in which widgets were made, which is nobody's business; setting it by hand
breaks with every card that comes later.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLayout,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QWidget,
)


class VisualTabOrder:
    """Mixed into windows and dialogs; must stand before the widget class in the bases."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Moves the focus from any widget within; False where there is nowhere to go.

        Qt calls it for Tab, and where the widget that has the focus is hidden or disabled: then
        the focus goes to what stands before that, and nobody presses what comes next by mistake.
        """
        assert isinstance(self, QWidget)
        chain = list(focus_chain(self))
        if not chain:
            return False
        current = self.focusWidget()
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        if current is not None and not (current.isVisibleTo(self) and current.isEnabled()):
            forward, reason = False, Qt.FocusReason.OtherFocusReason
        target = _beside(self, chain, current, forward=forward)
        target.setFocus(reason)
        _bring_into_view(target)
        return True


def _bring_into_view(widget: QWidget) -> None:
    """Scrolls to what has the focus; Qt does so only where it comes from within the same area."""
    area = widget.parentWidget()
    while area is not None:
        if isinstance(area, QScrollArea):
            area.ensureWidgetVisible(widget)
        area = area.parentWidget()


def focus_chain(root: QWidget) -> Iterator[QWidget]:
    """The widgets within `root` that Tab stops at, in the order of the layouts.

    Of buttons of which one is chosen only that one: arrow keys choose among them.
    """
    seen: set[QWidget] = {root}
    for widget in _inside(root, seen):
        if _stops(widget):
            yield widget


def _inside(widget: QWidget, seen: set[QWidget], *, hidden_too: bool = False) -> Iterator[QWidget]:
    for child in _children(widget):
        if child in seen or child.isWindow() or not (hidden_too or child.isVisible()):
            continue
        seen.add(child)
        yield child
        if not isinstance(child, QComboBox):
            yield from _inside(child, seen, hidden_too=hidden_too)


def _children(widget: QWidget) -> Iterator[QWidget]:
    """In the order they are seen; those without a place in a layout come last."""
    if isinstance(widget, QSplitter):
        parts = (widget.widget(number) for number in range(widget.count()))
        yield from (part for part in parts if part is not None)
    elif isinstance(widget, QStackedWidget):
        shown = widget.currentWidget()
        if shown is not None:
            yield shown
        return
    elif isinstance(widget, QScrollArea):
        inside = widget.widget()
        if inside is not None:
            yield inside
    layout = widget.layout()
    if layout is not None:
        yield from _placed(widget, layout)
    if not isinstance(widget, QAbstractScrollArea):
        yield from (child for child in widget.children() if isinstance(child, QWidget))


def _placed(widget: QWidget, layout: QLayout) -> Iterator[QWidget]:
    """The widgets of a layout in its order.

    Never by `layout.itemAt`: Python's object for the item outlives the item that Qt deletes with
    its widget, and stands for whatever Qt puts at that address next.
    """
    placed: list[tuple[int, QWidget | QLayout]] = [
        (layout.indexOf(child), child) for child in widget.children() if isinstance(child, QWidget)
    ]
    placed += [
        (layout.indexOf(inner), inner) for inner in layout.children() if isinstance(inner, QLayout)
    ]
    for place, part in sorted(placed, key=lambda found: found[0]):
        if place < 0:
            continue
        if isinstance(part, QWidget):
            yield part
        else:
            yield from _placed(widget, part)


def _stops(widget: QWidget) -> bool:
    if not widget.isEnabled() or widget.focusProxy() is not None:
        return False
    if isinstance(widget, QAbstractButton):
        group = widget.group()
        if group is not None and group.exclusive():
            chosen = group.checkedButton()
            return widget is chosen or (chosen is None and group.buttons()[0] is widget)
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)


def _beside(
    root: QWidget, chain: list[QWidget], current: QWidget | None, *, forward: bool
) -> QWidget:
    """The stop after, or before, a widget that may be no stop itself."""
    step = 1 if forward else -1
    if current in chain:
        return chain[(chain.index(current) + step) % len(chain)]
    inside = [w for w in chain if current is not None and current.isAncestorOf(w)]
    if inside:
        return inside[0] if forward else inside[-1]
    order = list(_inside(root, {root}, hidden_too=True))
    if current not in order:
        return chain[0] if forward else chain[-1]
    at, stops = order.index(current), set(chain)
    around = [*order[at + 1 :], *order[:at]]
    return next(widget for widget in around[::step] if widget in stops)
