"""Keywords wait while captions lag or a question is answered, and not for ever."""

from __future__ import annotations

from desktop import events as ev
from desktop.session.patience import LAG_COUNTS_S, QUESTION_AT_MOST_S, Patience


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def lag(seconds: float) -> ev.LagMeasured:
    return ev.LagMeasured(ev.Track.MIC, seconds, 0.5, 0.0)


def test_captions_that_lag_go_first() -> None:
    clock = Clock()
    patience = Patience(lambda: 4.0, clock=clock)
    assert patience.wait_s() == 0.0
    patience.hear(lag(5.0))
    assert patience.wait_s() > 0.0
    assert patience.hear(lag(1.0))  # time to look again
    assert patience.wait_s() == 0.0


def test_an_old_lag_says_nothing() -> None:
    clock = Clock()
    patience = Patience(lambda: 4.0, clock=clock)
    patience.hear(lag(9.0))
    clock.now_s += LAG_COUNTS_S + 1
    assert patience.wait_s() == 0.0


def test_a_question_goes_first() -> None:
    clock = Clock()
    patience = Patience(lambda: 4.0, clock=clock)
    patience.hear(ev.AnswerStarted("a", "c", "?", 0.0))
    patience.hear(ev.AnswerStarted("b", "c", "?", 0.0))
    assert patience.wait_s() > 0.0
    assert patience.hear(ev.AnswerFailed("a", "", ""))
    assert patience.wait_s() > 0.0
    clock.now_s += QUESTION_AT_MOST_S + 1  # its end was never heard of
    assert patience.wait_s() == 0.0
