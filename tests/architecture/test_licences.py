"""What is shipped goes with MIT, and the list that people are shown is complete."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = runpy.run_path(str(ROOT / "packaging" / "licences.py"))
SHOWN = json.loads((ROOT / "resources" / "licences.json").read_text(encoding="utf-8"))


def test_every_package_of_the_default_is_listed() -> None:
    assert set(PROGRAM["needed"]()) <= {row["name"] for row in SHOWN}


def test_nothing_that_is_shipped_forbids_mit() -> None:
    assert [row["name"] for row in SHOWN if PROGRAM["forbidden"](row["licence"])] == []
    assert all(row["licence"] != "unknown" for row in SHOWN)


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", False),
        ("LGPL-3.0-only", False),
        ("MIT OR GPL-2.0-only", False),
        ("GNU Affero General Public License v3", True),
        ("GPL-3.0-or-later", True),
    ],
)
def test_licences_are_told_apart(licence: str, expected: bool) -> None:
    assert PROGRAM["forbidden"](licence) is expected
