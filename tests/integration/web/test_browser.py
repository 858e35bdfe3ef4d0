"""A real Chromium: the page, its microphone, lost connections, and text that wants to be markup."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mirror_site import Site, serving

from desktop import events as ev
from desktop.records import TrackRecord
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

        def make(site: Site, sound: Path | None = None, name: str = "", **context: Any) -> Any:
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
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
            closing.append(browser)
            page = browser.new_context(locale="en-US", **context).new_page()
            page.set_default_timeout(WITHIN_MS)
            page.faults = []
            page.on("pageerror", lambda error: page.faults.append(str(error)))
            page.requested = []
            page.on("request", lambda request: page.requested.append(request.url))
            page.goto(site.server.address().replace("127.0.0.1", name or "127.0.0.1"))
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


def notice(site: Site, text: str) -> None:
    site.application.bus.publish(ev.NoticeRaised(ev.Severity.ERROR, "capture.failed", text, text))


def service(site: Site, text: str) -> None:
    mode, state = ev.ServiceMode.MANAGED, ev.ServiceState.FAILED
    status = ev.ServiceStatus("other", text, state, mode, text, text)
    site.application.bus.publish(ev.ServiceChanged(status, state, time.time()))


def filled(site: Site) -> None:
    """Something in every part of the page."""
    started(site)
    for number in range(1, 40):
        line(site, number, f"line {number} of what is said")
    hypothesis = ev.HypothesisUpdated(ev.Track.MIC, 2.0, time.time(), " next we", (), "en")
    site.application.bus.publish(hypothesis)
    keyword(site, "budget")
    answer(site, "The budget is agreed.", "plan.pdf")
    service(site, "It ended too often")
    ready = ev.RecogniserChanged(ev.RecogniserState.READY, "large-v3-turbo", "cuda", "float16")
    site.application.bus.publish(ready)


# Every text that is seen, with its contrast to the ground it stands on.
CONTRASTS = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      const found = numbers(colour);
      if (colour.startsWith('color(')) return found.slice(0, 3).map((c) => c * 255);
      if (found.length === 3 || found[3] > 0.99) return found;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('body *')]
    .filter((node) => [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim()))
    .filter((node) => node.checkVisibility())
    .map((node) => {
      const [a, b] = [light(numbers(getComputedStyle(node).color)), light(ground(node))];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return [contrast, node.textContent.slice(0, 30), node.className];
    })
    .filter(([contrast]) => contrast < 4.5);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_and_reached(site: Site, open_page: Any, scheme: str) -> None:
    filled(site)
    notice(site, "No microphone was found.")
    page = open_page(site, color_scheme=scheme)
    for tab in ("keywords", "answers", "sessions", "machine"):
        page.click(f"#tab-{tab}")
        page.wait_for_selector(f"#panel-{tab}:visible")
        assert page.evaluate(CONTRASTS) == []
    nameless = """() => [...document.querySelectorAll('button, input, textarea, [role=tabpanel]')]
      .filter((n) => !(n.ariaLabel || n.textContent.trim() || n.getAttribute('aria-labelledby')))
      .map((n) => n.outerHTML)"""
    assert page.evaluate(nameless) == []
    page.focus("#tab-machine")
    page.keyboard.press("ArrowRight")  # round to the first
    assert page.get_attribute("#tab-keywords", "aria-selected") == "true"
    assert page.evaluate("document.activeElement.id") == "tab-keywords"
    assert page.faults == []


def test_the_end_stays_in_sight_on_a_phone(site: Site, open_page: Any) -> None:
    filled(site)
    page = open_page(site, viewport={"width": 360, "height": 640}, has_touch=True)
    notice(site, "No microphone was found.")
    page.wait_for_selector("#notices .notice")
    left = "() => { const t = document.getElementById('transcript');"
    page.wait_for_function(left + " return t.scrollHeight - t.scrollTop - t.clientHeight < 3; }")
    assert page.is_hidden("#jump")
    wide = "() => document.documentElement.scrollWidth <= window.innerWidth"
    assert page.evaluate(wide)
    small = """() => [...document.querySelectorAll('button')].filter((n) => n.checkVisibility())
      .filter((n) => n.getBoundingClientRect().height < 36).map((n) => n.outerHTML)"""
    assert page.evaluate(small) == []
    page.evaluate("document.getElementById('transcript').scrollTop = 0")
    page.wait_for_selector("#jump:visible")
    line(site, 40, "somebody goes on")  # who reads above is left there
    page.wait_for_selector("#lines >> text=somebody goes on")
    assert page.evaluate("document.getElementById('transcript').scrollTop") < 5
    page.click("#jump")
    page.wait_for_function(left + " return t.scrollHeight - t.scrollTop - t.clientHeight < 3; }")
    page.click("#notices button")
    page.wait_for_selector("#notices .notice", state="detached")
    page.click("#clear")
    page.wait_for_selector("#lines .line", state="detached")


def test_messages_speak_the_readers_language(site: Site, open_page: Any) -> None:
    page = open_page(site)
    notice(site, "No microphone was found.")
    page.wait_for_selector("#notices >> text=No microphone was found.")
    page.click("#language")
    page.wait_for_selector("#notices >> text=마이크를 찾을 수 없습니다.")
    site.application.bus.publish(ev.NoticeCleared("capture.failed"))
    page.wait_for_selector("#notices .notice", state="detached")


def test_the_machine_is_measured_while_somebody_looks(site: Site, open_page: Any) -> None:
    page = open_page(site)
    page.click("#tab-machine")
    page.wait_for_selector("#machine dd >> text=/GB/")
    page.wait_for_selector("#machine dt >> text=/GPU|NVIDIA/")


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


def test_confirmed_words_stay_until_their_line_comes(site: Site, open_page: Any) -> None:
    """Held-back text takes none with it, nor does a line that was stored late.  faults: S40"""
    page = open_page(site)
    started(site)
    publish, mic = site.application.bus.publish, ev.Track.MIC
    page.evaluate(
        """() => {
          window.seen = [];
          new MutationObserver(() => window.seen.push(document.querySelector('#now').innerText))
            .observe(document.querySelector('#now'), { childList: true });
        }"""
    )
    publish(ev.WordsCommitted(mic, 2.0, time.time(), " We agreed. And", (), "en"))
    publish(ev.HypothesisUpdated(mic, 2.0, time.time(), " Thanks for watching", (), "en"))
    page.wait_for_selector("#now .partial >> text=watching")
    publish(ev.SegmentSuppressed(mic, 2, 3, 3, time.time(), "Thanks", (), "en", 0.1, "phrase", 1))
    page.wait_for_function("!document.querySelector('#now').innerText.includes('watching')")
    line(site, 1, "We agreed.")
    page.wait_for_selector("#lines .line >> text=We agreed.")
    assert "And" in page.inner_text("#now")
    assert "agreed" not in page.inner_text("#now")
    seen = page.evaluate("window.seen")
    assert all("And" in text for text in seen), seen
    line(site, 2, "And")
    page.wait_for_selector("#lines .line >> text=And")
    assert page.inner_text("#now") == ""


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
    notice(site, NASTY)
    page.wait_for_selector("#notices .notice")
    service(site, NASTY)
    page.click("#tab-machine")
    page.wait_for_selector("#services li")
    track = TrackRecord(ev.Track.MIC, NASTY, NASTY, "en", 1.0)
    stored = site.application._store.create_session(
        title=NASTY, tracks=[track], model=NASTY, started_wall_s=time.time()
    )
    page.click("#tab-sessions")
    page.click("#sessions summary")
    page.wait_for_selector("#sessions .hint")
    href = page.get_attribute("#sessions a", "href")
    assert href == f"/api/sessions/{stored}/export?format=txt"
    page.click("#language")  # everything is asked for and drawn again
    page.wait_for_selector("text=지난 회의")
    page.click("#tab-answers")
    page.wait_for_selector("#answers .answer")
    assert page.inner_text("#lines .text") == NASTY
    assert page.inner_text("#title") == NASTY
    assert page.evaluate("window.hurt") is None
    bad = "body b b, body img[src=x], body script, body svg, .text b, summary svg, .notice img"
    assert page.query_selector(bad) is None
    assert page.faults == []


def test_a_lost_connection_loses_no_line(site: Site, open_page: Any) -> None:
    page = open_page(site)
    started(site)
    for number in range(1, 6):
        line(site, number, f"line {number}")
    page.wait_for_selector("#lines >> text=line 5")
    page.context.set_offline(True)
    page.evaluate("window.dropped = true")
    drop_connections(site)  # offline mode leaves open ones alone; a dying network does not
    page.wait_for_selector("#lost:visible")
    for number in range(6, 11):
        line(site, number, f"line {number}")
    page.context.set_offline(False)
    page.wait_for_selector("#lines >> text=line 10")
    page.wait_for_selector("#lost", state="hidden")
    texts = page.eval_on_selector_all("#lines .text", "nodes => nodes.map(n => n.textContent)")
    assert texts == [f"line {number}" for number in range(1, 11)]


def drop_connections(site: Site) -> None:
    server = site.server._server
    assert server is not None
    for connection in list(server.server_state.connections):
        connection.loop.call_soon_threadsafe(connection.transport.abort)


def test_another_machine_sees_and_asks_as_well(site: Site, open_page: Any) -> None:
    """Without TLS its browser has fewer abilities (no "secure context")."""
    filled(site)
    page = open_page(site, name="talk.example.org")
    assert page.evaluate("window.isSecureContext") is False
    page.wait_for_selector("#lines .line")
    assert page.is_hidden("#mic")
    page.click("#tab-answers")
    page.fill("#question", "What was agreed?")
    page.click("#ask button")
    page.wait_for_selector("#answers .failed")
    assert page.faults == []


def test_a_growing_answer_can_be_stopped(site: Site, open_page: Any) -> None:
    page = open_page(site)
    page.click("#tab-answers")
    publish = site.application.bus.publish
    publish(ev.AnswerStarted("a1", "", "What was agreed?", time.time()))
    stop = page.wait_for_selector("#answers button")
    stop.focus()
    for word in ("The ", "budget ", "is agreed."):
        publish(ev.AnswerExtended("a1", word))
    page.wait_for_selector("#answers .streaming >> text=The budget is agreed.")
    assert stop.evaluate("node => node.isConnected && document.activeElement === node")
    page.click("#language")
    page.wait_for_selector("#answers button:text-is('중지')")
    whole = ev.Answer("The budget is agreed.", "basic", (), ())
    publish(ev.AnswerFinished("a1", whole, time.time()))
    page.wait_for_selector("#answers .said")
    assert page.query_selector("#answers .growing") is None
    assert page.faults == []


def test_who_walks_the_keywords_by_keyboard_stays_where_they_are(
    site: Site, open_page: Any
) -> None:
    page = open_page(site)
    started(site)
    line(site, 1, "the budget")
    keyword(site, "budget")
    page.focus("#keywords .chip")
    page.keyboard.press("Enter")
    page.wait_for_selector("#lines .found")
    keyword(site, "garden")
    page.wait_for_selector("#keywords .chip >> text=garden")
    assert "budget" in page.evaluate("document.activeElement.textContent")
    line(site, 2, "again the budget")  # what comes later is marked too
    page.wait_for_selector("#lines .found >> text=again the budget")


def test_what_is_allowed_is_asked_again_after_a_break(site: Site, open_page: Any) -> None:
    page = open_page(site)
    page.click("#tab-answers")
    page.wait_for_selector("#ask:visible")
    site.application.settings.web.allow_questions = False
    page.fill("#question", "What was agreed?")
    page.click("#language")
    page.click("#ask button")
    page.wait_for_selector(
        "#answers .failed >> text=브라우저에서 묻는 기능이 설정에서 꺼져 있습니다."
    )
    drop_connections(site)
    page.wait_for_selector("#ask", state="hidden")


def test_why_nobody_can_speak_is_said(site: Site, open_page: Any, tmp_path: Path) -> None:
    page = open_page(site)
    absent = "() => Promise.reject(new DOMException('', 'NotFoundError'))"
    page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = {absent}; }}")
    page.click("#mic")
    page.wait_for_selector("#note >> text=No usable microphone was found.")
    sound = tmp_path / "quiet.wav"
    write_wav(sound, np.zeros(16_000, dtype=np.float32))
    page = open_page(site, sound, permissions=["microphone"])
    site.application.settings.web.allow_microphone = False
    page.click("#mic")
    page.wait_for_selector("#note >> text=switched off in the settings")
    page.click("#language")
    page.wait_for_selector("#note >> text=브라우저에서 말하는 기능이 설정에서 꺼져 있습니다.")


RESAMPLED = """async ([rate, hertz]) => {
  const { Resampler } = await import('/web/resampler.js');
  const made = new Resampler(rate), out = [];
  for (let at = 0; at < rate * 2; at += 128) {
    const tone = (_, n) => Math.sin(2 * Math.PI * hertz * (at + n) / rate);
    out.push(...made.push(Float32Array.from({ length: 128 }, tone)));
  }
  const middle = out.slice(4000, 28000);
  const loudness = Math.sqrt(2 * middle.reduce((sum, x) => sum + x * x, 0) / middle.length);
  let turns = 0;
  for (let n = 1; n < middle.length; n++) turns += middle[n - 1] < 0 && middle[n] >= 0;
  return [out.length, loudness, turns / middle.length * 16000];
}"""


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000, 8_000])
def test_a_microphone_of_another_rate_comes_at_16_khz(
    site: Site, open_page: Any, rate: int
) -> None:
    page = open_page(site)
    length, loudness, hertz = page.evaluate(RESAMPLED, [rate, 1_000])
    assert abs(length - 32_000) < 200
    assert abs(loudness - 1) < 0.02
    assert abs(hertz - 1_000) < 3
    if rate > 16_000:  # what 16 kHz cannot carry is gone, not folded into the speech
        assert page.evaluate(RESAMPLED, [rate, 10_000])[1] < 0.02


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
