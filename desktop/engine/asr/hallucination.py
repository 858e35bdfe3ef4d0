"""The hallucination stack: is this text evidence of speech, or the decoder's imagination?

Layers, cheapest first.  Nothing is deleted here: what is held back goes to the suppressed lines,
from where a person can bring it back.  Sources: OpenAI Whisper's `no_speech`/`logprob` rule and
word anomaly score (transcribe.py), the phrase bag after Baranski et al. (arXiv 2501.11378).  No
I/O; remembers how sure the voice detector is of the people on its track.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop.engine.asr.hypothesis import normalise
from desktop.engine.asr.phrases import PhraseBag, load_phrases
from desktop.engine.asr.recogniser import Decoding
from desktop.engine.asr.usual_voice import UsualVoice
from desktop.events import Word


@dataclass(frozen=True, slots=True)
class StackOptions:
    """Thresholds of the layers."""

    enabled: bool = True
    no_speech_prob: float = 0.6
    no_speech_logprob: float = -0.8
    mean_probability: float = 0.4
    anomaly_score: float = 3.0
    anomaly_words: int = 8
    compression_ratio: float = 2.4
    latin_per_s: float = 32.0
    hangul_per_s: float = 14.0
    rate_slack_s: float = 0.3
    weak_voice: float = 0.75
    weak_probability: float = 0.65
    weak_no_speech: float = 0.3
    doubtful_voice: float = 0.8
    doubtful_probability: float = 0.7
    music_voice: float = 0.88
    music_steadiness: float = 0.2
    music_probability: float = 0.85
    clear_probability: float = 0.8
    clear_words: int = 4


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the sound behind a text.

    Args:
        speech_s: length of the speech, by the voice detector.
        voice_probability: mean probability of its speech frames.
        before: text of the same utterance that is committed already, or its beginning.
        steadiness: how much of it is held notes, see `vad.tones`; 0 where nobody looked.
        before_s: the least time that all of the text before takes to say, see `least_s`.
    """

    speech_s: float
    voice_probability: float
    before: str = ""
    steadiness: float = 0.0
    before_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is empty when the text may be shown; `hold` asks to wait for more sound."""

    reason: str = ""
    hold: bool = False


class HallucinationStack:
    """Judges decodings of one track."""

    def __init__(
        self,
        options: StackOptions | None = None,
        phrases: Callable[[str], PhraseBag] = load_phrases,
    ) -> None:
        self._options = options or StackOptions()
        self._load = phrases
        self._bags: dict[str, PhraseBag] = {}
        self._voice = UsualVoice()

    def asks_for_steadiness(self, voice_probability: float) -> bool:
        """Whether the voice is doubtful enough to look for music, which costs milliseconds."""
        return self._options.enabled and voice_probability < self._options.music_voice

    def judge(self, decoding: Decoding, context: Context, *, final: bool) -> Verdict:
        """Judges the words of one pass.

        Args:
            decoding: the pass.
            context: the sound behind it.
            final: the utterance is over, so the verdict decides; before that, doubt only holds.
        """
        if not self._options.enabled or not decoding.words:
            return Verdict()
        reason = self._reason(decoding, context)
        if reason and not final:
            return Verdict(reason, hold=True)
        if reason:
            return Verdict(reason)
        text = context.before + decoding.text
        bag = self._bag(decoding.language)
        if not bag.may_become(text):
            self._learn(decoding, context)
        if not final:
            doubtful = self._weak(decoding, context) and bag.may_become(text)
            return Verdict("phrase", hold=True) if doubtful else Verdict()
        if bag.matches(text) and self._weak(decoding, context):
            return Verdict("phrase")
        return Verdict()

    def _learn(self, decoding: Decoding, context: Context) -> None:
        """Words this clear are somebody's, however much of a voice the detector makes of them."""
        o = self._options
        clear = (
            len(decoding.words) >= o.clear_words
            and mean_probability(decoding) >= o.clear_probability
            and decoding.no_speech_prob < o.weak_no_speech
            and decoding.compression_ratio <= o.compression_ratio
            and context.steadiness <= o.music_steadiness
            and not self._too_fast(decoding.text, context)
        )
        if clear:
            self._voice.note(context.voice_probability)

    def _reason(self, decoding: Decoding, context: Context) -> str:
        o = self._options
        mean = mean_probability(decoding)
        weak = self._weak(decoding, context)
        unlikely = decoding.avg_logprob < o.no_speech_logprob
        doubtful_voice = self._voice.doubtful_below(o.doubtful_voice)
        half_a_voice = context.voice_probability < doubtful_voice  # singing, babble
        music = (
            context.voice_probability < o.music_voice and context.steadiness > o.music_steadiness
        )
        signs = (
            ("no_speech", decoding.no_speech_prob > o.no_speech_prob and unlikely),
            ("low_confidence", mean < o.mean_probability),
            ("weak_voice", half_a_voice and mean < o.doubtful_probability),
            ("music", music and mean < o.music_probability),
            ("impossible_rate", self._too_fast(decoding.text, context)),
            ("loop", collapsed(decoding.words) or decoding.compression_ratio > o.compression_ratio),
            ("anomaly", weak and self._anomalous(decoding)),
        )
        return next((reason for reason, shown in signs if shown), "")

    def _anomalous(self, decoding: Decoding) -> bool:
        first = decoding.words[: self._options.anomaly_words]
        return anomaly_score(first) >= self._options.anomaly_score

    def _weak(self, decoding: Decoding, context: Context) -> bool:
        o = self._options
        return (
            context.voice_probability < self._voice.doubtful_below(o.weak_voice)
            or mean_probability(decoding) < o.weak_probability
            or decoding.no_speech_prob > o.weak_no_speech
        )

    def least_s(self, text: str) -> float:
        """Seconds that the fastest speaker needs for `text`."""
        plain = normalise(text)
        hangul = sum("가" <= character <= "힣" for character in plain)
        seconds = hangul / self._options.hangul_per_s
        return seconds + (len(plain) - hangul) / self._options.latin_per_s

    def _too_fast(self, text: str, context: Context) -> bool:
        return context.before_s + self.least_s(text) > context.speech_s + self._options.rate_slack_s

    def _bag(self, language: str) -> PhraseBag:
        if language not in self._bags:
            self._bags[language] = self._load(language)
        return self._bags[language]


def mean_probability(decoding: Decoding) -> float:
    """Mean token probability, or mean word probability where the recogniser has no tokens."""
    if decoding.token_probabilities:
        return sum(decoding.token_probabilities) / len(decoding.token_probabilities)
    return sum(w.probability for w in decoding.words) / max(len(decoding.words), 1)


def anomaly_score(words: Sequence[Word]) -> float:
    """OpenAI Whisper's score of improbable, too short and too long words (times in seconds)."""
    score = 0.0
    for word in words:
        duration = word.end_s - word.start_s
        if word.probability < 0.15:
            score += 1.0
        if duration < 0.133:
            score += (0.133 - duration) * 15
        if duration > 2.0:
            score += duration - 2.0
    return score


def collapsed(words: Sequence[Word]) -> bool:
    """The decoder has fallen into a loop: hardly any different words among many."""
    plain = [normalise(word.text) for word in words]
    if len(plain) < 20:
        return False
    counts = Counter(plain)
    return len(counts) / len(plain) <= 0.20 or max(counts.values()) / len(plain) >= 0.50


def cut_loops(
    words: Sequence[Word], *, longest: int = 6
) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """Splits off what merely repeats: (kept, repeated).

    One or two words may stand four times in a row (people say "네 네 네"), longer runs twice.
    """
    plain = [normalise(word.text) for word in words]
    drop: set[int] = set()
    for size in range(1, longest + 1):
        allowed = 4 if size <= 2 else 2
        index = 0
        while index + size <= len(plain):
            gram = plain[index : index + size]
            times = 1
            while plain[index + times * size : index + (times + 1) * size] == gram:
                times += 1
            if times > allowed and any(gram):
                drop.update(range(index + allowed * size, index + times * size))
            index += size * times if times > 1 else 1
    kept = tuple(word for i, word in enumerate(words) if i not in drop)
    repeated = tuple(word for i, word in enumerate(words) if i in drop)
    return kept, repeated
