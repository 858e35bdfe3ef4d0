"""Fixtures: the real application with its mirror."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from mirror_site import Site, serving


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Without a recogniser: for everything that is about access."""
    with serving(tmp_path / "mirror") as site:
        yield site


@pytest.fixture
def hearing(tmp_path: Path) -> Iterator[Site]:
    """With the fixture model."""
    with serving(tmp_path / "hearing", recognising=True) as site:
        yield site
