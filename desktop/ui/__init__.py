"""What people see: the window, the caption overlay, the tray."""

from desktop.ui import override_guard

override_guard.install()  # before any class of the interface is defined
