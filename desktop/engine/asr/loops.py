"""What a decoder merely repeats: cut from its text, told as a suppressed line in the end.

Runs on the recogniser's thread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from desktop.engine.asr.delivery import Delivery
from desktop.engine.asr.hallucination import cut_loops
from desktop.events import Word

MOST_LOOPS = 100  # words held until the utterance is over


class Loops:
    """The repeated words of one utterance after the other.

    Args:
        delivery: receives them as suppressed.
    """

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._last: list[Word] = []  # of the last pass
        self._given_up: list[Word] = []  # ... that no further pass will hear

    def clear(self) -> None:
        """An utterance begins."""
        self._last, self._given_up = [], []

    def cut(self, committed: Sequence[Word], words: Sequence[Word]) -> tuple[Word, ...]:
        """The words of a pass without those that repeat what stands before them."""
        _, repeated = cut_loops([*committed, *words])
        gone = {id(word) for word in repeated}
        self._last = [word for word in words if id(word) in gone]
        return tuple(word for word in words if id(word) not in gone)

    def give_up(self, before_s: float = math.inf) -> None:
        """Loops before this moment stay out of the text: what follows them is final."""
        self._given_up += [word for word in self._last if word.start_s < before_s]
        self._last = [word for word in self._last if word.start_s >= before_s]

    def tell(self, end: int) -> None:
        """People do say "no" ten times: kept, where a person can bring it back."""
        if self._given_up:
            self._delivery.suppressed(tuple(self._given_up), "loop", end)
        self._given_up = []

    def restart(self, end: int) -> None:
        """The window begins anew at `end`; music may go on for hours: memory stays bounded."""
        self._last = []
        if len(self._given_up) >= MOST_LOOPS:
            self.tell(end)
