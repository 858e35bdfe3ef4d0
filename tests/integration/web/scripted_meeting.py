"""What happens in a meeting, told on the bus of the mirror's application."""

from __future__ import annotations

import time

from mirror_site import Site

from desktop import events as ev


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
