"""A real Chromium: the page, its microphone, lost connections, and text that wants to be markup."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Site, serving

from desktop import events as ev
from tests.speech import SpeechMaker, error_rate, write_wav

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WITHIN_MS = 60_000
NASTY = (
    '<script>window.hurt=1</script><img src=x onerror="window.hurt=1">'
    '<svg onload="window.hurt=1">"><b>bold</b>'
)


@pytest.fixture
def open_page(tmp_path: Path) -> Iterator[Any]:
    """`open_page(site, sound=None, **context)` gives the page, logged in."""
    from playwright.sync_api import sync_playwright

    closing = []
    with sync_playwright() as playwright:

        def make(site: Site, sound: Path | None = None, **context: Any) -> Any:
            arguments = list(ARGUMENTS)
            if sound is not None:
                arguments += [
                    "--use-fake-ui-for-media-stream",
                    "--use-fake-device-for-media-stream",
                    f"--use-file-for-fake-audio-capture={sound}%noloop",
                ]
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
            closing.append(browser)
            page = browser.new_context(locale="en-US", **context).new_page()
            page.set_default_timeout(WITHIN_MS)
            page.faults = []
            page.on("pageerror", lambda error: page.faults.append(str(error)))
            page.requested = []
            page.on("request", lambda request: page.requested.append(request.url))
            page.goto(site.server.address())
            page.wait_for_selector("#empty:visible, .line")
            return page

        yield make
        for browser in closing:
            browser.close()


def started(site: Site, title: str = "Budget") -> None:
    site.application.bus.publish(ev.SessionStarted("s1", title, (ev.Track.MIC,), time.time()))


def line(site: Site, number: int, text: str) -> None:
    at = float(number)
    site.application.bus.publish(
        ev.SegmentCommitted(
            ev.Track.MIC, number, at, at + 0.9, at, time.time(), text, (), "en", 0.9, number
        )
    )


def keyword(site: Site, text: str) -> None:
    occurrence = ev.KeywordOccurrence(1, 1.0)
    found = ev.Keyword(text, text, ev.KeywordCategory.OTHER, 0.9, (occurrence,))
    site.application.bus.publish(
        ev.KeywordsFound(ev.Track.MIC, (found,), (1,), time.time(), 1.0, 0.1)
    )


def answer(site: Site, text: str, source: str) -> None:
    publish = site.application.bus.publish
    passage = ev.Passage("c1", "d1", source, ev.PassageKind.DOCUMENT, text, page=3)
    whole = ev.Answer(text, "basic", (passage,), (ev.AnswerSentence(text, (1,), ev.Support.WEAK),))
    publish(ev.AnswerStarted("a1", "", text, time.time()))
    publish(ev.AnswerExtended("a1", text))
    publish(ev.AnswerFinished("a1", whole, time.time()))
    publish(ev.PassagesFound((passage,), (), time.time(), 1.0, 0.1))


def test_committed_and_partial_words_are_told_apart(site: Site, open_page: Any) -> None:
    page = open_page(site)
    started(site)
    line(site, 1, "We agreed on the budget.")
    hypothesis = ev.HypothesisUpdated(ev.Track.MIC, 2.0, time.time(), " next we", (), "en")
    site.application.bus.publish(hypothesis)
    page.wait_for_selector("#lines .line >> text=We agreed on the budget.")
    partial = page.wait_for_selector("#now .partial >> text=next we")
    committed = page.query_selector("#lines .line .text")
    colour = "node => getComputedStyle(node).color"
    assert partial.evaluate(colour) != committed.evaluate(colour)
    keyword(site, "budget")
    page.wait_for_selector("#keywords .chip >> text=budget")
    assert all(url.startswith(site.origin) for url in page.requested), page.requested
    assert "token" not in page.url
    assert page.faults == []


def test_text_that_wants_to_be_markup_stays_text(site: Site, open_page: Any) -> None:
    """faults: N80"""
    page = open_page(site)
    started(site, NASTY)
    line(site, 1, NASTY)
    keyword(site, NASTY)
    answer(site, NASTY, NASTY)
    page.wait_for_selector("#lines .line")
    page.wait_for_selector("#keywords .chip")
    page.wait_for_selector("#passages .passage")
    page.click("#tab-answers")
    page.wait_for_selector("#answers .answer")
    assert page.inner_text("#lines .text") == NASTY
    assert page.inner_text("#title") == NASTY
    assert page.evaluate("window.hurt") is None
    assert page.query_selector("main b b, main img[src=x], main script, main svg, .text b") is None
    assert page.faults == []


def test_a_lost_connection_loses_no_line(site: Site, open_page: Any) -> None:
    page = open_page(site)
    started(site)
    for number in range(1, 6):
        line(site, number, f"line {number}")
    page.wait_for_selector("#lines >> text=line 5")
    page.context.set_offline(True)
    page.evaluate("window.dropped = true")
    # Offline mode leaves open sockets alone: end it as a dying network does.
    server = site.server._server
    assert server is not None
    for connection in list(server.server_state.connections):
        loop = connection.loop
        loop.call_soon_threadsafe(connection.transport.abort)
    page.wait_for_selector("#lost:visible")
    for number in range(6, 11):
        line(site, number, f"line {number}")
    page.context.set_offline(False)
    page.wait_for_selector("#lines >> text=line 10")
    page.wait_for_selector("#lost", state="hidden")
    texts = page.eval_on_selector_all("#lines .text", "nodes => nodes.map(n => n.textContent)")
    assert texts == [f"line {number}" for number in range(1, 11)]


def test_speaking_into_the_browser(tmp_path: Path, speech: SpeechMaker, open_page: Any) -> None:
    said = speech.stream("en", 8.0, seed=1)
    sound = tmp_path / "said.wav"
    write_wav(sound, said.samples)
    with serving(tmp_path / "hearing", recognising=True) as site:
        page = open_page(site, sound, permissions=["microphone"])
        page.click("#mic")
        page.wait_for_selector("#lines .browser")
        page.wait_for_timeout(9_000)
        page.click("#mic")
        page.wait_for_selector("#mic:text-is('Speak')")
        shown = page.eval_on_selector_all(
            "#lines .browser .text", "nodes => nodes.map(n => n.textContent)"
        )
        stored = site.application.segments(site.application.sessions()[0].session_id)
        assert [s.text.strip() for s in stored] == shown
        assert error_rate(said.text, " ".join(shown), "en") < 0.6  # what came before the first word
        assert page.faults == []
        page.context.close()


def test_asking_without_documents_says_so(site: Site, open_page: Any) -> None:
    page = open_page(site)
    page.click("#tab-answers")
    page.fill("#question", "What was agreed?")
    page.click("#ask button")
    page.wait_for_selector("#answers .failed")
    assert "documents" in page.inner_text("#answers .failed")


def test_a_used_address_opens_nothing(site: Site, open_page: Any) -> None:
    page = open_page(site)
    other = page.context.browser.new_context().new_page()
    address = site.server.address()
    assert other.goto(address).status == 200
    third = page.context.browser.new_context().new_page()
    assert third.goto(address).status == 401
