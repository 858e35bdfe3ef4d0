"""How a track is captioned, as numbers.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.engine.asr.hypothesis import CommitOptions
from desktop.engine.asr.lines import LineOptions
from desktop.engine.vad.segmenter import SegmenterOptions


@dataclass(frozen=True, slots=True)
class CaptionerOptions:
    """How a track is captioned.  Seconds unless named otherwise.

    Args:
        step_s: new sound needed for another pass while an utterance is open.
        step_per_cost: ... or this many times what the last pass took to compute, if that is more.
        window_s: committed words leave the window once it is longer than this.
        window_limit_s: the window never gets longer; Whisper takes 30 s.
        keep_words: committed words that stay in the window as prefix when it is trimmed.
        tail_s: sound taken after the end of speech.
        read_s: most sound taken from the feed at once.
        prompt_characters: committed text before the window given as prompt; 0 for none.
        prompt_reset_s: silence after which it is forgotten.
        attempts: tries before a piece the decoder fails on is passed over (faults: A35).
        live: False decodes only whole utterances (files, catching up).
    """

    step_s: float = 0.5
    step_per_cost: float = 2.0
    window_s: float = 12.0
    window_limit_s: float = 26.0
    keep_words: int = 3
    tail_s: float = 0.3
    read_s: float = 10.0
    prompt_characters: int = 200
    prompt_reset_s: float = 4.0
    attempts: int = 2
    live: bool = True
    commit: CommitOptions = field(default_factory=CommitOptions)
    lines: LineOptions = field(default_factory=LineOptions)
    segmenter: SegmenterOptions = field(default_factory=SegmenterOptions)
