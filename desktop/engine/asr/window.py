"""The decoding window: the open utterance decoded again and again, words committed as they settle.

The window starts where the utterance starts (or a few committed words back, once it grows long)
and the committed words in it are the decoder's prefix.  Runs on the recogniser's thread.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace

from desktop.engine.asr.captioner_options import CaptionerOptions
from desktop.engine.asr.delivery import Delivery
from desktop.engine.asr.hallucination import HallucinationStack
from desktop.engine.asr.hypothesis import HypothesisBuffer, drop_overlap, placed
from desktop.engine.asr.language import LanguageTracker
from desktop.engine.asr.loops import Loops
from desktop.engine.asr.recogniser import DecodeRequest, Decoding, Recogniser, decoder_failure
from desktop.engine.asr.utterance import Utterance
from desktop.engine.audio.feed import AudioFeed
from desktop.engine.vad.detector import FRAME_SAMPLES
from desktop.engine.vad.segmenter import SpeechSegmenter
from desktop.errors import RecogniserError
from desktop.events import SAMPLE_RATE_HZ, Word

_log = logging.getLogger(__name__)

SHORTEST_SAMPLES = SAMPLE_RATE_HZ // 10  # less than this is no word
STALLED_S = 1.0  # speech without a word of it: the decoder is stuck behind its prefix
LEAST_ADVANCE_S = 0.5  # a pass that ran out of room goes on only where that leads somewhere
REACH_BACK_S = 0.1  # a fresh start begins inside the last word, whose end is not exact


class DecodingWindow:
    """The passes over one utterance after the other.

    Args:
        feed: the track's sound.
        recogniser: decodes.
        language: says (or finds) the language.
        stack: judges what was decoded.
        segmenter: what the voice detector says of the utterance; only read here.
        delivery: receives the words.
        options: see `CaptionerOptions`.
        start: the first sample of the track.
        told: words of another window that its first utterance goes on from.

    Attributes:
        start: first sample of the window.
        pass_end: where the last pass ended.
        cost_s: what the last pass took to compute.
        compute_s: time spent decoding so far.
        passes: decoder calls so far.
    """

    def __init__(
        self,
        feed: AudioFeed,
        recogniser: Recogniser,
        *,
        language: LanguageTracker,
        stack: HallucinationStack,
        segmenter: SpeechSegmenter,
        delivery: Delivery,
        options: CaptionerOptions,
        start: int,
        told: tuple[Word, ...] = (),
    ) -> None:
        self._feed = feed
        self._recogniser = recogniser
        self._language = language
        self._stack = stack
        self._segmenter = segmenter
        self._delivery = delivery
        self._options = options
        self._utterance = Utterance(feed, segmenter, stack)
        self._loops = Loops(delivery)
        self._buffer = HypothesisBuffer(options.commit)
        self._prompt = ""
        self._before = told
        self._last: Decoding | None = None
        self._cut: list[Word] = []  # committed before a fresh start, and perhaps heard again
        self.start = start
        self.pass_end = start
        self.cost_s = 0.0
        self.compute_s = 0.0
        self.passes = 0

    # ---------------------------------------------------------------------------- utterances

    def open(self, start: int, quiet_s: float) -> None:
        """An utterance begins at `start`, after `quiet_s` of silence."""
        if quiet_s >= self._options.prompt_reset_s:
            self._prompt = ""
        self.start = self.pass_end = start
        self._last = None
        self._cut = []
        self._utterance.clear()
        self._loops.clear()
        self._buffer.clear()
        before, self._before = self._before, ()
        if before and start <= round(before[-1].end_s * SAMPLE_RATE_HZ):
            self._go_on_from(before)

    def _go_on_from(self, words: tuple[Word, ...]) -> None:
        """The utterance began before this window did, with these words of it told."""
        whole = [word for word in words if round(word.start_s * SAMPLE_RATE_HZ) >= self.start]
        if whole:
            self.start = self.pass_end = round(whole[0].start_s * SAMPLE_RATE_HZ)
        self._buffer.go_on_from(whole, words[-1].end_s)
        self._cut = [] if whole else list(words)
        self._utterance.note("".join(word.text for word in words))

    @property
    def told(self) -> tuple[Word, ...]:
        """The words told that the utterance goes on from."""
        return tuple(self._buffer.committed) or self._before

    def end(self) -> int:
        """Where a pass ends now: what is there, but little of the silence after speech."""
        tail = self._segmenter.speech_end + round(self._options.tail_s * SAMPLE_RATE_HZ)
        return min(self._segmenter.position, tail)

    def saw_the_end(self) -> bool:
        """The last pass heard all there is of the speech so far."""
        return self.pass_end >= self._segmenter.speech_end + FRAME_SAMPLES

    def close(self, end: int) -> None:
        """Speech is over: what is open becomes final, the window is forgotten."""
        ran_out = self._last is not None and self._last.cut_off
        if self.saw_the_end() and not ran_out:
            self._settle(end)
        else:
            self.decode(end, final=True)
        self._delivery.end_line(end)
        self._loops.tell(end)
        speech = self._feed.read(self.start, end - self.start)
        if len(speech) >= SHORTEST_SAMPLES and self._language.utterance(speech):
            self._delivery.language_found(end)
        self._restart(end)
        self._delivery.hypothesis(())

    def leave(self, end: int) -> None:
        """Another window goes on at `end`: what this one held back of the text is told."""
        self._loops.tell(end)

    # -------------------------------------------------------------------------------- passes

    def decode(self, end: int, *, final: bool) -> None:
        """Decodes the window up to `end` and commits what may be committed.

        A pass that ran out of room before `end` is followed by one over the rest where no later
        one would hear that.
        """
        while self._pass(end, final=final):
            _log.debug("the decoder ran out of room before %d: it goes on at %d", end, self.start)

    def _pass(self, end: int, *, final: bool) -> bool:
        """One pass; whether another has to hear the rest."""
        samples = self._feed.read(self.start, end - self.start)
        if len(samples) < SHORTEST_SAMPLES or not self._language.ready(samples, final=final):
            return False
        self.pass_end = end
        decoding = self._heard(end, final=final)
        if decoding is None:
            self._settle(end)  # what an earlier pass heard stands
            self._restart(end)
            return False
        self._last = decoding
        verdict = self._stack.judge(decoding, self._utterance.context(), final=final)
        if verdict.hold:
            self._buffer.tail = decoding.words
            self._delivery.hypothesis(())
        elif verdict.reason:
            self._suppress(decoding.words, verdict.reason, end)
        elif final:
            return self._commit_rest(decoding, end)
        else:
            self._commit(decoding.words, end, final=False)
            self._trim(end, ran_out=decoding.cut_off)
        if not final:
            self._limit(end)
        return False

    def _heard(self, end: int, *, final: bool) -> Decoding | None:
        """A pass, and a second one from the last word on if it stalled; None if that failed."""
        decoding = self._try(end, final=final)
        if decoding is None or not self._stalled(decoding):
            return decoding if decoding is None else self._joined(decoding)
        self._cut = list(self._buffer.committed)
        self._remember("".join(word.text for word in self._cut))
        self.start = round((self._cut[-1].end_s - REACH_BACK_S) * SAMPLE_RATE_HZ)
        self._buffer.clear()
        fresh = self._try(end, final=final)
        return None if fresh is None else self._joined(fresh)

    def _joined(self, decoding: Decoding) -> Decoding:
        """After a fresh start the first words may be those before the cut, heard again.

        They were told already, so they only become the prefix, in this pass or a later one.
        """
        if not self._cut or self._buffer.committed:
            return decoding
        words = drop_overlap(self._cut, decoding.words)
        again = decoding.words[: len(decoding.words) - len(words)]
        if again:
            self._buffer.committed = list(again)
            self._cut = []
        return replace(decoding, words=words)

    def _stalled(self, decoding: Decoding) -> bool:
        """The decoder said nothing after its prefix although somebody went on speaking."""
        if decoding.words or not self._buffer.committed:
            return False
        unheard_s = self._segmenter.speech_end / SAMPLE_RATE_HZ - self._buffer.committed[-1].end_s
        return unheard_s > STALLED_S

    def _try(self, end: int, *, final: bool) -> Decoding | None:
        """Decoder calls until one succeeds; None when the window has to be passed over.

        A prompt goes with the beginning of an utterance only: later the prefix is context enough,
        and a prompt beside it, or after a stall, made decoders repeat themselves.
        """
        request = DecodeRequest(
            samples=self._feed.read(self.start, end - self.start),
            start_sample=self.start,
            language=self._language.language,
            prompt="" if self._buffer.committed or self._cut else self._prompt,
            prefix=self._buffer.prefix,
            final=final,
            thorough=not self._options.live,
        )
        failure: RecogniserError | None = None
        for _ in range(self._options.attempts):
            began = time.perf_counter()
            try:
                return self._placed(self._recogniser.decode(request))
            except Exception as error:  # noqa: BLE001 - whatever a piece does to the decoder and its
                # libraries, what comes after it must still be captioned (faults: A35)
                failure = decoder_failure(error)
            finally:
                self.cost_s = time.perf_counter() - began
                self.compute_s += self.cost_s
                self.passes += 1
        if failure is not None:
            self._delivery.failed(self.start, end, failure)
        return None

    def _placed(self, decoding: Decoding) -> Decoding:
        """Window times -> track times, kept within the speech that the detector saw.

        Alignment stretches the first word over the silence before it and the last word over the
        silence after it; the detector knows better.
        """
        offset_s = self.start / SAMPLE_RATE_HZ
        half_pad_s = self._options.segmenter.pad_s / 2
        begun_s = self._segmenter.start / SAMPLE_RATE_HZ
        earliest_s = max(begun_s, self._segmenter.onset / SAMPLE_RATE_HZ - half_pad_s)
        latest_s = self._segmenter.speech_end / SAMPLE_RATE_HZ + half_pad_s
        words = placed(decoding.words, offset_s, earliest_s, latest_s)
        return replace(decoding, words=self._loops.cut(self._buffer.committed, words))

    # ------------------------------------------------------------------------------- results

    def _commit_rest(self, decoding: Decoding, end: int) -> bool:
        """Commits all of a last pass; whether another has to hear the rest, where this is cut off.

        The last word is left to that one: it may be half a word, and the alignment stretches it
        over what was said after it.
        """
        words = decoding.words
        if self._leads_on(decoding):
            self._commit(words[:-1], end, final=True, more=True)
            if self._advance():
                return True
            words = words[-1:]
        self._commit(words, end, final=True)
        return False

    def _leads_on(self, decoding: Decoding) -> bool:
        said = [*self._buffer.committed, *decoding.words[:-1]][-self._options.keep_words :]
        least = self.start / SAMPLE_RATE_HZ + LEAST_ADVANCE_S
        return decoding.cut_off and bool(said) and said[0].start_s >= least

    def _commit(
        self, words: tuple[Word, ...], end: int, *, final: bool, more: bool = False
    ) -> None:
        """Commits what may be, all if `final`; with `more`, another pass hears what follows."""
        fresh = self._buffer.insert(
            words, end_s=end / SAMPLE_RATE_HZ, pausing=self._segmenter.pausing, final=final
        )
        if fresh:
            self._utterance.note("".join(word.text for word in fresh))
            self._delivery.committed(fresh)
        if final and not more:
            self._loops.give_up()
        elif fresh:
            self._loops.give_up(fresh[-1].start_s)
        self._delivery.hypothesis(self._buffer.tail)

    def _suppress(self, words: tuple[Word, ...], reason: str, end: int) -> None:
        self._buffer.tail = ()
        self._loops.give_up()
        self._delivery.suppressed(words, reason, end)

    def _settle(self, end: int, *, going_on: bool = False) -> bool:
        """No further pass over this window: what the last one heard is final.

        Returns whether the window goes on with the last of these words (if asked to): somebody
        goes on speaking, and where the window ends a word may have been cut in two.
        """
        if self._last is None or not self._buffer.tail:
            self._loops.give_up()
            return False
        rest = replace(self._last, words=self._buffer.tail, cut_off=going_on)
        verdict = self._stack.judge(rest, self._utterance.context(), final=True)
        if not verdict.reason:
            return self._commit_rest(rest, end)
        self._suppress(rest.words, verdict.reason, end)
        return False

    # -------------------------------------------------------------------------------- length

    def _trim(self, end: int, *, ran_out: bool) -> None:
        """Keeps the window short, and the prefix, which takes room from what is new."""
        if ran_out or end - self.start > round(self._options.window_s * SAMPLE_RATE_HZ):
            self._advance()

    def _advance(self) -> bool:
        """All but a few committed words leave the window; whether any did."""
        if len(self._buffer.committed) <= self._options.keep_words:
            return False
        gone = self._buffer.trim(self._options.keep_words)
        self._remember("".join(word.text for word in gone))
        self.start = round(self._buffer.committed[0].start_s * SAMPLE_RATE_HZ)
        self._delivery.account(self.start, speech=True)
        return True

    def _limit(self, end: int) -> None:
        """Nothing settles (music, babble): the words stand as they are, decoding goes on after."""
        limit = round(self._options.window_limit_s * SAMPLE_RATE_HZ)
        if end - self.start >= limit - FRAME_SAMPLES and not self._settle(end, going_on=True):
            self._restart(end)

    def _restart(self, end: int) -> None:
        """The window begins anew at `end`."""
        self._loops.restart(end)
        self._remember(self._buffer.prefix)
        self._buffer.clear()
        self._last = None
        self._cut = []
        self.start = self.pass_end = end
        self._delivery.account(end, speech=True)

    def _remember(self, text: str) -> None:
        limit = self._options.prompt_characters
        self._prompt = (self._prompt + text)[-limit:] if limit else ""
