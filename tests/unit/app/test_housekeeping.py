"""Backups that nobody has to think of."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from desktop.app.housekeeping import Housekeeping
from desktop.engine.store.store import TranscriptStore


def test_a_backup_a_day_after_something_was_recorded(
    tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    with TranscriptStore.open(tmp_path / "t.db", backups_directory=tmp_path / "backups") as store:
        keeping = Housekeeping(store)
        assert keeping.due(time.time())
        keeping.start()
        try:
            keeping.session_finished()
            wait_until(store.list_backups)
            assert not keeping.due(time.time())
            assert keeping.due(time.time() + 25 * 3600)
        finally:
            keeping.stop()
        assert len(store.list_backups()) == 1


def test_a_backup_made_while_the_clock_was_wrong_does_not_count(tmp_path: Path) -> None:
    with TranscriptStore.open(tmp_path / "t.db", backups_directory=tmp_path / "backups") as store:
        made = store.backup()
        next_year = time.time() + 365 * 24 * 3600
        os.utime(made, (next_year, next_year))
        assert Housekeeping(store).due(time.time())


def test_stopping_what_was_never_started(tmp_path: Path) -> None:
    with TranscriptStore.open(tmp_path / "t.db") as store:
        Housekeeping(store).stop()
