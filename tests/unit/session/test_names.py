"""What sessions are called."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from desktop.session.names import model_name, session_title


def test_a_file_named_on_a_mac_can_be_searched_for() -> None:
    name = unicodedata.normalize("NFD", "주간 회의.m4a")
    assert session_title(0.0, Path("/tmp") / name) == "주간 회의"


@pytest.mark.parametrize(
    ("wanted", "name"),
    [("auto", ""), ("turbo", "turbo"), ("/home/me/models/my-whisper", "my-whisper")],
)
def test_a_model_that_still_loads_is_named_without_its_folder(wanted: str, name: str) -> None:
    assert model_name(None, wanted) == name
