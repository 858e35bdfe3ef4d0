"""Builds a track's captioner from the settings and the recogniser in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from desktop.engine.asr.captioner import CaptionerOptions, CaptionSink, TrackCaptioner
from desktop.engine.asr.hallucination import HallucinationStack, StackOptions
from desktop.engine.asr.hypothesis import CommitOptions
from desktop.engine.asr.language import LanguageOptions, LanguageTracker
from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.audio.feed import AudioFeed
from desktop.engine.vad.segmenter import SegmenterOptions
from desktop.engine.vad.silero import SileroDetector
from desktop.events import Track, Word
from desktop.settings import RecognitionSettings

# PocketSphinx's posteriors are no word probabilities: only what two passes agree on is final, and
# doubtful text is what this recogniser is known for, so its mean is no reason to hide a line.
_BASIC_COMMIT = CommitOptions(
    single_pass_probability=2.0, last_single_probability=2.0, pause_probability=0.0
)
_BASIC_STACK = StackOptions(
    mean_probability=0.05,
    weak_probability=0.15,
    doubtful_voice=0.78,
    doubtful_probability=2.0,
    music_probability=2.0,
)


def build_captioner(
    track: Track,
    feed: AudioFeed,
    sink: CaptionSink,
    recogniser: Recogniser,
    settings: RecognitionSettings,
    *,
    live: bool,
    start: int = 0,
    told: Sequence[Word] = (),
) -> TrackCaptioner:
    """A captioner for `feed` that begins at sample `start`, see `TrackCaptioner`.

    Args:
        live: True shows text while people speak; False decodes whole utterances.
    """
    info = recogniser.info
    segmenter = SegmenterOptions(threshold=settings.vad_threshold)
    options = CaptionerOptions(live=live, segmenter=segmenter, read_s=10.0 if live else 30.0)
    stack = StackOptions(enabled=settings.suppress_hallucinations)
    if info.basic:
        options = replace(options, step_s=1.0, prompt_characters=0, commit=_BASIC_COMMIT)
        stack = replace(_BASIC_STACK, enabled=settings.suppress_hallucinations)
    return TrackCaptioner(
        track,
        feed,
        recogniser=recogniser,
        detector=SileroDetector(),
        language=_language(recogniser, settings),
        stack=HallucinationStack(stack),
        sink=sink,
        options=options,
        start=start,
        told=() if info.basic else told,  # another language is no context for it
    )


def _language(recogniser: Recogniser, settings: RecognitionSettings) -> LanguageTracker:
    fixed = None if settings.language == "auto" else settings.language
    if recogniser.info.languages:
        fixed = recogniser.info.languages[0]
    options = LanguageOptions(default=settings.default_language)
    return LanguageTracker(options, recogniser.language_probabilities, fixed=fixed)
