"""A real Chromium: the list of meetings says what becomes of each, and Stop and Start fit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from browser_page import needs_chromium
from mirror_site import Site
from scripted_meeting import started

from desktop import events as ev
from desktop.engine.audio.spool import SpoolWriter
from desktop.records import SessionState, TrackRecord

pytestmark = needs_chromium


def stored(site: Site, title: str, state: SessionState = SessionState.RECORDING) -> str:
    """A session as it lies in the store, with a second of its sound."""
    store = site.application._store
    track = TrackRecord(ev.Track.MIC, "", "", "en", 1.0)
    number = store.create_session(
        title=title, tracks=[track], model="small", started_wall_s=time.time() - 60
    )
    folder = site.application._paths.sessions / number
    spool = SpoolWriter.create(folder, ev.Track.MIC, wall_s=0.0)
    spool.append(np.zeros(16_000, dtype=np.float32))
    spool.close()
    if state is not SessionState.RECORDING:
        store.finish_session(number, 61.0, state)
    return number


def shown(page: Any, number: str, text: str) -> None:
    """Waits until the list says `text` of a meeting."""
    page.wait_for_selector(f"#sessions [data-id='{number}'] summary span >> text={text}")


def test_what_becomes_of_a_meeting_is_told(
    site: Site, open_page: Any, wait_until: Callable[..., None]
) -> None:
    broken_off, whole = stored(site, "Budget"), stored(site, "Plan", SessionState.RECOVERED)
    page = open_page(site)
    page.click("#tab-sessions")
    shown(page, broken_off, "Interrupted")
    shown(page, whole, "1:01")
    page.click("#language")
    shown(page, broken_off, "중단됨")
    site.application.recover_session(broken_off)  # nobody recognises here: it waits
    wait_until(lambda: site.application._tasks)
    progress = ev.ProgressReported(f"recover:{broken_off}", "Budget", 0.0, 1.0, "s")
    site.application.bus.publish(progress)
    shown(page, broken_off, "복구 중")
    assert page.faults == []


def test_a_recording_is_live_then_paused_then_written_down(
    site: Site, open_page: Any, wait_until: Callable[..., None]
) -> None:
    site.application.settings.web.allow_control = True
    page = open_page(site)
    page.click("#tab-sessions")
    page.wait_for_selector("#sessions .hint")
    page.click("#capture:text-is('Start')")
    wait_until(lambda: site.application.live_session_id)
    number = site.application.live_session_id
    shown(page, number, "Live")
    site.application.pause_capture()
    shown(page, number, "Paused")
    site.application.resume_capture()
    shown(page, number, "Live")
    page.click("#capture:text-is('Stop')")
    wait_until(lambda: site.application.live_session_id is None)
    page.wait_for_selector("#state:text-is('Transcribing')")
    page.fill("#sessions-search", "20")  # lists them again; the order may have taken a moment
    shown(page, number, "Transcribing")
    page.click("#capture:text-is('Start')")  # another one need not wait for the last words
    wait_until(lambda: site.application.live_session_id)
    shown(page, site.application.live_session_id, "Live")
    assert page.faults == []


def test_a_file_on_the_page_is_nothing_that_could_be_stopped(site: Site, open_page: Any) -> None:
    site.application.settings.web.allow_control = True
    page = open_page(site)
    started(site)
    page.wait_for_selector("#state:text-is('Live')")
    page.wait_for_selector("#capture:text-is('Stop')")
    file = ev.SessionStarted("s2", "talk.mp4", (ev.Track.FILE,), time.time())
    site.application.bus.publish(file)
    page.wait_for_selector("#state:text-is('Transcribing')")
    page.wait_for_selector("#capture:text-is('Start')")
    site.application.bus.publish(ev.SessionFinished("s2", 1.0, time.time()))
    page.wait_for_selector("#state:text-is('Finished')")
    assert page.faults == []


def test_an_answer_that_comes_late_replaces_no_newer_list(site: Site, open_page: Any) -> None:
    number = stored(site, "Budget")
    page = open_page(site)
    held: list[Any] = []

    def hold_first(route: Any) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route("**/api/sessions", hold_first)
    page.click("#tab-sessions")
    while not held:
        page.wait_for_timeout(20)
    site.application._store.finish_session(number, 61.0)
    page.fill("#sessions-search", "Bud")
    shown(page, number, "1:01")
    route, old = held[0]
    route.fulfill(response=old)
    page.wait_for_timeout(300)
    shown(page, number, "1:01")
    assert "Interrupted" not in page.inner_text("#sessions")
    assert page.faults == []
