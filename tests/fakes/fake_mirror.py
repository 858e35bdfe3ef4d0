"""A scripted browser mirror for tests of its settings page and for pictures."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.records import MirrorRecord, MirrorState, NetworkRecord
from desktop.settings import WebSettings

TOKEN = "3kV9b0sJmPq7yXw2uTnLrA4dEfGhZc81"


class FakeMirror:
    """Comes on where the settings say so; `viewers`, `port` and `failure` are the test's.

    Args:
        settings: the window's.
    """

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._on = False
        self._host = ""
        self.applied = 0
        self.viewers = 0
        self.port = 0
        self.token = TOKEN
        self.failure = ""

    def status(self) -> MirrorRecord:
        if not self._on:
            return MirrorRecord(MirrorState.OFF)
        if self.failure:
            hint = "Choose another port or address in the settings."
            return MirrorRecord(MirrorState.FAILED, reason=self.failure, hint=hint)
        network = self._host != "127.0.0.1"
        shown = "192.168.0.12" if network else self._host
        port = self.port or self._settings.port
        address = f"http://{shown}:{port}/?token={self.token}"
        return MirrorRecord(MirrorState.ON, address, port, network, self.viewers)

    def networks(self) -> Sequence[NetworkRecord]:
        return [NetworkRecord("192.168.0.12", "wlan0"), NetworkRecord("10.8.0.4", "tun0")]

    def apply(self) -> None:
        self.applied += 1
        self._on, self._host = self._settings.enabled, self._settings.host
