"""The caption overlay: captions on top of everything, out of the way of the mouse."""

from desktop.ui.overlay.platform import preferred_platform
from desktop.ui.overlay.window import OverlayWindow

__all__ = ["OverlayWindow", "preferred_platform"]
