"""The data directory, the database in it, its settings and the logs."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.engine.doctor.finding import Finding, State
from desktop.errors import StorageError
from desktop.paths import Paths

if TYPE_CHECKING:
    from desktop.settings import Settings

LOW_BYTES = 2_000_000_000  # a model or a day of recording no longer fits
EMPTY_BYTES = 200_000_000
GIGABYTE = 1e9


def check(paths: Paths) -> Iterator[Finding]:
    yield _directory(paths)
    yield _sqlite()
    if not _may_look_into(paths.root):
        return  # said with the directory
    yield _space(paths)
    yield _database(paths)
    yield _settings(paths)
    yield _log(paths)


def _may_look_into(root: Path) -> bool:
    try:
        (root / "any").exists()
    except OSError:
        return False
    return True


def _existing(path: Path) -> Path:
    """`path`, or the nearest folder above it that exists; one that nobody may look at does."""
    with contextlib.suppress(OSError):
        while not path.exists() and path != path.parent:
            path = path.parent
    return path


def _directory(paths: Paths) -> Finding:
    title = "Data directory"
    existing = _existing(paths.root)
    try:
        with tempfile.TemporaryFile(dir=existing) as probe:
            probe.write(b"malgeul")
    except OSError as error:
        return Finding(
            "data_directory",
            title,
            State.FAIL,
            f"{paths.root} cannot be written: {error.strerror or error}",
            "Make the folder writable, or choose another one with the variable MALGEUL_HOME.",
        )
    note = "" if paths.root.exists() else " (made at the first use)"
    return Finding("data_directory", title, State.OK, f"{paths.root}{note}")


def _space(paths: Paths) -> Finding:
    free = shutil.disk_usage(_existing(paths.root)).free
    detail = f"{free / GIGABYTE:.1f} GB free"
    if free >= LOW_BYTES:
        return Finding("disk_space", "Disk space", State.OK, detail)
    return Finding(
        "disk_space",
        "Disk space",
        State.FAIL if free < EMPTY_BYTES else State.WARN,
        detail,
        "Free some space. A recorded hour takes about 120 MB a track, a model 0.1 to 3 GB.",
    )


def _sqlite() -> Finding:
    import apsw

    from desktop.engine.store.database import check_sqlite_version

    try:
        check_sqlite_version()
    except StorageError as error:
        return Finding("sqlite", "SQLite", State.FAIL, error.message, error.hint)
    return Finding("sqlite", "SQLite", State.OK, apsw.sqlite_lib_version())


def _database(paths: Paths) -> Finding:
    from desktop.engine.store.presence import is_missing
    from desktop.engine.store.store import TranscriptStore

    title = "Transcripts"
    if not paths.database.exists() and not is_missing(paths.database):
        return Finding("database", title, State.OK, "none yet")
    try:
        with TranscriptStore.open(paths.database, read_only=True) as store:
            wrong = store.verify()
            count = len(store.sessions())
            interrupted = len(store.recoverable_sessions())
    except StorageError as error:
        if error.code == "storage.older":
            return Finding("database", title, State.OK, f"{paths.database}, an earlier format")
        return Finding("database", title, State.FAIL, error.message, error.hint)
    if wrong:
        return Finding(
            "database",
            title,
            State.FAIL,
            f"{paths.database} is damaged: {wrong[0]}",
            f"Restore a backup from {paths.backups}; keep the damaged file.",
        )
    detail = f"{paths.database}, {count} sessions, sound"
    if interrupted:
        return Finding(
            "database",
            title,
            State.WARN,
            f"{detail}; {interrupted} interrupted or recording",
            fix="If nothing is being recorded now: malgeul sessions recover",
        )
    return Finding("database", title, State.OK, detail)


def _settings(paths: Paths) -> Finding:
    title = "Settings"
    if not paths.settings.exists():
        return Finding("settings", title, State.OK, "the defaults")
    try:
        read_settings(paths)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        return Finding(
            "settings",
            title,
            State.WARN,
            f"{paths.settings} cannot be used: {reason}",
            fix="The defaults apply. Correct the file, which is kept as settings.json.bad.",
        )
    return Finding("settings", title, State.OK, str(paths.settings))


def read_settings(paths: Paths) -> Settings:
    """The settings as they stand; unlike `settings.load` this leaves a damaged file alone.

    Raises:
        OSError, ValueError: they cannot be read, or say what is not understood.
    """
    from desktop.settings import Settings

    if not paths.settings.exists():
        return Settings()
    return Settings.model_validate(json.loads(paths.settings.read_text(encoding="utf-8-sig")))


def _log(paths: Paths) -> Finding:
    """The folder of the logs and what lies in it: each kind of process writes its own."""
    files = [*paths.logs.glob("*.log"), *paths.service_logs.glob("*.log")]
    names = ", ".join(sorted(str(file.relative_to(paths.logs)) for file in files))
    return Finding("log", "Logs", State.OK, f"{paths.logs} ({names or 'none yet'})")
