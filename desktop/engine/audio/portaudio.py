"""PortAudio through sounddevice: its devices, capture streams, and what plays.

The stream's callback runs on PortAudio's thread and does one thing: copy into the ring.
"""

from __future__ import annotations

import ctypes
import functools
import logging
import re
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from desktop.engine.audio.clock import SessionClock
from desktop.engine.audio.device_census import census
from desktop.engine.audio.ring import FLAG_OVERFLOW, SampleRing
from desktop.engine.audio.source import Block
from desktop.errors import AudioError
from desktop.events import Track

_log = logging.getLogger(__name__)

LATENCY_S = 0.12  # three blocks
# Left to itself the driver sends crumbs of a few frames in between.  A block costs nearly the same
# whatever its length: blocks of 20 ms make a recording cost a fifth more.
BLOCK_S = 0.04
RING_S = 10.0  # how long the recorder may be held up without a loss
NO_BLOCKS_S = 2.5  # a device that should always deliver and does not is lost

# PortAudio's list of devices is made once and is renewed only while no stream is open.
guard = threading.RLock()
_open_streams = 0
_open_outputs = 0  # ... of these play
_renewals_wanted = 0  # how often all capture was asked to end for a moment, for a new list
_renewals_done = 0
_listed = ""  # the system's devices when the list was made
_HARDWARE_INDEX = re.compile(r" \(hw:\d+,\d+\)$")


def library() -> ModuleType:
    """sounddevice, loaded on first use.

    Raises:
        AudioError: PortAudio's shared library is missing.
    """
    _quieten_alsa()
    try:
        import sounddevice
    except OSError as error:
        raise AudioError(
            f"The sound library PortAudio cannot be loaded: {error}",
            hint="On Debian and Ubuntu: sudo apt install libportaudio2",
            code="audio.no_portaudio",
        ) from error
    module: ModuleType = sounddevice
    return module


@functools.cache
def _quieten_alsa() -> Any:
    """ALSA prints every device it cannot open to stderr; into the log with it."""
    if sys.platform != "linux":
        return None
    try:
        alsa = ctypes.CDLL("libasound.so.2")
    except OSError:
        return None
    kind = ctypes.CFUNCTYPE(
        None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
    )

    def on_error(file: bytes, line: int, _function: bytes, _error: int, message: bytes) -> None:
        _log.debug("ALSA %s:%d %s", file, line, message)

    handler = kind(on_error)
    alsa.snd_lib_error_set_handler(handler)
    return alsa, handler  # kept alive by the cache: ALSA calls it from now on


def prepare() -> None:
    """Loads PortAudio, which takes a few hundred milliseconds, before anyone waits for it."""
    with guard:
        library()


def query_devices() -> list[dict[str, Any]]:
    """PortAudio's devices; renews the list first when that is possible."""
    with guard:
        refresh()
        return [dict(device) for device in library().query_devices()]


def refresh() -> None:
    """Lets PortAudio see devices that came after it was loaded.  Not while a stream is open."""
    global _renewals_done, _listed  # noqa: PLW0603 - PortAudio's own state is one a process
    with guard:
        sd = library()
        if _open_streams == 0:
            _listed = census()
            sd._terminate()
            sd._initialize()
            _renewals_done = _renewals_wanted


def ask_for_renewal() -> bool:
    """Has every `PortAudioSource` open its stream afresh; False while something is played."""
    global _renewals_wanted  # noqa: PLW0603 - see `refresh`
    with guard:
        if _open_outputs == 0:
            _renewals_wanted += 1
        return _open_outputs == 0


def ask_for_renewal_if_old() -> None:
    """`ask_for_renewal` where devices came or went since the list; once a change."""
    with guard:
        if _renewals_wanted == _renewals_done and census() != _listed:
            ask_for_renewal()


def renewals() -> tuple[int, int]:
    """How often the list was to be renewed, and up to which of these times it was."""
    return _renewals_wanted, _renewals_done


def stable_name(name: str) -> str:
    """A device's name without the index that changes when it is plugged in again (A25)."""
    return _HARDWARE_INDEX.sub("", name)


class CaptureStream:
    """One running input stream and its ring."""

    def __init__(
        self, device: int | str | None, channels: int, rate_hz: int, clock: SessionClock
    ) -> None:
        self.rate_hz = rate_hz
        self._clock = clock
        self._ring = SampleRing(int(RING_S * rate_hz), channels)
        self._opened_s = self._last_s = clock.now_s()
        self._closed = False
        global _open_streams  # noqa: PLW0603 - PortAudio's own state is one a process
        with guard:
            sd = library()
            try:
                self._stream = sd.RawInputStream(
                    device=device,
                    channels=channels,
                    samplerate=rate_hz,
                    dtype="float32",
                    latency=LATENCY_S,
                    blocksize=int(BLOCK_S * rate_hz),
                    callback=self._on_block,
                )
                _begin(self._stream)
            except (sd.PortAudioError, ValueError) as error:
                raise AudioError(
                    f"The sound device cannot be opened: {error}",
                    hint="Close other programs that use it, or choose another device.",
                    code="audio.open",
                ) from error
            _open_streams += 1

    @property
    def overrun_frames(self) -> int:
        return self._ring.overrun_frames

    @property
    def active(self) -> bool:
        """False once the driver has ended the stream by itself."""
        return bool(self._stream.active)

    @property
    def delivered(self) -> bool:
        """A block has come since it was opened."""
        return self._last_s > self._opened_s

    @property
    def last_block_s(self) -> float:
        """Session clock at the last callback, or at opening."""
        return self._last_s

    def read(self) -> Block | None:
        """The next block from the ring."""
        got = self._ring.read()
        if got is None:
            return None
        return Block(got.samples, self.rate_hz, got.arrival_s, got.lost_frames, got.overflow)

    def close(self) -> None:
        """Ends the stream.  Idempotent."""
        global _open_streams  # noqa: PLW0603 - see `CaptureStream`
        with guard:
            if not self._closed:
                self._closed = True
                self._stream.close(ignore_errors=True)
                _open_streams -= 1

    def _on_block(self, indata: Any, frames: int, _time: Any, status: Any) -> None:
        # The audio thread: no allocation that grows, no lock, no I/O, nothing that can raise.
        now_s = self._clock.now_s()
        self._last_s = now_s
        flags = FLAG_OVERFLOW if status and status.input_overflow else 0
        self._ring.write(indata, frames, now_s, flags)


def open_output(
    rate_hz: int,
    latency_s: float,
    on_block: Callable[[Any, int, Any, Any], None],
    on_finished: Callable[[], None],
) -> Any:
    """Starts a mono output stream on the default device; end it with `close_output`.

    Raises:
        AudioError: there is no output.
    """
    global _open_streams, _open_outputs  # noqa: PLW0603 - see `CaptureStream`
    with guard:
        refresh()
        sd = library()
        try:
            stream = sd.OutputStream(
                channels=1,
                samplerate=rate_hz,
                dtype="float32",
                latency=latency_s,
                callback=on_block,
                finished_callback=on_finished,
            )
            _begin(stream)
        except (sd.PortAudioError, ValueError) as error:
            raise AudioError(
                f"Nothing can be played: {error}",
                hint="Connect a loudspeaker or headphones.",
                code="audio.no_output",
            ) from error
        _open_streams += 1
        _open_outputs += 1
        return stream


def _begin(stream: Any) -> None:
    """Starts a stream; one that does not start is closed, for nobody else knows of it."""
    try:
        stream.start()
    except BaseException:
        stream.close(ignore_errors=True)
        raise


def close_output(stream: Any) -> None:
    """Ends a stream of `open_output`."""
    global _open_streams, _open_outputs  # noqa: PLW0603 - see `CaptureStream`
    with guard:
        stream.close(ignore_errors=True)
        _open_streams -= 1
        _open_outputs -= 1


def stream_trouble(stream: CaptureStream, clock: SessionClock, idle_is_silence: bool) -> str:
    """Why a stream must be given up; empty when it is well."""
    if not stream.active:
        return "the sound system ended the stream"
    if not idle_is_silence and clock.now_s() - stream.last_block_s > NO_BLOCKS_S:
        return "the device delivers nothing"
    return ""


def inputs() -> list[dict[str, Any]]:
    """PortAudio's microphones, `is_default` added.  Empty without any."""
    sd = library()
    devices = [dict(device) for device in sd.query_devices()]
    chosen = [d for d in devices if d["max_input_channels"] > 0 and not _is_loopback(d)]
    if sys.platform == "win32":
        chosen = [d for d in chosen if _is_wasapi(sd, d)]
        default = _wasapi_default(sd, "default_input_device")
    else:
        default = sd.default.device[0]
        if default < 0 and chosen:
            default = chosen[0]["index"]
    return [{**d, "is_default": d["index"] == default} for d in chosen]


def loopbacks() -> list[dict[str, Any]]:
    """WASAPI's loopbacks of the outputs, `is_default` added.  Windows only, else empty."""
    if sys.platform != "win32":
        return []
    sd = library()
    devices = [dict(device) for device in sd.query_devices()]
    default = _wasapi_default(sd, "default_output_device")
    default_name = str(devices[default]["name"]) if default >= 0 else ""
    return [
        {**d, "is_default": str(d["name"]).startswith(default_name) if default_name else False}
        for d in devices
        if _is_loopback(d) and _is_wasapi(sd, d)
    ]


def no_device(track: Track, wanted: str) -> AudioError:
    """The error for a device that is not there."""
    if track is Track.SYSTEM:
        what = "what the computer plays cannot be captured"
        hint = "Install PulseAudio or PipeWire, or choose another output device."
    else:
        what = "no microphone was found"
        hint = "Connect a microphone or allow access to it in the system's settings."
    if wanted:
        what = f"the device “{wanted}” is not there"
    return AudioError(what[0].upper() + what[1:] + ".", hint=hint, code="audio.no_device")


def _is_loopback(device: dict[str, Any]) -> bool:
    return str(device["name"]).endswith("[Loopback]") and device["max_input_channels"] > 0


def _is_wasapi(sd: ModuleType, device: dict[str, Any]) -> bool:
    return "WASAPI" in str(sd.query_hostapis(device["hostapi"])["name"])


def _wasapi_default(sd: ModuleType, key: str) -> int:
    for api in sd.query_hostapis():
        if "WASAPI" in str(api["name"]):
            return int(api[key])
    return -1
