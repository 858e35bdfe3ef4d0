"""The rest of a media file whose transcription was interrupted.

A session made from a file keeps a note of that file until it is decoded to its end.  Afterwards
an unchanged file is decoded anew from its beginning, quicker than it is recognised, so recognition
goes on where it stopped.  Used on the recogniser's thread.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from desktop.engine.audio.media import MediaReader
from desktop.engine.audio.spool import SpoolWriter, spool_path
from desktop.engine.audio.spool_reader import SpoolReader
from desktop.errors import MediaError
from desktop.events import SAMPLE_RATE_HZ, NoticeRaised, Severity, Track
from desktop.session.sink import Publish

_log = logging.getLogger(__name__)

NOTE = "origin.json"


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
    temporary = folder / f"{NOTE}.new"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(asdict(Origin.of(path)), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / NOTE)
    except OSError as error:
        _log.warning("which file the session is made from was not noted: %s", error)


def forget_origin(folder: Path) -> None:
    """The file is decoded to its end, or its rest is not wanted."""
    try:
        (folder / NOTE).unlink(missing_ok=True)
    except OSError as error:
        _log.warning("a session's note about its file stays: %s", error)


class FileRest:
    """A file being decoded anew into a fresh spool of its session.

    Args:
        origin: the file, unchanged.
        folder: the session's folder.
        publish: receives notices.

    Raises:
        MediaError: the file cannot be read; the old spool is left as it was.
        StorageError: the spool cannot be written.
    """

    def __init__(self, origin: Origin, folder: Path, publish: Publish) -> None:
        self._folder = folder
        self._publish = publish
        self._media = MediaReader(Path(origin.path))
        self._blocks = iter(self._media)
        self.ended = False
        try:
            spool_path(folder, Track.FILE).unlink(missing_ok=True)
            wall_s = origin.mtime_ns / 1e9
            self._writer = SpoolWriter.create(folder, Track.FILE, wall_s=wall_s)
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
        """Decodes up to `until_s`, or to the end."""
        while not self.ended and self.duration_s < until_s:
            try:
                block = next(self._blocks, None)
            except MediaError as error:
                self._publish(
                    NoticeRaised(Severity.WARNING, "media.damaged", error.message, error.hint)
                )
                block = None
            if block is None:
                self.ended = True
                self._writer.close()
                forget_origin(self._folder)
                return
            self._writer.append(block)
        self._writer.flush()

    def close(self) -> None:
        """Ends the spool and closes the file.  Idempotent."""
        self._writer.close()
        self._media.close()
