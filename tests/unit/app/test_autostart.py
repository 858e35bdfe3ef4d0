"""Starting with the session: the file that the desktop reads, and what people do to it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.app import autostart
from desktop.errors import StorageError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a registry value there")


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the desktop looks, in a home of the test's own with a difficult name."""
    config = tmp_path / "내 설정"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
    return config / "autostart" / "malgeul.desktop"


def test_on_and_off_again(entry: Path) -> None:
    assert not autostart.is_on()
    autostart.switch(True)
    assert autostart.is_on()
    assert [path.name for path in entry.parent.iterdir()] == ["malgeul.desktop"]
    autostart.switch(True)
    autostart.switch(False)
    assert not entry.exists()
    autostart.switch(False)


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled = false"])
def test_what_the_desktop_switched_off_is_off(entry: Path, line: str) -> None:
    autostart.switch(True)
    text = entry.read_text(encoding="utf-8").replace("X-GNOME-Autostart-enabled=true", line)
    entry.write_text(text, encoding="utf-8")
    assert not autostart.is_on()
    autostart.switch(True)
    assert autostart.is_on()


def test_without_a_setting_it_is_below_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    autostart.switch(True)
    assert (tmp_path / ".config" / "autostart" / "malgeul.desktop").is_file()


def test_the_same_data_directory_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert f"MALGEUL_HOME={tmp_path}" in autostart.command({"MALGEUL_HOME": str(tmp_path)})
    assert not [word for word in autostart.command({}) if "MALGEUL_HOME" in word]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert autostart.command({}) == [sys.executable]


def test_a_folder_that_cannot_be_written_is_named(entry: Path) -> None:
    """faults: S43"""
    entry.parent.parent.mkdir()
    entry.parent.write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(StorageError) as failed:
        autostart.switch(True)
    assert "autostart" in failed.value.hint


DIFFICULT = ["a b", "50%", "$HOME", "`id`", 'say "hi"', "back\\slash", "말글", "it's", ";", ""]


@pytest.mark.skipif(shutil.which("gio") is None, reason="gio starts desktop entries")
def test_a_desktop_starts_exactly_these_words(tmp_path: Path) -> None:
    """GLib reads the entry as GNOME does at login."""
    heard = tmp_path / "heard"
    words = [sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write(repr(sys.argv[2:]))"]
    path = tmp_path / "try.desktop"
    path.write_text(
        "[Desktop Entry]\nType=Application\nName=try\n"
        f"Exec={autostart.exec_line([*words, str(heard), *DIFFICULT])}\n",
        encoding="utf-8",
    )
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    subprocess.run(
        ["gio", "launch", str(path)], check=True, timeout=60, env={**environment, "LANG": "C.UTF-8"}
    )
    wait = f"for i in $(seq 200); do [ -s '{heard}' ] && exit 0; sleep 0.1; done; exit 1"
    subprocess.run(["sh", "-c", wait], check=True)
    assert heard.read_text(encoding="utf-8") == repr(DIFFICULT)


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="desktop-file-utils")
def test_the_entry_is_a_valid_one(entry: Path) -> None:
    autostart.switch(True)
    done = subprocess.run(
        ["desktop-file-validate", str(entry)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
