"""What sessions are called."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from desktop.session.names import session_title


def test_a_file_named_on_a_mac_can_be_searched_for() -> None:
    name = unicodedata.normalize("NFD", "주간 회의.m4a")
    assert session_title(0.0, Path("/tmp") / name) == "주간 회의"
