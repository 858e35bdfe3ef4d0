"""A real Chromium with the mirror's page in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mirror_site import Site

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WITHIN_MS = 60_000
needs_chromium = [  # the marks of a module that opens pages
    pytest.mark.timeout(300),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


def launched(playwright: Any, site: Site, sound: Path | None, name: str) -> Any:
    """A browser for `site`: with `sound` as its microphone, under another host `name`."""
    arguments = list(ARGUMENTS)
    if name:  # as from another machine: no "secure context"
        arguments.append(f"--host-resolver-rules=MAP {name} 127.0.0.1")
        site.application.settings.web.allowed_hosts = [f"{name}:{site.port}"]
    if sound is not None:
        arguments += [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={sound}%noloop",
        ]
    return playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)


def opened(browser: Any, site: Site, name: str, **context: Any) -> Any:
    """The mirror's page in `browser`, logged in; it keeps its `faults` and what it `requested`."""
    page = browser.new_context(locale="en-US", **context).new_page()
    page.set_default_timeout(WITHIN_MS)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.requested = []
    page.on("request", lambda request: page.requested.append(request.url))
    page.goto(site.server.address().replace("127.0.0.1", name or "127.0.0.1"))
    page.wait_for_selector("#empty:visible, .line")
    return page


def holds(page: Any, condition: str) -> None:
    """Waits until a function of the page gives true.

    Playwright's own `wait_for_function` evaluates text inside the page, which the page forbids.
    """
    for _ in range(WITHIN_MS // 50):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)
