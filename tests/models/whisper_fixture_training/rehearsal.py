"""Trains mostly the decoder, on encoder states that are kept for a while and used several times.

Hearing 30 s costs more than learning from several rows of text does.  The encoder is the first to
be good; the decoder's trouble is to keep its place in a long window whose sentences resemble each
other, with another text in its prompt.  So both learn from windows that are new, and the decoder
alone when the states of these are told again, with other prompts and mistakes.  Those that it
already tells well are the first to be forgotten; all are before the encoder has changed much.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from tests.models.whisper_fixture_training.batches import Batch, BatchMaker
from tests.models.whisper_fixture_training.network import Losses, Network
from tests.models.whisper_fixture_training.windows import Window

_TIMES_EACH = 4.0  # mean number of times that a group is told
_NOTHING = torch.zeros(0)


@dataclass(slots=True)
class Group:
    """Windows that were heard together.  `states` is (W, positions, width), float16."""

    windows: Sequence[Window]
    batch: Batch
    states: torch.Tensor
    rows: int
    loss: float


class Rehearsal:
    """Groups of windows that were heard, at most `size` of them.

    Args:
        hear: makes a new group's windows, its batch and its rows a window.
    """

    def __init__(
        self,
        network: Network,
        batches: BatchMaker,
        hear: Callable[[], tuple[Sequence[Window], Batch, int]],
        rng: random.Random,
        size: int,
    ) -> None:
        self._network, self._batches, self._hear = network, batches, hear
        self._rng, self._size = rng, size
        self._groups: list[Group] = []

    def step(self, prompts: float) -> Losses:
        """Losses of new windows, or of some that were heard before."""
        if len(self._groups) < 2 or self._rng.random() < 1 / _TIMES_EACH:
            return self._hear_new(prompts)
        group = self._rng.choice(self._groups)
        batch = self._batches.told_again(
            group.batch, group.windows, rows=group.rows, prompts=prompts
        )
        none = torch.zeros((), device=group.states.device)
        losses = self._network.tell(batch, group.states.float(), none, none)
        group.loss = float(losses.tokens.detach())
        return losses

    def _hear_new(self, prompts: float) -> Losses:
        windows, heard, rows = self._hear()
        batch = self._batches.told_again(heard, windows, rows=rows, prompts=prompts)
        encoded, phonemes, words = self._network.hear(batch)
        losses = self._network.tell(batch, encoded, phonemes, words)
        self._keep(
            Group(
                [_told(window) for window in windows],
                replace(heard, mel=_NOTHING, words=_NOTHING),
                encoded.detach().half(),
                rows,
                float(losses.tokens.detach()),
            )
        )
        return losses

    def _keep(self, group: Group) -> None:
        if len(self._groups) < self._size:
            self._groups.append(group)
            return
        tried = self._rng.sample(range(len(self._groups)), min(8, len(self._groups)))
        self._groups[min(tried, key=lambda index: self._groups[index].loss)] = group


def _told(window: Window) -> Window:
    """The window without what it sounds like, of which only the length is needed again."""
    no_classes = np.zeros(0, np.int64)
    return replace(
        window,
        mel=np.zeros((len(window.mel), 0), np.float32),
        phoneme_classes=no_classes,
        word_classes=no_classes,
    )
