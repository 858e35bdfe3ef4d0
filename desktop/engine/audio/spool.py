"""The spool's writer: one track's sound on disk as it comes.  Recorder thread, plus one for sync.

The file only grows.  Sound waits at most a fifth of a second for its frame, `sync` puts what was
written beyond the operating system's cache.  When the disk is full or fails, frames wait in memory
up to a stated bound and are written when space returns; what does not fit becomes a gap named
``storage``.  Readers (`SpoolReader`) see every sample at once, wherever it is.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.engine.audio.spool_file import SpoolFile, sync_directory
from desktop.engine.audio.spool_format import (
    FILE_HEADER_BYTES,
    FrameKind,
    pack_file_header,
    pack_frame,
)
from desktop.engine.audio.spool_index import Pcm, SpoolIndex
from desktop.errors import StorageError
from desktop.events import SAMPLE_RATE_HZ, Track

_log = logging.getLogger(__name__)

FRAME_SAMPLES = SAMPLE_RATE_HZ // 5
TAIL_SAMPLES = 40 * SAMPLE_RATE_HZ  # a recogniser's window and some more, read again and again
BACKLOG_SAMPLES = 300 * SAMPLE_RATE_HZ  # kept in memory while the disk refuses: 9.6 MB
UNSYNCED_BYTES = 8 << 20
RETRY_S = 0.5


def spool_path(directory: Path, track: Track) -> Path:
    """Where a session's track is kept."""
    return directory / f"{track.value}.spool"


def to_pcm(samples: NDArray[np.float32]) -> Pcm:
    """float32 in [-1, 1] as int16, rounded; what lies beyond is cut."""
    scaled = np.rint(np.clip(samples, -1.0, 1.0) * 32767.0)
    pcm: Pcm = scaled.astype(np.int16)
    return pcm


@dataclass(slots=True)
class _Frame:
    """A frame that is not on file yet."""

    kind: FrameKind
    first_sample: int
    samples: int
    payload: bytes = b""
    cause: str = ""


class SpoolWriter:
    """Appends to one track's timeline.  `append*` and `flush` belong to one thread.

    Args:
        file: an empty spool file.
        path: where it lies, for messages and readers.
        track: which track it holds.
        backlog_samples: how much sound may wait in memory while the disk refuses.
    """

    def __init__(
        self, file: SpoolFile, path: Path, track: Track, *, backlog_samples: int = BACKLOG_SAMPLES
    ) -> None:
        self.path = path
        self.track = track
        self.index = SpoolIndex(TAIL_SAMPLES)
        self._file = file
        self._file_lock = threading.Lock()
        self._backlog_limit = backlog_samples
        self._backlog: deque[_Frame] = deque()
        self._backlog_samples = 0
        self._pending: list[Pcm] = []
        self._pending_samples = 0
        self._sequence = 0
        self._retry_after_s = 0.0
        self._unsynced: deque[tuple[int, bytes]] = deque()
        self._unsynced_bytes = 0
        self._rewrite = False
        self._confirmed_bytes = 0  # of the file, by the last good sync
        self._pushed_out_bytes = 0  # up to here pieces left the memory, confirmed or not
        self._uncertain = False  # a sync failed then: what was not confirmed may be gone
        self._sync_began_s: float | None = None
        self._durable_samples = 0
        self._fault: OSError | None = None
        self._closed = False
        self._name_synced = False

    @classmethod
    def create(
        cls,
        directory: Path,
        track: Track,
        *,
        wall_s: float,
        open_file: Callable[[Path], SpoolFile] = SpoolFile,
        backlog_samples: int = BACKLOG_SAMPLES,
    ) -> SpoolWriter:
        """Starts a new spool in `directory` (created when missing).

        Raises:
            StorageError: the directory cannot be written, or the track was recorded already.
        """
        path = spool_path(directory, track)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            file = open_file(path)
        except FileExistsError as error:
            raise StorageError(
                f"{path} exists already; a recording is never overwritten.",
                hint="Start a new session.",
                code="storage.exists",
            ) from error
        except OSError as error:
            raise _cannot_write(path, error) from error
        writer = cls(file, path, track, backlog_samples=backlog_samples)
        try:
            writer._start(wall_s)
        except OSError as error:
            file.close()
            raise _cannot_write(path, error) from error
        return writer

    @property
    def samples(self) -> int:
        """Length of the timeline so far."""
        return self.index.samples

    @property
    def durable_samples(self) -> int:
        """How much of the timeline survives a power cut."""
        return self._durable_samples

    @property
    def fault(self) -> OSError | None:
        """Why the disk does not take the sound at this moment; None when it does."""
        return self._fault

    @property
    def sync_held_s(self) -> float:
        """For how long the disk has not answered; 0 while it is not asked."""
        began_s = self._sync_began_s
        return time.monotonic() - began_s if began_s is not None else 0.0

    @property
    def waiting(self) -> bool:
        """Something is not on file yet."""
        return bool(self._backlog or self._pending)

    @property
    def lost_samples(self) -> int:
        """Sound that the disk still refused when the spool was closed."""
        return self._backlog_samples if self._closed else 0

    def has_room(self, count: int) -> bool:
        """Whether `append` would take so many samples now, on the disk or in memory."""
        return self._backlog_samples + self._pending_samples + count <= self._backlog_limit

    def append(self, samples: NDArray[np.float32]) -> bool:
        """Adds sound.

        Returns:
            False when neither disk nor memory could take it: it became a ``storage`` gap.
        """
        if not self.has_room(len(samples)):
            self._write_backlog()
            if not self.has_room(len(samples)):
                self.append_gap(len(samples), "storage")
                return False
        pcm = to_pcm(samples)
        with self.index.condition:
            self.index.extend_sound(pcm)
        self._pending.append(pcm)
        self._pending_samples += len(pcm)
        if self._pending_samples >= FRAME_SAMPLES:
            self.flush()
        return True

    def append_gap(self, count: int, cause: str) -> None:
        """Adds `count` samples without sound."""
        self._append_zeros(FrameKind.GAP, count, cause)

    def append_silence(self, count: int) -> None:
        """Adds `count` samples during which the source was silent by nature."""
        self._append_zeros(FrameKind.SILENCE, count, "")

    def flush(self) -> None:
        """Gives everything appended so far to the operating system."""
        if self._pending:
            pcm = np.concatenate(self._pending)
            payload = pcm.astype("<i2", copy=False).tobytes()
            first = self.index.samples - len(pcm)
            with self.index.condition:
                # The payload now backs the reader's copy too: one copy in memory, not two.
                self.index.merge_memory(len(self._pending), np.frombuffer(payload, dtype="<i2"))
            self._pending = []
            self._pending_samples = 0
            self._enqueue(_Frame(FrameKind.PCM, first, len(pcm), payload))
        self._write_backlog()

    def sync(self) -> bool:
        """Puts what was written on the disk.  May run on another thread than `append`.

        Returns:
            False when the disk refused; what was not confirmed is written again next time.
        """
        with self._file_lock:
            pieces = list(self._unsynced)
            target_samples = self.index.file_samples
            if not pieces:
                return True
            try:
                if self._rewrite:
                    # After a failed sync the system may have dropped the pages: write them again.
                    for offset, data in pieces:
                        self._file.write_at(offset, data)
                    self._rewrite = False
            except OSError as error:
                self._note_fault(error)
                return False
        self._sync_began_s = time.monotonic()
        try:
            self._file.sync()
            if not self._name_synced:
                sync_directory(self.path.parent)
                self._name_synced = True
        except OSError as error:
            with self._file_lock:
                self._rewrite = True
                self._uncertain |= self._pushed_out_bytes > self._confirmed_bytes
                self._note_fault(error)
            return False
        finally:
            self._sync_began_s = None
        with self._file_lock:
            for _, data in pieces:
                # The bound may have pushed some of them out already.
                if self._unsynced and self._unsynced[0][1] is data:
                    self._unsynced.popleft()
                    self._unsynced_bytes -= len(data)
            self._confirmed_bytes = pieces[-1][0] + len(pieces[-1][1])
            if not self._uncertain:
                self._durable_samples = target_samples
            if not self._backlog:
                self._clear_fault()
        return True

    def close(self) -> None:
        """Writes the end mark, syncs and closes.  What the disk still refuses is lost here.

        Idempotent.
        """
        if self._closed:
            return
        self._closed = True
        self.flush()
        self._retry_after_s = 0.0
        self._enqueue(_Frame(FrameKind.END, self.index.samples, 0))
        self._write_backlog()
        self.sync()
        if self._backlog:
            _log.error("%s: %d samples could not be kept", self.path.name, self._backlog_samples)
        with self.index.condition:
            self.index.finished = True
            self.index.condition.notify_all()
        self._file.close()

    def _start(self, wall_s: float) -> None:
        header = pack_file_header(self.track.value, wall_s)
        self._file.write_at(0, header)
        self._unsynced.append((0, header))
        self._unsynced_bytes += len(header)
        self.index.file_bytes = FILE_HEADER_BYTES

    def _append_zeros(self, kind: FrameKind, count: int, cause: str) -> None:
        if count <= 0:
            return
        self.flush()
        with self.index.condition:
            first = self.index.samples
            self.index.extend_zeros(count, cause)
        last = self._backlog[-1] if self._backlog else None
        if last is not None and last.kind == kind and last.cause == cause:
            last.samples += count
        else:
            self._enqueue(_Frame(kind, first, count, cause=cause))
        self._write_backlog()

    def _enqueue(self, frame: _Frame) -> None:
        self._backlog.append(frame)
        self._backlog_samples += len(frame.payload) // 2

    def _write_backlog(self) -> None:
        """Writes what waits, oldest first, until done or refused."""
        if self._fault is not None and time.monotonic() < self._retry_after_s:
            return
        while self._backlog:
            frame = self._backlog[0]
            data = pack_frame(
                frame.kind,
                self._sequence,
                frame.first_sample,
                frame.samples,
                payload=frame.payload,
                cause=frame.cause,
            )
            offset = self.index.file_bytes
            with self._file_lock:
                if self._rewrite and self._unsynced_bytes >= UNSYNCED_BYTES and not self._closed:
                    return  # what must be written again stays in memory: this waits behind it
                try:
                    self._file.write_at(offset, data)
                except OSError as error:
                    self._note_fault(error)
                    self._retry_after_s = time.monotonic() + RETRY_S
                    return
                self._remember_unsynced(offset, data)
            self._sequence += 1
            self._backlog.popleft()
            self._backlog_samples -= len(frame.payload) // 2
            with self.index.condition:
                self.index.frame_on_file(frame.first_sample, frame.samples, offset, len(data))
        with self._file_lock:
            if not self._rewrite:
                self._clear_fault()

    def _remember_unsynced(self, offset: int, data: bytes) -> None:
        self._unsynced.append((offset, data))
        self._unsynced_bytes += len(data)
        while self._unsynced_bytes > UNSYNCED_BYTES and (self._closed or not self._rewrite):
            offset, data = self._unsynced.popleft()
            self._unsynced_bytes -= len(data)
            self._pushed_out_bytes = offset + len(data)

    def _note_fault(self, error: OSError) -> None:
        if self._fault is None:
            _log.error("%s cannot be written: %s", self.path, error)
        self._fault = error

    def _clear_fault(self) -> None:
        if self._fault is not None:
            _log.warning("%s can be written again", self.path)
        self._fault = None


def _cannot_write(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"The recording cannot be written to {path.parent}: {error.strerror or error}",
        hint="Free some space or make the folder writable.",
        code="storage.spool",
    )
