"""The spool's writer: one track's sound on disk as it comes.  Recorder thread, plus one for sync.

The file only grows.  Sound waits at most a fifth of a second for its frame, `sync` puts what was
written beyond the operating system's cache.  When the disk is full or fails, frames wait in memory
up to a stated bound and are written when space returns; what does not fit becomes a gap named
``storage``.  Readers (`SpoolReader`) see every sample at once, wherever it is.
"""

from __future__ import annotations

import io
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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


class SpoolFile:
    """The file under a spool: positioned writes and sync, nothing else.

    A partial write counts as none: the next write goes to the same place.
    """

    def __init__(self, path: Path) -> None:
        self._file = io.FileIO(os.open(path, _OPEN_FLAGS, 0o600), "wb")

    def write_at(self, offset: int, data: bytes) -> None:
        """Writes all of `data` at `offset` or raises OSError."""
        self._file.seek(offset)
        view = memoryview(data)
        while view:
            written = self._file.write(view)
            view = view[written or 0 :]

    def sync(self) -> None:
        """Blocks until what was written is on the disk."""
        if hasattr(os, "fdatasync"):
            os.fdatasync(self._file.fileno())
        else:  # Windows
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


_OPEN_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_OPEN_FLAGS |= getattr(os, "O_CLOEXEC", 0)


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
        self._pushed_out = False  # unconfirmed pieces left the memory since the last good sync
        self._uncertain = False  # and a sync failed then: what they held may be gone
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

    def append(self, samples: NDArray[np.float32]) -> bool:
        """Adds sound.

        Returns:
            False when neither disk nor memory could take it: it became a ``storage`` gap.
        """
        if self._backlog_samples + self._pending_samples + len(samples) > self._backlog_limit:
            self._write_backlog()
            if self._backlog_samples + self._pending_samples + len(samples) > self._backlog_limit:
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
        try:
            self._file.sync()
            if not self._name_synced:
                _sync_directory(self.path.parent)
                self._name_synced = True
        except OSError as error:
            with self._file_lock:
                self._rewrite = True
                self._uncertain = self._uncertain or self._pushed_out
                self._note_fault(error)
            return False
        with self._file_lock:
            for _, data in pieces:
                # The bound may have pushed some of them out already.
                if self._unsynced and self._unsynced[0][1] is data:
                    self._unsynced.popleft()
                    self._unsynced_bytes -= len(data)
            self._pushed_out = False
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
            self._unsynced_bytes -= len(self._unsynced.popleft()[1])
            self._pushed_out = True

    def _note_fault(self, error: OSError) -> None:
        if self._fault is None:
            _log.error("%s cannot be written: %s", self.path, error)
        self._fault = error

    def _clear_fault(self) -> None:
        if self._fault is not None:
            _log.warning("%s can be written again", self.path)
        self._fault = None


def _sync_directory(directory: Path) -> None:
    """The file's name must survive a power cut too, not only its bytes."""
    if os.name == "posix":
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _cannot_write(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"The recording cannot be written to {path.parent}: {error.strerror or error}",
        hint="Free some space or make the folder writable.",
        code="storage.spool",
    )
