"""Joins the settings' browser page with the mirror: applies what changed, shows what came of it.

GUI thread only; the mirror starts and stops on the task runner's threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QTimer
from shiboken6 import isValid

from desktop.ui.bridge.task_runner import TaskRunner
from desktop.ui.dialogs.browser_page import BrowserPage
from desktop.ui.ports import MirrorBackend

APPLY_AFTER_S = 0.4  # several changes at once start it once
LOOK_EVERY_S = 1.0


class MirrorController(QTimer):
    """Lives as long as its page; the timer looks at the mirror while the page is looked at.

    Args:
        mirror: the application's.
        runner: for what takes a moment.
        page: where it is shown.
        say: messages in the interface's language.
    """

    def __init__(
        self,
        mirror: MirrorBackend,
        runner: TaskRunner,
        page: BrowserPage,
        say: Callable[[str], str],
    ) -> None:
        super().__init__(page)
        self._mirror = mirror
        self._runner = runner
        self._page = page
        self._say = say
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(round(APPLY_AFTER_S * 1_000))
        self._settle.timeout.connect(self._on_settled)
        self.setInterval(round(LOOK_EVERY_S * 1_000))
        self.timeout.connect(self._on_look_due)
        page.changed.connect(self._settle.start)
        page.watched.connect(self._on_page_watched)
        page.set_networks(mirror.networks())
        self._on_look_due()

    def _on_settled(self) -> None:
        self._runner.run(self._mirror.apply, self._on_applied)

    def _on_applied(self, _: object) -> None:
        if isValid(self):  # the settings may have been closed while the server started
            self._on_look_due()

    def _on_look_due(self) -> None:
        status = self._mirror.status()
        said = replace(status, reason=self._say(status.reason), hint=self._say(status.hint))
        self._page.show_status(said)

    def _on_page_watched(self, watched: bool) -> None:
        if watched:
            self._on_look_due()
            self.start()
        else:
            self.stop()
