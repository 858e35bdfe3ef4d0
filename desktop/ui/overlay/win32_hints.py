"""Extended window styles on Windows: click-through, no focus, no taskbar entry.  GUI thread."""

from __future__ import annotations

import sys

# Windows API, winuser.h
_GWL_EXSTYLE = -20
_WS_EX_TOPMOST = 0x0000_0008
_WS_EX_TRANSPARENT = 0x0000_0020
_WS_EX_TOOLWINDOW = 0x0000_0080
_WS_EX_APPWINDOW = 0x0004_0000
_WS_EX_LAYERED = 0x0008_0000
_WS_EX_NOACTIVATE = 0x0800_0000
_HWND_TOPMOST = -1
_SWP_NOSIZE, _SWP_NOMOVE, _SWP_NOACTIVATE, _SWP_FRAMECHANGED = 0x01, 0x02, 0x10, 0x20


def apply(window_id: int) -> None:
    """Makes the window a layer above all others."""
    if sys.platform == "win32":
        _change_style(
            window_id,
            add=_WS_EX_LAYERED | _WS_EX_TOOLWINDOW | _WS_EX_TOPMOST,
            remove=_WS_EX_APPWINDOW,
        )


def set_click_through(window_id: int, on: bool) -> None:
    """Lets clicks pass to what is below, or takes them."""
    if sys.platform == "win32":
        passing = _WS_EX_TRANSPARENT | _WS_EX_NOACTIVATE
        _change_style(window_id, add=passing if on else 0, remove=0 if on else passing)


def active_window() -> int:
    """The window that has the keyboard, whoever's it is; 0: none."""
    if sys.platform == "win32":
        import ctypes

        return int(ctypes.WinDLL("user32").GetForegroundWindow() or 0)
    return 0


def activate(window_id: int) -> None:
    """Gives another window the keyboard, which ours must have."""
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        user32 = ctypes.WinDLL("user32")
        user32.SetForegroundWindow.argtypes = [wintypes.HWND]
        user32.SetForegroundWindow(window_id)


def _change_style(window_id: int, *, add: int, remove: int) -> None:
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        user32 = ctypes.WinDLL("user32", use_last_error=True)
        get_style = user32.GetWindowLongPtrW
        get_style.argtypes = [wintypes.HWND, ctypes.c_int]
        get_style.restype = ctypes.c_ssize_t
        set_style = user32.SetWindowLongPtrW
        set_style.argtypes = [wintypes.HWND, ctypes.c_int, ctypes.c_ssize_t]
        set_style.restype = ctypes.c_ssize_t
        user32.SetWindowPos.argtypes = [
            wintypes.HWND,
            wintypes.HWND,
            *([ctypes.c_int] * 4),
            wintypes.UINT,
        ]
        style = get_style(window_id, _GWL_EXSTYLE)
        set_style(window_id, _GWL_EXSTYLE, (style | add) & ~remove)
        flags = _SWP_NOSIZE | _SWP_NOMOVE | _SWP_NOACTIVATE | _SWP_FRAMECHANGED
        user32.SetWindowPos(window_id, _HWND_TOPMOST, 0, 0, 0, 0, flags)
