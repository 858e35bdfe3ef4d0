"""Which models a picker offers, the chosen one among them wherever it is."""

from __future__ import annotations

from pathlib import Path

from desktop.records import ModelRecord
from desktop.ui.models.model_choices import model_choices

SMALL = ModelRecord("small", "Whisper small", True, 1, 1, "", "multilingual")
TURBO = ModelRecord("turbo", "Whisper turbo", False, 1, 1, "", "multilingual")
OFFERED = [("auto", "Best available"), ("small", "Whisper small")]


def test_only_what_is_installed_is_offered() -> None:
    assert model_choices([SMALL, TURBO], "auto") == OFFERED
    assert model_choices([SMALL, TURBO], "small") == OFFERED


def test_a_folder_outside_the_store_is_called_by_its_last_part(tmp_path: Path) -> None:
    folder = tmp_path / "우리 회의 모델"
    folder.mkdir()
    assert model_choices([SMALL], str(folder)) == [*OFFERED, (str(folder), "우리 회의 모델")]
    folder.rmdir()
    gone = (str(folder), "우리 회의 모델 · not installed")
    assert model_choices([SMALL], str(folder)) == [*OFFERED, gone]


def test_a_model_that_was_removed_is_said_to_be_so() -> None:
    absent = ("turbo", "Whisper turbo · not installed")
    assert model_choices([SMALL, TURBO], "turbo") == [*OFFERED, absent]


def test_before_the_models_are_known_nothing_is_called_absent() -> None:
    assert model_choices([], "small") == [OFFERED[0], ("small", "small")]
