"""The real application with its mirror, on a free port, as the browser and strangers see it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fakes.misbehaving_specs import some_port
from raw import RawSocket, Reply, ask

from desktop.app.application import Application
from desktop.app.web_mirror import WebMirror
from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.filesource import FileSource
from desktop.engine.audio.source import Source
from desktop.events import SAMPLE_RATE_HZ, Track
from desktop.paths import Paths
from desktop.services.web.server import WebServer
from desktop.settings import Settings

FIXTURE = Path(__file__).resolve().parents[2] / "models/whisper-fixture"
PORT = some_port()


@dataclass
class Site:
    """The mirror, its address, and what opens it."""

    application: Application
    server: WebServer
    cookie: str

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    @property
    def bearer(self) -> tuple[str, str]:
        return ("Authorization", f"Bearer {self.server.keys.bearer}")

    @property
    def login(self) -> tuple[str, str]:
        return ("Cookie", f"malgeul-{self.port}={self.cookie}")

    @property
    def browser(self) -> list[tuple[str, str]]:
        """What our own page sends."""
        return [("Host", self.host), ("Origin", self.origin), self.login]

    def ask(self, method: str, target: str, body: bytes = b"", *more: tuple[str, str]) -> Reply:
        """As a program with the token asks."""
        return ask(self.port, method, target, [("Host", self.host), self.bearer, *more], body)

    def socket(self, path: str) -> RawSocket:
        """A WebSocket as our own page opens it."""
        return RawSocket(self.port, path, self.browser)


def mute(_: Settings) -> dict[Track, Source]:
    """A microphone in a silent room."""
    samples = np.zeros(60 * SAMPLE_RATE_HZ, dtype=np.float32)
    return {Track.MIC: FileSource(samples, SystemClock(), track=Track.MIC, name="mute")}


@contextlib.contextmanager
def serving(root: Path, *, recognising: bool = False, **web: object) -> Iterator[Site]:
    """A running mirror, with the recogniser's thread where it is needed; the microphone is mute."""
    application = Application.open(Paths(root), sources=mute)
    settings = application.settings
    settings.web.port = PORT
    for name, value in web.items():
        setattr(settings.web, name, value)
    settings.recognition.model, settings.recognition.language = str(FIXTURE), "en"
    settings.recognition.threads, settings.recognition.short_windows = 1, "off"
    mirror = WebMirror(application, forced=True)
    stop = threading.Event()
    thread = threading.Thread(target=application.worker.run, args=(stop,), name="recogniser")
    if recognising:
        thread.start()
    mirror.apply()
    try:
        assert mirror.server is not None
        cookie = mirror.server.keys.redeem(mirror.server.keys.ticket())
        assert cookie is not None
        yield Site(application, mirror.server, cookie)
    finally:
        mirror.close()
        application.close()
        stop.set()
        application.worker.wake()
        if recognising:
            thread.join()
        application.close_store()
