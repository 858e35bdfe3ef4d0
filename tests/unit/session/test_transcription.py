"""The captioners of one session when the recogniser is exchanged."""

from __future__ import annotations

from dataclasses import replace

from captioner_runs import Wrapped
from session_parts import Home, load_fixture

from desktop.engine.asr.basic import BasicRecogniser
from desktop.engine.audio.feed import ArrayFeed
from desktop.events import SAMPLE_RATE_HZ, Track, WordsCommitted
from desktop.records import TrackRecord
from desktop.session.sink import StoringSink
from desktop.session.transcription import Transcription
from tests.speech import SpeechMaker


def test_a_model_that_arrives_amid_speech_does_not_go_on_from_the_basic_ones_words(
    data: Home, speech: SpeechMaker
) -> None:
    """A third of them is wrong, in whatever language people speak."""
    made = speech.stream("ko", 12.0, seed=3, pause=(0.05, 0.1))
    record = TrackRecord(Track.MIC, "Me", "", "", 0.0)
    key = data.store.create_session(title="t", tracks=[record], model="basic", started_wall_s=0.0)
    feed = ArrayFeed(made.samples, revealed=0)
    sink = StoringSink(data.store, key, data.publish, {})
    feeds = {Track.MIC: (feed, 0)}
    work = Transcription(feeds, sink, data.publish, data.settings.recognition, live=True)
    basic = BasicRecogniser()
    try:
        work.attach(basic)
        captioner = work._captioners[Track.MIC]
        captioner._options = replace(captioner._options, step_per_cost=0.0)  # on a busy machine too
        for end in range(0, 8 * SAMPLE_RATE_HZ, SAMPLE_RATE_HZ // 2):
            feed.reveal(end)
            while work.step():
                pass
    finally:
        basic.close()
    assert data.of(WordsCommitted), "the exchange is amid words that were told"
    whisper = Wrapped(load_fixture())
    data.settings.recognition.language = "ko"
    work.attach(whisper)
    feed.reveal(len(made.samples))
    while work.step():
        pass
    assert whisper.requests
    assert whisper.requests[0].prefix == ""
