"""Synthetic speech for tests and benchmarks: known words at known times, without recordings.

`espeak` speaks a text, `grammar` makes sentences that the Whisper fixture knows, `streams` puts
them together with pauses, `sounds` makes what is not speech, `score` measures what was heard.
Importable without pytest (from the repository's root); needs libespeak-ng.
"""

from tests.speech.espeak import (
    EspeakMissingError,
    SpokenWord,
    Utterance,
    Voice,
    espeak_version,
    synthesise,
)
from tests.speech.grammar import LANGUAGES, held_out_sentences, make_sentence
from tests.speech.maker import SpeechMaker
from tests.speech.score import error_rate
from tests.speech.streams import (
    Speech,
    SpokenSentence,
    join,
    mixed_stream,
    say,
    speech_stream,
    with_noise,
    write_wav,
)

__all__ = [
    "LANGUAGES",
    "EspeakMissingError",
    "Speech",
    "SpeechMaker",
    "SpokenSentence",
    "SpokenWord",
    "Utterance",
    "Voice",
    "error_rate",
    "espeak_version",
    "held_out_sentences",
    "join",
    "make_sentence",
    "mixed_stream",
    "say",
    "speech_stream",
    "synthesise",
    "with_noise",
    "write_wav",
]
