"""Whisper's tokens, and the few of them that the grammar needs numbered from 0 on.

Compact ids: the used text and control tokens, then the 1,501 timestamps, then one id that stands
for every other token (it occurs in prompts only).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from whisper.tokenizer import Tokenizer, get_tokenizer

from tests.speech.grammar import LANGUAGES

TIMESTAMPS = 1_501
TIMESTAMP_S = 0.02
VOCABULARY = 51_865


@cache
def tokenizer() -> Tokenizer:
    return get_tokenizer(True, num_languages=99, language="en", task="transcribe")


@cache
def encode(text: str) -> tuple[int, ...]:
    """Genuine token ids of a text."""
    return tuple(tokenizer().encode(text))


@cache
def token_bytes(token: int) -> int:
    """Length of the token's text."""
    return len(tokenizer().encoding.decode_single_token_bytes(token))


class Vocabulary:
    """Compact ids of the tokens in use.

    Args:
        words: every word that can occur, as written.
    """

    def __init__(self, words: Iterable[str]) -> None:
        whisper = tokenizer()
        languages = {language: whisper.to_language_token(language) for language in LANGUAGES}
        text = {token for word in words for token in encode(" " + word)}
        control = {
            whisper.sot,
            whisper.eot,
            whisper.no_timestamps,
            whisper.transcribe,
            whisper.sot_prev,
            whisper.no_speech,
        }
        self.used = sorted(text | control | set(languages.values()))
        self._compact = {token: index for index, token in enumerate(self.used)}
        self.first_timestamp = len(self.used)
        self.unknown = self.first_timestamp + TIMESTAMPS
        self.sot = self._compact[whisper.sot]
        self.eot = self._compact[whisper.eot]
        self.no_timestamps = self._compact[whisper.no_timestamps]
        self.transcribe = self._compact[whisper.transcribe]
        self.sot_prev = self._compact[whisper.sot_prev]
        self.no_speech = self._compact[whisper.no_speech]
        self.languages = {name: self._compact[token] for name, token in languages.items()}

    def compact(self, tokens: Iterable[int]) -> list[int]:
        return [self._compact.get(token, self.unknown) for token in tokens]

    def timestamp(self, seconds: float) -> int:
        """The compact id of the nearest timestamp."""
        return self.first_timestamp + max(0, min(TIMESTAMPS - 1, round(seconds / TIMESTAMP_S)))
