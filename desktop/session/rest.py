"""The rest of a media file whose transcription was interrupted.

A session made from a file keeps a note of that file until it is decoded to its end.  Afterwards
an unchanged file is decoded anew from its beginning, quicker than it is recognised, so recognition
goes on where it stopped.  Used on the recogniser's thread.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from desktop.engine.audio.media import BLOCK_SAMPLES, MediaReader
from desktop.engine.audio.spool import SpoolWriter, spool_path
from desktop.engine.audio.spool_reader import SpoolReader, recover
from desktop.engine.store.durable import replace_file, sync_directory
from desktop.errors import MediaError, StorageError
from desktop.events import SAMPLE_RATE_HZ, NoticeRaised, Severity, Track
from desktop.session.sink import Publish

_log = logging.getLogger(__name__)

NOTE = "origin.json"
_FOLDER = "rest"  # in the session's: the file decoded anew, until it is taken over


@dataclass(frozen=True, slots=True)
class Origin:
    """Which file a session is made from, and how it is told whether it is still the same."""

    path: str
    size_bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> Origin:
        """The file as it is now.

        Raises:
            OSError: it is not there.
        """
        found = path.stat()
        return cls(str(path.absolute()), found.st_size, found.st_mtime_ns)

    @classmethod
    def noted(cls, folder: Path) -> Origin | None:
        """The file that this session has not decoded to its end; None: there is none."""
        try:
            raw = json.loads((folder / NOTE).read_text(encoding="utf-8"))
            return cls(str(raw["path"]), int(raw["size_bytes"]), int(raw["mtime_ns"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("which file a session is made from cannot be read: %s", error)
            return None

    def changed(self) -> str:
        """Why the file cannot be gone on with, as a sentence; empty when it can."""
        try:
            now = Origin.of(Path(self.path))
        except OSError:
            return "The file is not there any more."
        return "" if now == self else "The file has changed since."


def note_origin(folder: Path, path: Path) -> None:
    """Remembers the file until `forget_origin`; without the note its rest could not be found."""
    try:
        replace_file(folder / NOTE, json.dumps(asdict(Origin.of(path))).encode("utf-8"))
    except OSError as error:
        _log.warning("which file the session is made from was not noted: %s", error)


def forget_origin(folder: Path) -> None:
    """The file is decoded to its end, or its rest is not wanted."""
    try:
        (folder / NOTE).unlink(missing_ok=True)
    except OSError as error:
        _log.warning("a session's note about its file stays: %s", error)


def take_over(folder: Path) -> None:
    """Puts a rest that was decoded where the session's sound belongs, if there is more in it.

    The sound that was there stays until that moment, so the program may end at any other.

    Raises:
        StorageError: the present sound cannot be read or replaced; both are left as they were.
    """
    fresh, kept = spool_path(folder / _FOLDER, Track.FILE), spool_path(folder, Track.FILE)
    if not fresh.exists():
        shutil.rmtree(folder / _FOLDER, ignore_errors=True)
        return
    before = recover(kept).samples if kept.exists() else -1
    try:
        after = recover(fresh).samples
    except StorageError as error:
        _log.warning("the decoded rest of a file is left out: %s", error)
        after = -1
    if after > before:
        try:
            os.replace(fresh, kept)
            sync_directory(folder)
        except OSError as error:
            raise StorageError(
                f"The recording {kept} cannot be replaced: {error.strerror or error}",
                hint="Stop what plays it, or make the folder writable, then recover it again.",
                code="storage.spool",
            ) from error
    shutil.rmtree(folder / _FOLDER, ignore_errors=True)


class FileRest:
    """A file being decoded anew, beside the sound that its session has.

    Args:
        origin: the file, unchanged.
        folder: the session's folder, in which `take_over` was called.
        publish: receives notices.

    Raises:
        MediaError: the file cannot be read.
        StorageError: the spool cannot be written.
    """

    def __init__(self, origin: Origin, folder: Path, publish: Publish) -> None:
        self._folder = folder
        self._publish = publish
        self._media = MediaReader(Path(origin.path))
        self._blocks = iter(self._media)
        self.ended = False  # decoded, and all of it is on disk
        self._over = False
        self._closed = False
        try:
            wall_s = origin.mtime_ns / 1e9
            self._writer = SpoolWriter.create(folder / _FOLDER, Track.FILE, wall_s=wall_s)
        except BaseException:
            self._media.close()
            raise
        self.reader = SpoolReader(self._writer.path, self._writer.index)

    @property
    def duration_s(self) -> float:
        """How much is decoded."""
        return self._writer.samples / SAMPLE_RATE_HZ

    @property
    def total_s(self) -> float:
        """The whole file's length, as far as it is known."""
        return max(self._media.info.duration_s or 0.0, self.duration_s)

    def read(self, until_s: float) -> None:
        """Decodes up to `until_s`, or to the end; less while the disk takes no more."""
        writer = self._writer
        while not self._over and self.duration_s < until_s and writer.has_room(BLOCK_SAMPLES):
            try:
                block = next(self._blocks, None)
            except MediaError as error:
                self._publish(
                    NoticeRaised(Severity.WARNING, "media.damaged", error.message, error.hint)
                )
                block = None
            if block is None:
                self._over = True
            else:
                writer.append(block)
        if self.ended:
            return
        writer.flush()
        if self._over and not writer.waiting:
            self.ended = True
            writer.close()

    def close(self) -> bool:
        """Closes the file and takes its sound over.  Idempotent.

        Returns:
            False when the sound could not be taken over: the session is not whole yet.
        """
        if self._closed:
            return True
        self._closed = True
        self._writer.close()
        self.reader.close()
        self._media.close()
        try:
            take_over(self._folder)
        except StorageError as error:
            self._publish(NoticeRaised(Severity.ERROR, "media.rest", error.message, error.hint))
            return False
        if self.ended:
            forget_origin(self._folder)
        return True
