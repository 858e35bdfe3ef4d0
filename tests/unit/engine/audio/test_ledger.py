"""The ledger adds up, always."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine.audio.ledger import TrackLedger
from desktop.events import Track


def test_an_ordinary_meeting() -> None:
    ledger = TrackLedger(Track.MIC)
    ledger.captured(1000)
    ledger.gap(200)
    ledger.silence(0, 300)
    ledger.transcribed(300, 900)
    now = ledger.snapshot()
    assert (now.timeline_samples, now.captured_samples, now.gap_samples) == (1200, 1000, 200)
    assert (now.transcribed_samples, now.silence_samples, now.pending_samples) == (600, 300, 300)


def test_nothing_beyond_the_timeline_is_counted() -> None:
    ledger = TrackLedger(Track.MIC)
    ledger.captured(100)
    ledger.transcribed(50, 500)
    assert ledger.snapshot().transcribed_samples == 50


spans = st.tuples(st.booleans(), st.integers(0, 120), st.integers(0, 60))


@given(st.lists(spans, max_size=40))
def test_every_sample_is_counted_once_and_the_first_report_wins(
    reports: list[tuple[bool, int, int]],
) -> None:
    ledger = TrackLedger(Track.SYSTEM)
    ledger.captured(90)
    ledger.gap(10)
    model = np.zeros(100, dtype=int)
    for speech, start, length in reports:
        (ledger.transcribed if speech else ledger.silence)(start, start + length)
        part = model[start : start + length]
        part[part == 0] = 1 if speech else 2
        now = ledger.snapshot()
        assert now.transcribed_samples == np.count_nonzero(model == 1)
        assert now.silence_samples == np.count_nonzero(model == 2)
        assert now.pending_samples == np.count_nonzero(model == 0)
        assert now.captured_samples + now.gap_samples == now.timeline_samples
