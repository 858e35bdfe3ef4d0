"""``malgeul record``: a live session without a window, stored like any other."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from desktop.cli import library
from desktop.cli.console import clock, held_back
from desktop.cli.exit_codes import ExitCode
from desktop.cli.interrupts import Interrupt, interruptible
from desktop.cli.listener import Listener
from desktop.cli.models import require_model
from desktop.cli.options import Shell, silent_command
from desktop.cli.stopping import StoppableRecogniser
from desktop.errors import AudioError, NotFoundError
from desktop.events import Event, NoticeRaised, RecogniserChanged, RecogniserState, Track
from desktop.records import DeviceRecord, SessionState

if TYPE_CHECKING:
    from desktop.engine.asr.recogniser import Recogniser
    from desktop.engine.store.store import TranscriptStore
    from desktop.session.live import LiveSession
    from desktop.settings import Settings

_TRACKS = {"mic": (Track.MIC,), "system": (Track.SYSTEM,), "both": (Track.MIC, Track.SYSTEM)}
_POLL_S = 0.05


def _finite(
    _context: click.Context, _parameter: click.Parameter, value: float | None
) -> float | None:
    """No number ("nan") is in every range, and would never be over."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is no length of time.")
    return value


@click.command(short_help="Record and caption a meeting.")
@click.option(
    "--source", type=click.Choice(["mic", "system", "both"]), default="both", show_default=True
)
@click.option(
    "--device", metavar="NAME", help="A name of `malgeul devices`.  Default: follow the system."
)
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), metavar="N", callback=_finite,
    help="Stop after N seconds.  Default: at Ctrl+C.",
)  # fmt: skip
@click.option("--model", "-m", metavar="MODEL", help="A model of `malgeul models list`.")
@click.option("--language", "-l", type=click.Choice(["ko", "en", "auto"]))
@click.option("--events", is_flag=True, help="Print every event as a line of JSON instead.")
@silent_command  # what goes wrong comes as an event, and would be said twice
def record(
    shell: Shell,
    *,
    source: str,
    device: str | None,
    seconds: float | None,
    model: str | None,
    language: str | None,
    events: bool,
) -> int:
    """Record and caption a microphone, what the computer plays, or both.

    Lines are printed as they become final and are kept with the sound as a session.  Ctrl+C ends
    the recording; what was said until then is still transcribed.

    Exit code 6 when the disk did not take all of the sound, 4 when the sound is kept but no model
    could transcribe it (`malgeul sessions recover` does that later), 130 when Ctrl+C came before
    the seconds were over, or a second time.

    \b
    Examples:
      malgeul record
      malgeul record --source system --seconds 3600
      malgeul record --source mic --device alsa_input.usb-headset
    """
    from desktop import settings as settings_file

    settings = settings_file.load(shell.paths.settings)
    settings.audio.source = source  # type: ignore[assignment]  # click has checked it
    settings.recognition.model = model or settings.recognition.model
    settings.recognition.language = language or settings.recognition.language
    if model is not None:
        require_model(shell, model)  # better told now than while people speak
    _choose_devices(shell, settings, device)
    with (
        interruptible(shell.console) as interrupt,
        shell.console.progress() as progress,
        library.open_for_writing(shell.paths) as store,
    ):
        listener = Listener(
            shell.console, progress, as_json=events, lines=not events, on_gone=interrupt.end
        )
        recording = _Recording(shell, settings, store, listener)
        recording.run(interrupt, seconds)
        if recording.code is not ExitCode.OK:
            return recording.code  # it was said as it happened
        if listener.unwritten is not None:
            raise listener.unwritten  # a script knows by the exit code; the session is kept
    early = interrupt.by_signal and seconds is not None
    return ExitCode.INTERRUPTED if early else ExitCode.OK


def _choose_devices(shell: Shell, settings: Settings, wanted: str | None) -> None:
    """Puts the device into the settings.

    Raises:
        NotFoundError: the named device is not there.
        AudioError: there is nothing to record from.
    """
    from desktop.engine.audio.devices import list_devices

    tracks = _TRACKS[settings.audio.source]
    there = [device for device in list_devices() if device.track in tracks]
    if wanted is not None:
        chosen = _find(there, wanted)
        if chosen.track is Track.MIC:
            settings.audio.microphone = chosen.name
        else:
            settings.audio.system = chosen.name
        return
    if not there:
        what = {"mic": "microphone", "system": "output to capture", "both": "sound device"}
        raise AudioError(
            f"There is no {what[settings.audio.source]} here.",
            hint="`malgeul devices` lists what there is, `malgeul doctor` says why.",
            code="audio.no_device",
        )
    for track in tracks:
        if not any(device.track is track for device in there):
            name = "microphone" if track is Track.MIC else "system sound"
            shell.console.warn(f"No {name} is there now; it joins when it comes.")


def _find(there: Sequence[DeviceRecord], wanted: str) -> DeviceRecord:
    """The device of that name or label, or the only one that contains the text."""
    for device in there:
        if wanted in (device.name, device.label):
            return device
    lower = wanted.lower()
    close = [d for d in there if lower and lower in f"{d.name} {d.label}".lower()]
    if len(close) == 1:
        return close[0]
    raise NotFoundError(
        f"There is no device “{wanted}” for this source.",
        hint="`malgeul devices` lists the names.",
        code="not_found.device",
    )


class _Recording:
    """One live session and the thread that recognises it."""

    def __init__(
        self, shell: Shell, settings: Settings, store: TranscriptStore, listener: Listener
    ) -> None:
        self._shell = shell
        self._settings = settings
        self._store = store
        self._listener = listener
        self._no_recogniser = threading.Event()
        self._at_once = threading.Event()
        self.code = ExitCode.OK  # whether all that was said is kept and transcribed

    def run(self, interrupt: Interrupt, seconds: float | None) -> None:
        """Records until asked to end, then waits for the last words.

        Raises:
            StorageError: the session cannot be written; nothing was begun.
            KeyboardInterrupt: it ended before anything was begun, or the wait for the last words
                was cut short; the session stays recoverable then.
        """
        from desktop.app.live_sources import device_sources
        from desktop.session.live import LiveSession
        from desktop.session.names import interface_language, track_name
        from desktop.session.worker import RecognitionWorker

        sources = device_sources(self._settings)
        language = interface_language(self._settings.interface)
        self._listener.names = {track: track_name(track, language) for track in sources}
        session = LiveSession(
            sources,
            store=self._store,
            directory=self._shell.paths.sessions,
            publish=self._publish,
            settings=self._settings,
            model=self._settings.recognition.model,
        )
        worker = RecognitionWorker(self._load, self._publish)
        stop = threading.Event()
        thread = threading.Thread(target=worker.run, args=(stop,), name="recogniser")
        if interrupt.by_signal:
            raise KeyboardInterrupt
        session.start()
        worker.add(session)
        thread.start()
        try:
            self._wait(interrupt, session, seconds)
            session.stop()
            while not (worker.idle or self._no_recogniser.is_set()):
                time.sleep(_POLL_S)
        except KeyboardInterrupt:
            self._at_once.set()
            self._shell.console.note(f"\nStopping.  {_unfinished(session.session_id)}")
            raise
        finally:
            session.stop()
            stop.set()
            worker.wake()
            thread.join()
        self._tell(session)

    def _load(self) -> Recogniser:
        from desktop.engine.asr.loading import Loader
        from desktop.engine.asr.modelstore import ModelStore

        paths = self._shell.paths
        loader = Loader(ModelStore(paths.models), paths.root / "calibration.json", self._publish)
        return StoppableRecogniser(loader.load(self._settings.recognition), self._at_once)

    def _publish(self, event: Event) -> None:
        if isinstance(event, RecogniserChanged) and event.state is RecogniserState.FAILED:
            self._no_recogniser.set()
        if isinstance(event, NoticeRaised):
            from desktop.engine.audio.space import LOST

            if event.code == LOST:
                self.code = ExitCode.STORAGE
        self._listener(event)

    def _wait(self, interrupt: Interrupt, session: LiveSession, seconds: float | None) -> None:
        if not interrupt.asked.is_set():
            self._shell.console.note(
                "Recording; Ctrl+C ends it." if seconds is None else f"Recording {seconds:g} s."
            )
        while not interrupt.asked.wait(_POLL_S):
            if seconds is not None and session.elapsed_s >= seconds:
                return

    def _tell(self, session: LiveSession) -> None:
        console, session_id = self._shell.console, session.session_id
        stored = self._store.session(session_id)
        if stored.state is SessionState.RECORDING:
            no_model = self._no_recogniser.is_set()
            self.code = ExitCode.NO_MODEL if no_model else ExitCode.STORAGE
            console.warn(_unfinished(session_id))
            return
        lines = f"{stored.segment_count} line{'' if stored.segment_count == 1 else 's'}"
        doubtful = len(self._store.suppressed(session_id))
        more = f"; {held_back(doubtful)}" if doubtful else ""
        console.note(f"Saved {session_id}: {clock(stored.duration_s)}, {lines}{more}.")


def _unfinished(session_id: str) -> str:
    return (
        f"{session_id} is recorded but not transcribed to its end.\n"
        "  malgeul sessions recover does that."
    )
