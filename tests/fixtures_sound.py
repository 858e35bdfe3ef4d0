"""A private PulseAudio server with a loudspeaker and a microphone that tests play into.

``speaker`` is a null sink: what is played there is what the computer plays.  ``mic`` is a source
fed by the null sink ``micsink``: what is played there is what someone says into the microphone.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

SCRIPT = """\
load-module module-native-protocol-unix
load-module module-rescue-streams
load-module module-null-sink sink_name=speaker rate=48000 norewinds=1 \
sink_properties=device.description=Speaker
load-module module-null-sink sink_name=micsink rate=48000 norewinds=1 \
sink_properties=device.description=Room
load-module module-remap-source source_name=mic master=micsink.monitor \
source_properties=device.description=Microphone
set-default-sink speaker
set-default-source mic
"""
START_S = 10.0


class SoundServer:
    """One private server.  Its clients find it by ``XDG_RUNTIME_DIR``."""

    def __init__(self, directory: Path) -> None:
        self.runtime = directory / "run"
        self.runtime.mkdir(mode=0o700)
        self._script = directory / "setup.pa"
        self._script.write_text(SCRIPT, encoding="ascii")
        self._log = directory / "pulse.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._players: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        shutil.rmtree(self.runtime / "pulse", ignore_errors=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "-F", self._script],
                stdout=log,
                stderr=log,
                env=self._environment(),
            )
        deadline_s = time.monotonic() + START_S
        while subprocess.run(
            ["pactl", "info"], env=self._environment(), capture_output=True, check=False
        ).returncode:
            if time.monotonic() > deadline_s or self._process.poll() is not None:
                raise RuntimeError(self._log.read_text(encoding="utf-8"))
            time.sleep(0.02)

    def kill(self) -> None:
        """Ends the server as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self.silence()

    def freeze(self, seconds: float) -> None:
        """Stops the server for a while, as a stuck machine would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    def pactl(self, *arguments: str) -> str:
        """Runs ``pactl`` against this server."""
        done = subprocess.run(
            ["pactl", *arguments],
            env=self._environment(),
            capture_output=True,
            check=True,
            text=True,
            timeout=10,
        )
        return done.stdout.strip()

    def add_sink(self, name: str, rate_hz: int = 48_000) -> None:
        """Adds another null sink."""
        # norewinds: without it an idle null sink sleeps up to two seconds before it moves on.
        self.pactl(
            "load-module", "module-null-sink", f"sink_name={name}", f"rate={rate_hz}", "norewinds=1"
        )

    def play(self, sink: str, samples: NDArray[np.float32], rate_hz: int = 16_000) -> None:
        """Plays mono sound into a sink, in the background, at the speed of sound."""
        with tempfile.TemporaryFile() as file:
            file.write(samples.astype("<f4").tobytes())
            file.seek(0)
            self._players.append(
                subprocess.Popen(
                    [
                        "pacat",
                        "--playback",
                        f"--device={sink}",
                        "--format=float32le",
                        f"--rate={rate_hz}",
                        "--channels=1",
                        "--latency-msec=150",
                    ],
                    stdin=file,
                    stderr=subprocess.DEVNULL,
                    env=self._environment(),
                )
            )

    def silence(self) -> None:
        """Stops everything that plays."""
        for player in self._players:
            player.kill()
            player.wait()
        self._players = []

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PULSE_")}
        return {**kept, "XDG_RUNTIME_DIR": str(self.runtime)}


@pytest.fixture
def no_sound_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine on which no sound server runs."""
    directory = Path(tempfile.mkdtemp(prefix="mg-"))  # short: socket paths have 107 characters
    for name in [name for name in os.environ if name.startswith("PULSE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(directory / "run"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def sound_server(no_sound_server: Path) -> Iterator[SoundServer]:
    """A running private server that this process uses, too."""
    if shutil.which("pulseaudio") is None or shutil.which("pacat") is None:
        pytest.skip("pulseaudio and pulseaudio-utils are not installed")
    server = SoundServer(no_sound_server)
    server.start()
    try:
        yield server
    finally:
        server.kill()
