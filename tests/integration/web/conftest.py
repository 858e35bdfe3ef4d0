"""Fixtures: the real application with its mirror, and its page in a real browser."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from browser_page import launched, opened
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


@pytest.fixture
def open_page() -> Iterator[Any]:
    """`open_page(site, sound=None, name="", **context)` gives the page, logged in."""
    from playwright.sync_api import sync_playwright

    closing = []
    with sync_playwright() as playwright:

        def make(site: Site, sound: Path | None = None, name: str = "", **context: Any) -> Any:
            browser = launched(playwright, site, sound, name)
            closing.append(browser)
            return opened(browser, site, name, **context)

        yield make
        for browser in closing:
            browser.close()
