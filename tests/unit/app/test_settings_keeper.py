"""Settings reach the disk without anybody waiting, and the last state always does."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop import settings as settings_file
from desktop.app.application import Application
from desktop.app.settings_keeper import UNSAVED_NOTICE, SettingsKeeper
from desktop.events import Event, NoticeCleared, NoticeRaised
from desktop.paths import Paths
from desktop.settings import Settings


class SlowDisk:
    """Every sync waits until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go_on = threading.Event()
        self.threads: list[str] = []
        sync = os.fsync

        def wait(descriptor: int) -> None:
            self.threads.append(threading.current_thread().name)
            assert self.go_on.wait(30)
            sync(descriptor)

        monkeypatch.setattr(os, "fsync", wait)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    disk = SlowDisk(monkeypatch)
    yield disk
    disk.go_on.set()


def size(path: Path) -> float:
    return settings_file.read(path).settings.overlay.font_size_pt


def sized(points: float) -> Settings:
    settings = Settings()
    settings.overlay.font_size_pt = points
    return settings


def test_nobody_waits_for_the_disk_and_the_last_state_is_kept(
    tmp_path: Path, slow: SlowDisk
) -> None:
    path = tmp_path / "settings.json"
    keeper = SettingsKeeper(path, lambda _: None)
    settings = sized(20)
    for points in range(20, 40):
        settings.overlay.font_size_pt = points
        keeper.keep(settings)
    settings.overlay.font_size_pt = 90  # changed, and not saved
    slow.go_on.set()
    keeper.close()
    assert size(path) == 39
    assert threading.current_thread().name not in slow.threads
    assert len(slow.threads) <= 2 * 3, "states that later ones replace are not written"


def test_what_comes_after_the_end_is_written_at_once(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    keeper = SettingsKeeper(path, lambda _: None)
    keeper.keep(sized(20))
    keeper.close()
    keeper.keep(sized(30))
    assert size(path) == 30
    keeper.close()
    assert size(path) == 30


def test_a_disk_that_refuses_is_told_of_and_tried_again_in_the_end(
    tmp_path: Path, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    folder, told = tmp_path / "home", list[Event]()
    folder.write_text("in the way", encoding="utf-8")
    keeper = SettingsKeeper(folder / "settings.json", told.append)
    keeper.keep(sized(20))
    wait_until(lambda: told)
    assert isinstance(told[0], NoticeRaised)
    assert told[0].code == UNSAVED_NOTICE
    assert "could not be saved" in told[0].message
    folder.unlink()
    keeper.close()
    assert size(folder / "settings.json") == 20
    assert told[1:] == [NoticeCleared(UNSAVED_NOTICE)]


def test_the_application_saves_without_waiting_and_ends_with_all_saved(
    home: Path, slow: SlowDisk
) -> None:
    slow.go_on.set()
    application = Application.open(Paths(home))
    slow.go_on.clear()
    application.settings.overlay.font_size_pt = 33
    application.save_settings()
    slow.go_on.set()
    application.close()
    application.close_store()
    assert size(Paths(home).settings) == 33
