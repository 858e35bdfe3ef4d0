"""Settings of other versions, and damaged ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desktop.settings import Settings, load, read, save

# As an earlier version saved them: without the sections that came later.
EARLY = {
    "audio": {"source": "mic", "microphone": "USB", "keep_audio": False},
    "recognition": {"model": "turbo", "language": "en", "threads": 2},
    "overlay": {"positions": {"HDMI-1": [10, 20, 800, 120]}},
}


def write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def test_settings_of_an_earlier_version_stay(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    write(path, EARLY)
    settings = load(path)
    assert (settings.audio.source, settings.audio.keep_audio) == ("mic", False)
    assert (settings.recognition.model, settings.recognition.threads) == ("turbo", 2)
    assert settings.overlay.positions == {"HDMI-1": (10, 20, 800, 120)}
    assert settings.web == Settings().web
    assert not path.with_suffix(".json.bad").exists()


def test_what_a_newer_version_added_survives_a_save(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    write(path, {"audio": {"echo_removal": True}, "speakers": {"names": ["김 부장"]}})
    save(load(path), path)
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["audio"]["echo_removal"] is True
    assert kept["speakers"] == {"names": ["김 부장"]}


@pytest.mark.parametrize(
    ("refused", "path_to_it"),
    [
        ({"recognition": {"device": "npu"}}, ("recognition", "device")),
        ({"web": {"max_clients": 10**6}}, ("web", "max_clients")),
        ({"overlay": {"positions": {"DP-1": [1, 2, 3]}}}, ("overlay", "positions")),
        ({"keywords": "off"}, ("keywords",)),
        ({"ingest": {"watched": ["/a", 5]}}, ("ingest", "watched")),
    ],
)
def test_one_value_that_is_not_understood_costs_only_itself(
    tmp_path: Path, refused: dict[str, object], path_to_it: tuple[str, ...]
) -> None:
    """faults: S50"""
    path = tmp_path / "settings.json"
    write(path, {"interface": {"language": "en"}, **refused})
    before = path.read_bytes()
    settings = load(path)
    assert settings.interface.language == "en"
    found, expected = settings, Settings()
    for name in path_to_it:
        found, expected = getattr(found, name), getattr(expected, name)
    assert found == expected
    assert path.with_suffix(".json.bad").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b'{"audio": {"sour', b"[]", b"\xff\xfe", b"null", b"7"])
def test_a_damaged_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    """faults: S50"""
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    assert load(path) == Settings()
    assert path.with_suffix(".json.bad").read_bytes() == content


def test_a_file_saved_by_an_editor_that_marks_utf_8_is_read(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"audio": {"source": "mic"}}', encoding="utf-8-sig")
    assert load(path).audio.source == "mic"
    assert not path.with_suffix(".json.bad").exists()


def test_what_was_wrong_with_the_file_is_known(tmp_path: Path) -> None:
    """faults: S50"""
    path, bad = tmp_path / "settings.json", tmp_path / "settings.json.bad"
    assert read(path).problem == ""
    write(path, {"recognition": {"device": "npu"}, "keywords": "off"})
    loaded = read(path)
    assert loaded.problem.endswith("keywords, recognition.device.")
    assert loaded.kept == bad
    path.write_bytes(b"{")
    loaded = read(path)
    assert (loaded.settings, loaded.kept) == (Settings(), bad)
    assert "damaged" in loaded.problem
    path.mkdir()  # not even the superuser reads a folder as a file
    bad.unlink()
    loaded = read(path)
    assert (loaded.settings, loaded.kept) == (Settings(), bad)
    assert "could not be read" in loaded.problem
    path.write_bytes(b"{")  # and now it cannot be set aside
    assert read(path).kept is None
