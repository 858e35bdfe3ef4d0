"""Calibration, and the ways down from the model that was asked for."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.engine.asr import calibration
from desktop.engine.asr.hardware import CudaDevice, Hardware
from desktop.engine.asr.loading import BASIC_NOTICE, DEVICE_NOTICE, Loader
from desktop.engine.asr.modelstore import ModelStore
from desktop.engine.asr.whisper import WhisperOptions, WhisperRecogniser
from desktop.errors import MalgeulError
from desktop.events import Event, NoticeCleared, NoticeRaised, RecogniserChanged, RecogniserState
from desktop.settings import RecognitionSettings

MACHINE = Hardware(2, 2, 8 << 30, 4 << 30, cpu_compute_types=("float32", "int8"))


class Bench:
    """A loader on a plain machine, and what it published."""

    def __init__(self, folder: Path) -> None:
        self.events: list[Event] = []
        self.models = ModelStore(folder / "models")
        self.cache = folder / "calibration.json"
        self.loader = Loader(self.models, self.cache, self.events.append, lambda: MACHINE)

    def notices(self) -> list[str]:
        return [e.code for e in self.events if isinstance(e, NoticeRaised)]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def settings(model: str) -> RecognitionSettings:
    return RecognitionSettings(
        model=model, device="cpu", compute_type="float32", threads=1, short_windows="off"
    )


def test_without_a_model_the_basic_recogniser_stands_in(bench: Bench) -> None:
    recogniser = bench.loader.load(settings("auto"))
    assert recogniser.info.basic
    assert bench.notices() == [BASIC_NOTICE]
    assert [e.state for e in bench.events if isinstance(e, RecogniserChanged)] == [
        RecogniserState.LOADING
    ]
    recogniser.close()


def test_the_basic_recogniser_can_be_chosen(bench: Bench) -> None:
    bench.loader.load(settings("basic")).close()
    assert bench.notices() == []


def test_a_missing_model_falls_back_unless_it_must_be_the_one(bench: Bench) -> None:
    recogniser = bench.loader.load(settings("turbo"))
    assert recogniser.info.basic
    recogniser.close()
    with pytest.raises(MalgeulError):
        bench.loader.load(settings("turbo"), strict=True)


def test_a_folder_is_loaded_and_an_imported_one_is_found(
    bench: Bench, whisper_fixture_path: Path
) -> None:
    recogniser = bench.loader.load(settings(str(whisper_fixture_path)))
    assert (recogniser.info.model, recogniser.info.basic) == ("whisper-fixture", False)
    assert any(isinstance(e, NoticeCleared) and e.code == BASIC_NOTICE for e in bench.events)
    recogniser.close()
    record = bench.models.import_folder(whisper_fixture_path)
    recogniser = bench.loader.load(settings("auto"))
    assert recogniser.info.model == record.name
    recogniser.close()


def test_a_damaged_folder_falls_back(
    bench: Bench, whisper_fixture_path: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(whisper_fixture_path, broken)
    (broken / "model.bin").write_bytes(b"nonsense")
    recogniser = bench.loader.load(settings(str(broken)))
    assert recogniser.info.basic
    assert bench.notices() == [BASIC_NOTICE]
    recogniser.close()
    with pytest.raises(MalgeulError):
        bench.loader.load(settings(str(broken)), strict=True)


def test_a_processor_that_was_chosen_is_no_way_down(
    bench: Bench, whisper_fixture_path: Path
) -> None:
    """Who set the device to CPU on a machine with a card needs no warning at every start."""
    card = CudaDevice(0, "NVIDIA L4", 24 << 30, 20 << 30)
    bench.loader = replace(bench.loader, hardware=lambda: replace(MACHINE, cuda=(card,)))
    bench.loader.load(settings(str(whisper_fixture_path))).close()
    assert bench.notices() == []
    wanted = settings(str(whisper_fixture_path)).model_copy(update={"device": "auto"})
    bench.loader.load(wanted).close()
    assert bench.notices() == [DEVICE_NOTICE]


def test_a_tokenizer_that_cannot_be_used_falls_back(
    bench: Bench, whisper_fixture_path: Path, tmp_path: Path
) -> None:
    """It is JSON, but its library raises an error of no particular kind."""
    broken = tmp_path / "broken"
    shutil.copytree(whisper_fixture_path, broken)
    (broken / "tokenizer.json").write_text('{"version": "1.0"}', encoding="utf-8")
    recogniser = bench.loader.load(settings(str(broken)))
    assert recogniser.info.basic
    assert bench.notices() == [BASIC_NOTICE]
    recogniser.close()


def test_a_calibration_that_breaks_means_full_windows(
    bench: Bench, whisper_fixture_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: WhisperRecogniser) -> bool:
        raise ValueError("odd")

    monkeypatch.setattr(calibration, "bears_short_windows", fail)
    wanted = settings(str(whisper_fixture_path))
    recogniser = bench.loader.load(wanted.model_copy(update={"short_windows": "calibrated"}))
    assert isinstance(recogniser, WhisperRecogniser)
    assert not recogniser.options.short_windows
    recogniser.close()


def test_short_windows_are_tried_once_for_each_model_file(
    whisper_fixture_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model"
    shutil.copytree(whisper_fixture_path, model)
    cache = tmp_path / "deep" / "calibration.json"
    options = WhisperOptions(threads=1)
    recogniser = WhisperRecogniser.load(model, compute_type="float32", options=options)
    asked = []

    def ask(given: WhisperRecogniser) -> bool:
        asked.append(given)
        return True

    monkeypatch.setattr(calibration, "bears_short_windows", ask)
    assert calibration.calibrated(recogniser, model, cache)
    assert calibration.calibrated(recogniser, model, cache)
    assert len(asked) == 1
    os.utime(model / "model.bin", ns=(1, 1))
    calibration.calibrated(recogniser, model, cache)
    assert len(asked) == 2
    assert len(json.loads(cache.read_text(encoding="utf-8"))["short_windows"]) == 2
    cache.write_text("{", encoding="utf-8")
    calibration.calibrated(recogniser, model, cache)
    assert len(asked) == 3
    recogniser.close()


def test_the_fixture_bears_short_windows(whisper_fixture_path: Path) -> None:
    options = WhisperOptions(threads=1)
    recogniser = WhisperRecogniser.load(
        whisper_fixture_path, compute_type="float32", options=options
    )
    assert set(calibration.sample_speech()) == {"en", "ko"}
    assert calibration.bears_short_windows(recogniser)
    assert not calibration.bears_short_windows(recogniser, {"ko": ()})
    recogniser.close()
