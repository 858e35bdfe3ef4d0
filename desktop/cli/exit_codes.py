"""What the exit code of a command means.  Stable: scripts rely on it."""

from __future__ import annotations

from enum import IntEnum

from desktop.errors import (
    AudioError,
    MalgeulError,
    ModelError,
    NotFoundError,
    SettingsError,
    StorageError,
)


class ExitCode(IntEnum):
    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NO_MODEL = 4
    NO_DEVICE = 5
    STORAGE = 6
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "failed; the message says why",
    ExitCode.USAGE: "wrong use of the command line",
    ExitCode.NOT_FOUND: "what was named does not exist, or nothing was found",
    ExitCode.NO_MODEL: "no usable recognition model: nothing was transcribed, or not to the end",
    ExitCode.NO_DEVICE: "no usable sound device",
    ExitCode.STORAGE: "data or output cannot be read or written, or sound was lost",
    ExitCode.INTERRUPTED: "interrupted by Ctrl+C or SIGTERM; what was done is kept",
}

# What keeps a model from being fetched, imported or removed says nothing of those that are there.
_FAILED_CODES = frozenset(
    {"model.offline", "model.server", "model.endpoint", "model.cancelled"}
    | {"model.exists", "model.busy"}
)
_STORAGE_CODES = frozenset({"model.storage", "model.space"})
_BY_KIND = (
    (NotFoundError, ExitCode.NOT_FOUND),
    (ModelError, ExitCode.NO_MODEL),
    (AudioError, ExitCode.NO_DEVICE),
    (StorageError, ExitCode.STORAGE),
    (SettingsError, ExitCode.USAGE),
)


def exit_code_for(error: MalgeulError) -> ExitCode:
    """The exit code that tells a script what kind of failure `error` is."""
    if error.code.split(".")[0] == "not_found":
        return ExitCode.NOT_FOUND
    if error.code in _STORAGE_CODES:
        return ExitCode.STORAGE
    if error.code in _FAILED_CODES:
        return ExitCode.FAILED
    for kind, exit_code in _BY_KIND:
        if isinstance(error, kind):
            return exit_code
    return ExitCode.FAILED


def epilog() -> str:
    """The table of exit codes for ``--help``."""
    rows = "\n".join(f"  {code.value:>3}  {meaning}" for code, meaning in MEANINGS.items())
    return f"\b\nExit codes:\n{rows}"
