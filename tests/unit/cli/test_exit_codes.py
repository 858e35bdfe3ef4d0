"""Errors become the exit codes that the help promises."""

from __future__ import annotations

import pytest

from desktop.cli.exit_codes import MEANINGS, ExitCode, epilog, exit_code_for
from desktop.errors import (
    AudioError,
    MalgeulError,
    MediaError,
    ModelError,
    NotFoundError,
    RecogniserError,
    SettingsError,
    StorageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MalgeulError("x"), 1),
        (MediaError("x"), 1),
        (RecogniserError("x"), 1),
        (SettingsError("x"), 2),
        (NotFoundError("x"), 3),
        (ModelError("x"), 4),
        (ModelError("x", code="model.hash"), 4),
        (ModelError("x", code="model.offline"), 1),
        (ModelError("x", code="model.server"), 1),
        (ModelError("x", code="model.exists"), 1),
        (ModelError("x", code="model.space"), 6),
        (AudioError("x"), 5),
        (StorageError("x"), 6),
        (StorageError("x", code="not_found"), 3),
    ],
)
def test_kind_of_error(error: MalgeulError, code: int) -> None:
    assert exit_code_for(error) == code


def test_every_code_is_explained() -> None:
    assert set(MEANINGS) == set(ExitCode)
    for code in ExitCode:
        assert str(code.value) in epilog()
