"""Reading a spool: while it grows, after it was closed, and after a crash.  Any thread.

Damage never hides and never spreads: a frame whose checksum fails reads as zeros and is reported
as a gap named ``storage``; reading goes on at the next good frame.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np

from desktop.engine.audio.feed import Samples
from desktop.engine.audio.spool_format import (
    FILE_HEADER_BYTES,
    FRAME_HEADER_BYTES,
    FRAME_MAGIC,
    FrameHeader,
    FrameKind,
    frame_is_sound,
    pack_file_header,
    pack_frame,
    unpack_file_header,
    unpack_frame_header,
)
from desktop.engine.audio.spool_index import Gap, Pcm, SpoolIndex
from desktop.errors import StorageError

_log = logging.getLogger(__name__)

_CHUNK_BYTES = 1 << 18
_SEARCH_BYTES = 1 << 20


@dataclass(slots=True)
class Scan:
    """What a walk through a spool file found."""

    index: SpoolIndex
    track: str = ""
    wall_s: float = 0.0
    closed: bool = False
    sequence: int = -1  # of the last good frame
    damaged: list[tuple[int, int]] = field(default_factory=list)  # byte ranges
    torn_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Recovery:
    """The outcome of `recover`.

    Args:
        samples: length of the recovered timeline.
        gaps: stretches without sound; damaged ones have the cause ``storage``.
        torn_bytes: cut from the end of the file.
        damaged_bytes: found unreadable inside; kept in ``<file>.bad``.
        closed: the recording had been closed in order, nothing was wrong.
        wall_s: Unix time at which the recording began; 0 when its header is damaged.
    """

    samples: int
    gaps: tuple[Gap, ...]
    torn_bytes: int
    damaged_bytes: int
    closed: bool
    wall_s: float


class SpoolReader:
    """One track as an `AudioFeed`.  Thread-safe; close it when done.

    Args:
        path: the spool file.
        index: the writer's index for a live spool, or one made by `scan`.
    """

    def __init__(self, path: Path, index: SpoolIndex) -> None:
        self.path = path
        self._index = index
        self._file_lock = threading.Lock()
        self._file: BinaryIO | None = None

    @classmethod
    def open(cls, path: Path) -> SpoolReader:
        """Opens a spool that nobody writes to any more, damaged or not.

        Raises:
            StorageError: the file does not exist or cannot be read.
        """
        return cls(path, _scan_path(path).index)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def available(self) -> int:
        return self._index.samples

    def finished(self) -> bool:
        return self._index.finished

    def gaps(self) -> tuple[Gap, ...]:
        """Stretches without sound so far, in order."""
        with self._index.condition:
            return self._index.gaps

    def wait(self, beyond: int, timeout_s: float) -> bool:
        with self._index.condition:
            return self._index.condition.wait_for(
                lambda: self._index.samples > beyond or self._index.finished, timeout_s
            )

    def read(self, start: int, count: int) -> Samples:
        """See `AudioFeed.read`.

        Raises:
            StorageError: the file cannot be read.
        """
        index = self._index
        with index.condition:
            end = max(start, min(start + count, index.samples))
            tail = index.tail
            if tail is not None and start >= tail.start:
                return tail.copy(start, end - start).astype(np.float32) / np.float32(32767)
            memory = [piece for piece in index.memory if piece[0] < end]
            checkpoint = index.checkpoint_before(start)
            file_end = index.file_bytes
            file_samples = index.file_samples
        pcm = np.zeros(end - start, dtype=np.int16)
        if checkpoint is not None and start < file_samples:
            self._read_file(pcm, start, checkpoint, (file_samples, file_end))
        for first, piece in memory:
            _place(pcm, start, first, piece)
        return pcm.astype(np.float32) / np.float32(32767)

    def close(self) -> None:
        """Closes the file; the object must not be read after that."""
        with self._file_lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _read_file(
        self, pcm: Pcm, start: int, checkpoint: tuple[int, int], file_end: tuple[int, int]
    ) -> None:
        """Fills `pcm` from the file; `checkpoint` and `file_end` are (sample, byte offset)."""
        end = start + len(pcm)
        known_to, offset = checkpoint
        end_sample, end_offset = file_end
        try:
            with self._file_lock:
                if self._file is None:
                    self._file = self.path.open("rb", buffering=0)
                for header, payload in _walk(self._file, offset, end_offset):
                    if header.first_sample > known_to:
                        self._quarantine(known_to, header.first_sample)
                    known_to = header.end_sample
                    if header.kind == FrameKind.PCM and header.end_sample > start:
                        _place(pcm, start, header.first_sample, np.frombuffer(payload, "<i2"))
                    if known_to >= end:
                        break
                else:
                    if known_to < end_sample:
                        self._quarantine(known_to, end_sample)
        except OSError as error:
            raise _cannot_read(self.path, error) from error

    def _quarantine(self, start: int, end: int) -> None:
        """Names what lies between two good frames, unless a gap says so already."""
        with self._index.condition:
            if not any(gap.start <= start and end <= gap.end for gap in self._index.gaps):
                _log.error("%s: damaged at samples %d-%d", self.path.name, start, end)
                self._index.add_gap(Gap(start, end, "storage"))


def scan(file: BinaryIO, size: int, *, verify: bool) -> Scan:
    """Walks a spool file from its beginning and builds its index.

    Args:
        file: opened for reading.
        size: the file's length in bytes.
        verify: check every frame's checksum; otherwise only the chain of headers, and checksums
            where the chain does not hold.
    """
    index = SpoolIndex()
    index.finished = True
    result = Scan(index)
    file.seek(0)
    head = unpack_file_header(file.read(FILE_HEADER_BYTES))
    offset = FILE_HEADER_BYTES
    if head is not None:
        result.track, result.wall_s = head
    elif size:
        result.damaged.append((0, min(size, FILE_HEADER_BYTES)))
    index.file_bytes = min(size, offset)
    with index.condition:
        _scan_frames(file, size, result, verify=verify)
    return result


def _scan_frames(file: BinaryIO, size: int, result: Scan, *, verify: bool) -> None:
    index = result.index
    offset = index.file_bytes
    while offset < size:
        header = _frame_at(file, offset, size, verify=verify, after=result)
        if header is None:
            found = _next_frame(file, offset + 1, size, result)
            if found is None:
                result.torn_bytes = size - offset
                break
            result.damaged.append((offset, found))
            offset = found
            continue
        if header.first_sample > index.samples:
            index.extend_zeros(header.first_sample - index.samples, "storage")
        index.extend_zeros(header.samples, header.cause)
        index.frame_on_file(header.first_sample, header.samples, offset, header.frame_bytes)
        result.sequence = header.sequence
        result.closed = header.kind == FrameKind.END
        offset += header.frame_bytes


def recover(path: Path) -> Recovery:
    """Makes a spool whole after a crash: cuts the torn tail, sets damaged bytes aside, closes it.

    Safe to run on a sound file and to run again.

    Raises:
        StorageError: the file cannot be read or written.
    """
    try:
        with path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            found = scan(file, size, verify=True)
            damaged_bytes = sum(end - start for start, end in found.damaged)
            if found.damaged:
                _set_aside(path, file, found.damaged)
            if found.track == "":
                file.seek(0)
                file.write(pack_file_header(path.stem, found.wall_s))
                found.index.file_bytes = max(found.index.file_bytes, FILE_HEADER_BYTES)
            if not found.closed:
                file.truncate(found.index.file_bytes)
                file.seek(found.index.file_bytes)
                end_mark = pack_frame(FrameKind.END, found.sequence + 1, found.index.samples, 0)
                file.write(end_mark)
            elif found.torn_bytes:
                file.truncate(found.index.file_bytes)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _cannot_read(path, error) from error
    return Recovery(
        samples=found.index.samples,
        gaps=found.index.gaps,
        torn_bytes=found.torn_bytes,
        damaged_bytes=damaged_bytes,
        closed=found.closed and not found.damaged and not found.torn_bytes,
        wall_s=found.wall_s,
    )


def _scan_path(path: Path) -> Scan:
    try:
        # Unbuffered: only the headers are read when the file was closed in order.
        with path.open("rb", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            return scan(file, size, verify=not _ends_in_order(file, size))
    except OSError as error:
        raise _cannot_read(path, error) from error


def _ends_in_order(file: BinaryIO, size: int) -> bool:
    if size < FILE_HEADER_BYTES + FRAME_HEADER_BYTES:
        return False
    file.seek(size - FRAME_HEADER_BYTES)
    data = file.read(FRAME_HEADER_BYTES)
    header = unpack_frame_header(data)
    return header is not None and header.kind == FrameKind.END and frame_is_sound(data, 0, header)


def _frame_at(
    file: BinaryIO, offset: int, size: int, *, verify: bool, after: Scan
) -> FrameHeader | None:
    """The good frame at `offset` that can follow what was found so far, or None."""
    file.seek(offset)
    data = file.read(FRAME_HEADER_BYTES)
    header = unpack_frame_header(data)
    if header is None or offset + header.frame_bytes > size:
        return None
    samples = after.index.samples
    if header.first_sample < samples or header.sequence <= after.sequence:
        return None
    in_chain = header.first_sample == samples and header.sequence == after.sequence + 1
    cheap = header.payload_bytes == 0
    if (verify or cheap or not in_chain) and not frame_is_sound(
        data + file.read(header.payload_bytes), 0, header
    ):
        return None
    return header


def _next_frame(file: BinaryIO, offset: int, size: int, after: Scan) -> int | None:
    """Offset of the next frame that proves itself by its checksum."""
    while offset < size:
        file.seek(offset)
        data = file.read(_SEARCH_BYTES)
        at = data.find(FRAME_MAGIC)
        while at >= 0:
            if _frame_at(file, offset + at, size, verify=True, after=after) is not None:
                return offset + at
            at = data.find(FRAME_MAGIC, at + 1)
        if len(data) < _SEARCH_BYTES:
            return None
        offset += len(data) - len(FRAME_MAGIC) + 1
    return None


def _walk(file: BinaryIO, offset: int, end: int) -> Iterator[tuple[FrameHeader, bytes]]:
    """Good frames from `offset` on, each with its payload; nothing in a bad one is believed."""
    data = b""
    base = offset
    at = 0
    while base + at < end:
        header = unpack_frame_header(data, at)
        if header is None or at + header.frame_bytes > len(data):
            # Perhaps only the buffer ends here: read on from this place.
            if at > 0 or not data:
                base += at
                at = 0
                file.seek(base)
                data = file.read(min(_CHUNK_BYTES, end - base))
                header = unpack_frame_header(data)
            if header is not None and header.frame_bytes > len(data):
                data += file.read(min(header.frame_bytes - len(data), end - base - len(data)))
        if header is not None and frame_is_sound(data, at, header):
            payload_at = at + FRAME_HEADER_BYTES
            yield header, data[payload_at : payload_at + header.payload_bytes]
            at += header.frame_bytes
            continue
        following = data.find(FRAME_MAGIC, at + 1)
        if following >= 0:
            at = following
        else:
            base += max(1, len(data) - len(FRAME_MAGIC) + 1)
            at, data = 0, b""


def _place(
    pcm: Pcm,
    start: int,
    first: int,
    piece: Pcm,
) -> None:
    """Copies the part of `piece` (at sample `first`) that lies in `pcm` (at sample `start`)."""
    low = max(start, first)
    high = min(start + len(pcm), first + len(piece))
    if low < high:
        pcm[low - start : high - start] = piece[low - first : high - first]


def _set_aside(path: Path, file: BinaryIO, damaged: list[tuple[int, int]]) -> None:
    with path.with_name(path.name + ".bad").open("ab") as quarantine:
        for start, end in damaged:
            file.seek(start)
            quarantine.write(file.read(end - start))


def _cannot_read(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"The recording {path} cannot be read: {error.strerror or error}",
        hint="Check that the disk is connected and the file is yours to read.",
        code="storage.spool",
    )
