"""`malgeul models` where no network is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_a_model_is_imported_listed_and_removed(
    malgeul: Run, whisper_fixture_path: Path, home: Path
) -> None:
    name = whisper_fixture_path.name
    assert malgeul("models", "import", str(whisper_fixture_path)).out == f"{name}\n"
    listed = malgeul("models", "list", "--installed").out
    assert [row.split()[0] for row in listed.splitlines()] == ["NAME", name, "basic"]
    assert malgeul("models", "remove", name, "--yes").code == 0
    assert not (home / "models" / name).exists()
    assert malgeul("models", "remove", name, "--yes").code == 3


def test_what_comes_with_the_program_is_not_removed(
    malgeul: Run, whisper_fixture_path: Path, home: Path
) -> None:
    """It is in the list as installed: "not installed" would be nonsense."""
    malgeul("models", "import", str(whisper_fixture_path))
    outcome = malgeul("models", "remove", whisper_fixture_path.name, "basic", "--yes")
    assert outcome.code == 1
    assert "a part of Malgeul" in outcome.err
    assert (home / "models" / whisper_fixture_path.name).exists()
