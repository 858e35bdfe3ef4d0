"""Any audio or video file as a stream of 16 kHz mono blocks, in bounded memory.

Thread: a `MediaReader` is used by one thread.  Damage inside a file costs the damaged part only:
what can be decoded is delivered, and `notices` says what is missing.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

import numpy as np
from numpy.typing import NDArray

from desktop.engine.audio.media_container import MediaInfo, OpenMedia, open_media
from desktop.engine.audio.media_samples import MonoResampler, mix_frame
from desktop.errors import MediaError
from desktop.events import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from av import AudioFrame, Packet
    from av.audio.stream import AudioStream

__all__ = ["MediaInfo", "MediaReader", "load_media", "probe_media"]

_log = logging.getLogger(__name__)

Samples = NDArray[np.float32]

BLOCK_SAMPLES = SAMPLE_RATE_HZ  # 1 s
_JUMP_S = 0.25  # timestamps jitter below this; above it, sound is really missing
_LONGEST_UNDECLARED_JUMP_S = 600.0
_SHORTFALL_S = 1.0  # declared lengths are rounded; more than this missing is a cut file
_READ_ERROR_LIMIT = 20  # in a row: the rest of the file is lost
# These declare no length; FFmpeg estimates one from the bit rate, often wrongly.
_ESTIMATED_FORMATS = frozenset({"aac", "ac3", "eac3", "dts", "amr", "mpeg", "mpegts"})
_SHORTFALL_SHARES = {"mp3": 0.1}  # mostly declared, estimated only where the header is missing
_SHORTFALL_SHARE = 0.01


def probe_media(path: Path) -> MediaInfo:
    """What the file says about itself, without decoding it.

    Raises:
        MediaError: it cannot be opened, is no media file or has no sound.
    """
    with open_media(path) as media:
        return media.info


def load_media(path: Path) -> Samples:
    """A whole file in memory: 230 MB an hour.  Long files are better read block by block.

    Raises:
        MediaError: as `MediaReader`.
    """
    with MediaReader(path) as reader:
        return np.concatenate(list(reader))


class MediaReader:
    """Iterates over a file's sound once, in blocks of equal length (the last may be shorter).

    The blocks follow the file's own timeline: a sound track that starts late in its video, or
    has a hole, is filled with zeros there, so times fit the pictures.

    Args:
        path: a file on disk.
        block_samples: samples a block at 16 kHz.

    Raises:
        MediaError: on construction when the file cannot be opened, is no media or has no sound;
            while iterating when nothing at all can be decoded.
    """

    def __init__(self, path: Path, *, block_samples: int = BLOCK_SAMPLES) -> None:
        self._path = path
        self._block_samples = block_samples
        self._cleanup = contextlib.ExitStack()
        self._media: OpenMedia = self._cleanup.enter_context(open_media(path))
        self._resampler = MonoResampler()
        self._clock_s = 0.0  # length of what went into the resampler, fills included
        self._base_s = (self._media.container.start_time or 0) / 1_000_000
        self._waiting: list[Samples] = []
        self._delivered_samples = 0
        self._damaged_packets = 0
        self._holes_s = 0.0
        self._read_error = ""
        self._truncated = False

    @property
    def info(self) -> MediaInfo:
        return self._media.info

    @property
    def delivered_s(self) -> float:
        """Length of the blocks handed out so far, for progress."""
        return self._delivered_samples / SAMPLE_RATE_HZ

    @property
    def truncated(self) -> bool:
        """Whether the file ended before the length it declares.  Known after the last block."""
        return self._truncated

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences for people about what is missing.  Complete after the last block."""
        found: list[str] = []
        if self.info.sound_tracks > 1:
            found.append(
                f"“{self._path.name}” has {self.info.sound_tracks} sound tracks; "
                "only its main one was transcribed."
            )
        if self._truncated:
            declared_s = self._media.sound_s
            known = declared_s > self.delivered_s + _SHORTFALL_S
            of = f" of the {declared_s:.0f} s it should have" if known else ""
            found.append(f"“{self._path.name}” is cut off: {self.delivered_s:.0f} s{of} were read.")
        if self._damaged_packets:
            found.append(
                f"“{self._path.name}” is damaged in {self._damaged_packets} place(s); "
                "the sound there is missing."
            )
        if self._holes_s:
            found.append(
                f"“{self._path.name}” lacks {self._holes_s:.1f} s of sound inside; "
                "silence stands in for it."
            )
        return tuple(found)

    def close(self) -> None:
        """Closes the file.  Idempotent; done by itself after the last block."""
        self._cleanup.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Samples]:
        with self._cleanup:
            for frame in self._frames():
                yield from self._fill(self._missing_before(frame))
                self._take(frame)
                yield from self._blocks(self._block_samples)
            self._waiting += self._resampler.flush()
            self._conclude()
            yield from self._blocks(1)

    def _frames(self) -> Iterator[AudioFrame]:
        import av

        for packet in self._packets(self._media.stream):
            try:
                frames = packet.decode()
            except (av.FFmpegError, ValueError) as error:
                _log.debug("packet of %s not decoded: %s", self._path.name, error)
                self._damaged_packets += 1
                continue
            for frame in frames:
                if isinstance(frame, av.AudioFrame) and frame.samples:
                    yield frame

    def _packets(self, stream: AudioStream) -> Iterator[Packet[AudioStream]]:
        """All packets; after a read error the next ones, as long as there is progress."""
        import av

        errors = 0
        while errors < _READ_ERROR_LIMIT:
            try:
                for packet in self._media.container.demux(stream):
                    errors = 0
                    yield packet
                return
            except (av.FFmpegError, OSError) as error:
                errors += 1
                self._read_error = str(error)
                _log.debug("reading %s: %s", self._path.name, error)
        yield from self._last_packets(stream)

    @staticmethod
    def _last_packets(stream: AudioStream) -> Iterator[Packet[AudioStream]]:
        import av

        flush = cast("Packet[AudioStream]", av.Packet())
        flush.stream = stream  # an empty packet makes the decoder hand over what it holds back
        yield flush

    def _take(self, frame: AudioFrame) -> None:
        rate_hz, samples = frame.sample_rate, frame.samples
        self._waiting += self._resampler.push(mix_frame(frame), rate_hz)
        self._clock_s += samples / rate_hz

    def _missing_before(self, frame: AudioFrame) -> float:
        """Seconds of the timeline without sound before `frame`.

        Timestamps that run backwards or past the end of the file cannot be true; from there on
        the sound is taken as continuous.
        """
        if frame.time is None:
            return 0.0
        time_s = frame.time - self._base_s
        jump_s = time_s - self._clock_s
        if abs(jump_s) < _JUMP_S:
            return 0.0
        declared_s = self.info.duration_s
        limit_s = declared_s if declared_s else self._clock_s + _LONGEST_UNDECLARED_JUMP_S
        if jump_s < 0 or time_s > limit_s:
            self._base_s += jump_s
            return 0.0
        return jump_s

    def _fill(self, missing_s: float) -> Iterator[Samples]:
        """Zeros for a hole, a block at a time however long it is."""
        if missing_s <= 0.0:
            return
        if self._clock_s > 0.0:  # at the start it is a sound track that begins late
            self._holes_s += missing_s
        self._waiting += self._resampler.flush()
        self._clock_s += missing_s
        left = round(missing_s * SAMPLE_RATE_HZ)
        while left:
            count = min(left, self._block_samples)
            self._waiting.append(np.zeros(count, dtype=np.float32))
            left -= count
            yield from self._blocks(self._block_samples)

    def _blocks(self, at_least: int) -> Iterator[Samples]:
        if sum(len(part) for part in self._waiting) < at_least:
            return
        joined = np.concatenate(self._waiting)
        size = self._block_samples
        whole = len(joined) if at_least < size else len(joined) // size * size
        self._waiting = [joined[whole:]]
        for start in range(0, whole, size):
            block = joined[start : min(start + size, whole)]
            self._delivered_samples += len(block)
            yield block

    def _conclude(self) -> None:
        sound_s, clock_s = self._media.sound_s, self._clock_s
        kind = self._media.container.format.name
        tolerated_s = max(_SHORTFALL_S, _SHORTFALL_SHARES.get(kind, _SHORTFALL_SHARE) * sound_s)
        short = kind not in _ESTIMATED_FORMATS and sound_s - clock_s > tolerated_s
        self._truncated = bool(self._read_error) or short or self._media.cut
        if clock_s > 0.0:
            return
        if self._damaged_packets or self._truncated:
            raise MediaError(
                f"None of the sound in “{self._path.name}” can be decoded.",
                hint="The file is damaged or copy-protected; export it again as MP3, M4A or WAV.",
                code="media.damaged",
            )
        raise MediaError(
            f"“{self._path.name}” holds no sound: its track is 0 s long.",
            hint="The recording did not finish; get the file again.",
            code="media.empty",
        )
