"""What somebody who speaks into a browser is told of their own words."""

from __future__ import annotations

import asyncio
import json

from desktop import events as ev
from desktop.services.web.speakers import Teller
from desktop.services.web.viewers import Mailbox


def told(*events: ev.Event) -> dict[str, str]:
    """The growing line as a client sees it after these events."""

    async def hear() -> dict[str, str]:
        box = Mailbox(asyncio.get_running_loop())
        teller = Teller(box)
        for event in events:
            teller.hear(event)
        last = {}
        while box.waiting:
            frame = await box.get()
            assert frame is not None
            message = json.loads(frame.text)
            if message["type"] == "partial":
                last = {"committed": message["committed"], "text": message["text"]}
        return last

    return asyncio.run(hear())


def words(text: str) -> ev.WordsCommitted:
    return ev.WordsCommitted(ev.Track.MIC, 1.0, 1.0, text, (), "ko")


def guess(text: str) -> ev.HypothesisUpdated:
    return ev.HypothesisUpdated(ev.Track.MIC, 2.0, 2.0, text, (), "ko")


def test_held_back_text_takes_no_confirmed_word_with_it() -> None:
    held = ev.SegmentSuppressed(ev.Track.MIC, 1.0, 2.0, 2.0, 2.0, "시청", (), "ko", 0.1, "phrase")
    line = told(words(" 예산은"), guess(" 시청"), held)
    assert line == {"committed": "예산은", "text": "예산은"}


def test_a_line_that_was_stored_late_leaves_the_words_after_it() -> None:
    """faults: S40"""
    first = ev.SegmentCommitted(ev.Track.MIC, 1, 0.0, 1.0, 1.0, 1.0, "첫째 줄.", (), "ko", 0.9, 1)
    line = told(words(" 첫째 줄."), words(" 둘째"), first, guess(" 셋째"))
    assert line == {"committed": "둘째", "text": "둘째 셋째"}
