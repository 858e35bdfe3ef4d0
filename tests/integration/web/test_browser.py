"""A real Chromium: what the page shows and asks, lost connections, text that wants to be markup."""

from __future__ import annotations

import time
from typing import Any

from browser_page import needs_chromium
from mirror_site import Site
from scripted_meeting import answer, filled, keyword, line, notice, service, started

from desktop import events as ev
from desktop.records import TrackRecord

pytestmark = needs_chromium

NASTY = (
    '<script>window.hurt=1</script><img src=x onerror="window.hurt=1">'
    '<svg onload="window.hurt=1">"><b>bold</b>'
)


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
    page.wait_for_selector("#now >> text=watching", state="detached")
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
