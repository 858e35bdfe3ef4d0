"""Errors that a person will read: what happened, why, and what to do about it.

Every error raised on purpose across a module boundary is a `MalgeulError`.  The command line shows
`message` and `hint` as they stand, the window in its language (``messages_ko.json`` has each of
them); the traceback goes to the log only.
"""

from __future__ import annotations


class MalgeulError(Exception):
    """Base of all expected failures.

    Args:
        message: what happened and why, one sentence.
        hint: what the user can do about it; may be empty.
        code: a stable dotted identifier (``audio.no_device``) for scripts, tests and translation.
    """

    code = "error"

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code


class AudioError(MalgeulError):
    """A sound device or stream cannot be used."""

    code = "audio"


class MediaError(MalgeulError):
    """A media file cannot be read."""

    code = "media"


class ModelError(MalgeulError):
    """A recognition model is missing, damaged or does not fit the machine."""

    code = "model"


class RecogniserError(MalgeulError):
    """The decoder failed on a piece of audio."""

    code = "recogniser"


class StorageError(MalgeulError):
    """Something cannot be read from or written to the data directory."""

    code = "storage"


class SettingsError(MalgeulError):
    """A setting has a value that cannot work."""

    code = "settings"


class NotFoundError(MalgeulError):
    """A session, segment, model or device that was asked for does not exist."""

    code = "not_found"


class ServiceError(MalgeulError):
    """A local service cannot be described, started or reached."""

    code = "service"


class DocumentError(MalgeulError):
    """A document cannot be read or shown."""

    code = "document"
