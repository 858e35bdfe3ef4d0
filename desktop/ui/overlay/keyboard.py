"""The keyboard while the overlay is moved: taken from a window, given back to it.  GUI thread."""

from __future__ import annotations

from desktop.ui.overlay import platform


class BorrowedKeyboard:
    """Remembers whose the keyboard was: keys for the overlay are keys for nobody."""

    def __init__(self) -> None:
        self._owner = 0

    def borrow(self) -> None:
        """To be called before the overlay asks for the keyboard."""
        self._owner = platform.active_window()

    def give_back(self, overlay: int, *, has_it: bool) -> None:
        """`has_it`: the overlay `overlay` still has it; nobody has turned to something else."""
        if self._owner and has_it:
            platform.give_keyboard(self._owner, overlay)
        self._owner = 0
