"""The doctor on healthy and on broken data directories."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_files import FILES

from desktop.engine.asr.hardware import CudaDevice, Hardware
from desktop.engine.asr.modelstore import ModelStore
from desktop.engine.doctor import (
    Finding,
    State,
    examination,
    examine,
    machine,
    recognition,
    storage,
    window,
)
from desktop.engine.store.store import TranscriptStore
from desktop.paths import Paths


def _storage(root: Path) -> dict[str, Finding]:
    return {finding.name: finding for finding in storage.check(Paths(root))}


def test_a_fresh_directory_is_healthy_and_stays_unmade(home: Path) -> None:
    found = _storage(home)
    assert {finding.state for finding in found.values()} == {State.OK}
    assert not home.exists()


def test_a_sound_database_with_an_interrupted_session(home: Path) -> None:
    with TranscriptStore.open(home / "transcripts.db") as store:
        store.create_session(title="x", tracks=[], model="basic", started_wall_s=1.0)
    finding = _storage(home)["database"]
    assert finding.state is State.WARN
    assert "1 interrupted" in finding.detail
    assert "sessions recover" in finding.fix


def test_a_damaged_database_is_found(home: Path) -> None:
    """faults: S45"""
    with TranscriptStore.open(home / "transcripts.db") as store:
        store.create_session(title="x", tracks=[], model="basic", started_wall_s=1.0)
    data = bytearray((home / "transcripts.db").read_bytes())
    data[4096 * 2 :] = os.urandom(len(data) - 4096 * 2)
    (home / "transcripts.db").write_bytes(data)
    finding = _storage(home)["database"]
    assert finding.state is State.FAIL
    assert "damaged" in finding.detail
    assert finding.fix


def test_every_log_that_exists_is_named(home: Path) -> None:
    assert "none yet" in _storage(home)["log"].detail
    paths = Paths(home)
    paths.service_logs.mkdir(parents=True)
    for file in (paths.logs / "malgeul.log", paths.logs / "answers.log"):
        file.write_text("")
    (paths.service_logs / "redis.log").write_text("")
    (paths.logs / "malgeul.log.1").write_text("")
    detail = _storage(home)["log"].detail
    assert detail.startswith(str(paths.logs))
    assert "(answers.log, malgeul.log, services/redis.log)" in detail


def test_damaged_settings_are_a_warning_and_left_alone(home: Path) -> None:
    """faults: S50"""
    home.mkdir(parents=True)
    (home / "settings.json").write_text('{"audio": {"sou', encoding="utf-8")
    finding = _storage(home)["settings"]
    assert finding.state is State.WARN
    assert (home / "settings.json").exists()


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    """faults: S43 - the path is named."""
    blocked = tmp_path / "blocked"
    blocked.write_text("", encoding="utf-8")
    finding = _storage(blocked)["data_directory"]
    assert finding.state is State.FAIL
    assert str(blocked) in finding.detail
    assert "MALGEUL_HOME" in finding.fix


def test_a_data_directory_that_nobody_may_open(tmp_path: Path) -> None:
    """faults: S43 - told as what it is, not as a check that did not finish."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    code = (
        "import os, sys; from pathlib import Path\n"
        "import apsw\n"
        "from desktop.engine.doctor import storage\n"
        "from desktop.engine.store import store\n"
        "from desktop.paths import Paths\n"
        "if os.geteuid() == 0: os.setuid(65534)  # root may open everything\n"
        "for each in storage.check(Paths(Path(sys.argv[1]))): print(each.name, each.detail)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, closed / "home"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    first, *more = done.stdout.splitlines()
    assert first == f"data_directory {closed / 'home'} cannot be written: Permission denied"
    assert [line.split()[0] for line in more] == ["sqlite"]


def test_a_check_that_may_not_look_somewhere_says_where(home: Path) -> None:
    """faults: S43"""

    def closed(_: Paths) -> Iterator[Finding]:
        raise PermissionError(13, "Permission denied", "/closed/models")
        yield  # one of the checks

    last = list(examine(Paths(home), [("models", closed)]))[-1]
    assert last.detail == "/closed/models cannot be looked at: Permission denied"
    assert "MALGEUL_HOME" in last.fix


def test_little_space_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """faults: S41"""
    monkeypatch.setattr(storage, "LOW_BYTES", 1 << 62)
    assert _storage(home)["disk_space"].state is State.WARN
    monkeypatch.setattr(storage, "EMPTY_BYTES", 1 << 62)
    assert _storage(home)["disk_space"].state is State.FAIL


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(machine, "MINIMUM_PYTHON", (99, 0))
    (finding, _) = machine.check(Paths(home))
    assert (finding.state, "99.0" in finding.fix) == (State.FAIL, True)


def test_the_window_libraries_are_really_loaded(home: Path) -> None:
    found = {finding.name: finding for finding in window.check(Paths(home))}
    assert found["qt"].state is State.OK, found["qt"].detail
    assert found["qt"].detail.startswith("Qt 6")


def test_a_missing_library_is_named() -> None:
    text = "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory"
    assert window._missing(text) == "the library libEGL.so.1 is missing"


def test_a_child_that_dies_is_a_finding(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(window, "_PROBE", "import os; os.abort()")
    qt = next(window.check(Paths(home)))
    assert qt.state is State.FAIL
    assert "-6" in qt.detail


@pytest.mark.parametrize(
    ("variables", "state"),
    [
        ({"DISPLAY": ":1"}, State.OK),
        ({"DISPLAY": ":1", "WAYLAND_DISPLAY": "w"}, State.OK),
        ({"WAYLAND_DISPLAY": "w"}, State.WARN),
        ({}, State.WARN),
    ],
)
def test_displays(variables: dict[str, str], state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert window._display().state is state


def test_a_check_that_fails_hides_no_other(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_paths: Paths) -> None:
        raise RuntimeError("odd")

    checks = (("first", broken), ("machine", machine.check))
    monkeypatch.setattr(examination, "CHECKS", checks)
    found = list(examine(Paths(home)))
    assert [finding.name for finding in found] == ["first", "python", "machine"]
    assert found[0].state is State.FAIL
    assert "odd" in found[0].detail


def test_findings_can_be_written_as_json(home: Path) -> None:
    import dataclasses

    for finding in examine(Paths(home)):
        assert json.loads(json.dumps(dataclasses.asdict(finding)))["state"] in {
            "ok",
            "warn",
            "fail",
        }
        assert bool(finding.fix) == (finding.state is not State.OK)


def _models(home: Path) -> dict[str, Finding]:
    return {finding.name: finding for finding in recognition.check_models(Paths(home))}


def _install(home: Path, name: str) -> Path:
    """A model of the smallest kind that passes as whole."""
    source = home.parent / name
    source.mkdir(parents=True)
    for file in ("model.bin", "config.json", "tokenizer.json"):
        (source / file).write_bytes(FILES[file])
    return Path(ModelStore(home / "models").import_folder(source).path)


def test_a_damaged_model_is_named_with_what_to_do(home: Path) -> None:
    path = _install(home, "mine")
    assert _models(home)["models"].state is State.OK
    assert "model_mine" not in _models(home)
    (path / "model.bin").write_bytes((path / "model.bin").read_bytes()[:-10])
    finding = _models(home)["model_mine"]
    assert finding.state is State.WARN
    assert "damaged" in finding.detail
    assert "malgeul models remove mine" in finding.fix


def test_a_model_of_the_settings_that_is_not_there(home: Path) -> None:
    home.mkdir(parents=True)
    wanted = {"recognition": {"model": "turbo"}}
    (home / "settings.json").write_text(json.dumps(wanted), encoding="utf-8")
    finding = _models(home)["chosen_model"]
    assert finding.state is State.WARN
    assert "turbo" in finding.detail
    assert finding.fix
    assert "chosen_model" not in _models(home.parent / "another")
    (home / "settings.json").write_text("{", encoding="utf-8")
    assert "chosen_model" not in _models(home)
    assert (home / "settings.json").read_text(encoding="utf-8") == "{", "left as it is"


def test_no_recogniser_at_all_is_a_failure(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "_installed", lambda _: [])
    finding = _models(home)["models"]
    assert (finding.state, bool(finding.fix)) == (State.FAIL, True)


def test_settings_with_the_mark_that_editors_add_are_sound(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "settings.json").write_text("{}", encoding="utf-8-sig")
    assert _storage(home)["settings"].state is State.OK


def test_several_cards_are_all_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards = tuple(CudaDevice(i, f"NVIDIA {n}", 24 << 30, 20 << 30) for i, n in enumerate("AB"))
    seen = Hardware(4, 4, 1 << 34, 1 << 33, cards, 2, ("int8",), ("float16",))
    monkeypatch.setattr("desktop.engine.asr.hardware.detect", lambda: seen)
    monkeypatch.setattr(recognition, "_trouble", lambda *_: ("", ""))
    (finding,) = recognition.check_graphics(Paths(home))
    assert finding.state is State.OK
    assert "0: NVIDIA A" in finding.detail
    assert "1: NVIDIA B" in finding.detail
