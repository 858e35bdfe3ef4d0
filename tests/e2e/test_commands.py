"""The other commands as a user's shell sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from desktop import __version__
from desktop.engine.store.store import TranscriptStore

Program = Any


def test_version_and_help_write_nothing(program: Program, home: Path) -> None:
    assert program("--version").stdout == f"malgeul {__version__}\n"
    assert program("--help").stdout.startswith("Usage: malgeul")
    assert not home.exists()


def test_without_a_display_the_window_says_so(program: Program) -> None:
    done = program()
    assert done.returncode == 1
    assert "no display" in done.stderr
    assert "--help" in done.stderr


def test_doctor_on_a_machine_without_sound_and_display(program: Program) -> None:
    """Nothing essential is missing: warnings only, and each says what to do."""
    done = program("doctor", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout
    assert report["healthy"] is True
    found = {finding["name"]: finding for finding in report["findings"]}
    assert {"python", "qt", "database", "models", "gpu", "microphone", "display"} <= set(found)
    assert found["display"]["state"] == "warn"
    assert found["microphone"]["state"] == "warn"
    assert all(f["fix"] for f in found.values() if f["state"] != "ok")


def test_doctor_fails_on_a_data_directory_that_cannot_be(program: Program, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    program.home = tmp_path / "file" / "home"
    done = program("doctor")
    assert done.returncode == 1
    assert f"FAIL  Data directory: {program.home}" in done.stdout


def test_a_second_malgeul_reads_but_does_not_write(program: Program, home: Path) -> None:
    """faults: S49"""
    with TranscriptStore.open(home / "transcripts.db") as store:
        session = store.create_session(title="t", tracks=[], model="m", started_wall_s=1.0)
        assert session in program("sessions", "list").stdout
        refused = program("sessions", "delete", session, "--yes")
    assert refused.returncode == 6
    assert "in use by another running Malgeul" in refused.stderr
    assert program("sessions", "delete", session, "--yes").returncode == 0


def test_record_without_any_device_is_5(program: Program) -> None:
    """faults: A36"""
    done = program("record", "--source", "mic", "--seconds", "2")
    assert done.returncode == 5
    assert "microphone" in done.stderr
    assert "devices" in done.stderr


def test_record_from_a_device_that_is_not_there_is_3(program: Program) -> None:
    done = program("record", "--source", "mic", "--device", "no such thing", "--seconds", "2")
    assert done.returncode in {3, 5}
    assert "no such thing" in done.stderr


def test_devices_and_models_are_lists_for_programs(program: Program) -> None:
    assert json.loads(program("devices", "--json").stdout) == []
    models = json.loads(program("models", "list", "--json").stdout)
    assert any(model["basic"] for model in models)
    assert any(model["name"] == "turbo" for model in models)


def test_a_model_from_a_folder_can_be_imported_used_and_removed(
    program: Program, whisper_fixture_path: Path
) -> None:
    done = program("models", "import", whisper_fixture_path)
    assert done.returncode == 0, done.stderr
    name = done.stdout.strip()
    listed = json.loads(program("models", "list", "--json").stdout)
    assert [model for model in listed if model["name"] == name and model["installed"]]
    assert program("models", "remove", name, "--yes").returncode == 0
    listed = json.loads(program("models", "list", "--json").stdout)
    assert not [model for model in listed if model["name"] == name]


@pytest.mark.parametrize("arguments", [("remove", "nothing", "--yes"), ("get", "nothing")])
def test_models_that_are_unknown(program: Program, arguments: tuple[str, ...]) -> None:
    done = program("models", *arguments)
    assert done.returncode in {3, 4}
    assert "nothing" in done.stderr


@pytest.mark.slow
def test_a_download_without_a_network_says_what_to_do(program: Program) -> None:
    program.extra = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_DOWNLOAD_TIMEOUT": "1"}
    done = program("models", "get", "tiny")
    assert done.returncode == 4
    assert "models import" in done.stderr or "network" in done.stderr.lower()
