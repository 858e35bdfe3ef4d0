"""The training loop: a schedule over wall-clock time, with checkpoints to go on from."""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from tests.models.whisper_fixture_training import corpus, ct2_to_torch
from tests.models.whisper_fixture_training.batches import Batch, BatchMaker
from tests.models.whisper_fixture_training.network import (
    Network,
    load_whisper_state,
    whisper_state,
)
from tests.models.whisper_fixture_training.vocabulary import Vocabulary
from tests.models.whisper_fixture_training.windows import Window, WindowMaker

_CHECKPOINT_EVERY_S = 180.0
_REPORT_EVERY_STEPS = 25
_WARM_UP_STEPS = 100
_HEAD_STEPS = 200
_AVERAGE_DECAY = 0.998
_SINGLES_UNTIL, _SHORT_UNTIL = 0.08, 0.3  # progress up to which windows are only so long
_PROMPTS_FROM = 0.2
_DECODER_FROM = 0.5
_FALLING_FROM = 0.4
_NO_SPEECH_SHARE = 0.07


@dataclass(frozen=True, slots=True)
class Options:
    """How to train.

    Args:
        work: folder of the corpus and the checkpoint.
        minutes: wall-clock time of the whole schedule.
        begin_from: a CTranslate2 folder to take the first weights from.
        start: where the schedule begins, 0 (from scratch) to 1.
        resume: go on from the checkpoint and its place in the schedule.
        seconds_a_batch: seconds of sound in one step.
    """

    work: Path
    minutes: float
    device: str = "cpu"
    threads: int = 1
    learning_rate: float = 1.5e-3
    begin_from: Path | None = None
    start: float = 0.0
    resume: bool = False
    seconds_a_batch: float = 60.0

    @property
    def checkpoint(self) -> Path:
        return self.work / "checkpoint.pt"

    @property
    def weights(self) -> Path:
        return self.work / "model.pt"


class _Mix:
    """Chooses what the next step hears, by progress."""

    def __init__(
        self, windows: WindowMaker, batches: BatchMaker, rng: random.Random, seconds: float
    ) -> None:
        self._windows, self._batches, self._rng, self._seconds = windows, batches, rng, seconds

    def next(self, progress: float) -> tuple[Batch, bool]:
        """-> the batch, and whether to train the encoder on it.

        The encoder learns within seconds; keeping the place in 30 s takes the decoder longest.
        So it has the second half nearly to itself, which is several times faster.
        """
        kind, late = self._rng.random(), progress >= _DECODER_FROM
        if progress < _SINGLES_UNTIL or kind < (0.05 if late else 0.15):
            return self._singles(progress), True
        if progress < _SHORT_UNTIL or kind < (0.25 if late else 0.5):
            return self._short(progress), not late or self._rng.random() < 0.3
        return self._long(progress), self._rng.random() < (0.15 if late else 0.5)

    def _short(self, progress: float) -> Batch:
        length_s = self._rng.uniform(1.2, 9.0)
        windows = self._streams(length_s, max(2, round(self._seconds / length_s)))
        prompts = self._prompts(progress, 0.35)
        pad = self._rng.choice(("short", "sampled"))
        return self._batches.make(windows, rows=1 if prompts else 2, prompts=prompts, pad=pad)

    def _long(self, progress: float) -> Batch:
        rng = self._rng
        length_s = rng.uniform(9.0, 30.0)
        windows = self._streams(length_s, max(3, round(self._seconds / length_s)))
        pad = rng.choice(("short", "sampled"))
        if pad == "sampled" and length_s > 20.0 and rng.random() < 0.6:
            pad = "full"
        return self._batches.make(windows, rows=3, prompts=self._prompts(progress, 0.4), pad=pad)

    def _streams(self, length_s: float, count: int) -> list[Window]:
        return [
            self._windows.no_speech(length_s)
            if self._rng.random() < _NO_SPEECH_SHARE
            else self._windows.stream(0.7 * length_s, length_s * 1.02)
            for _ in range(count)
        ]

    def _singles(self, progress: float) -> Batch:
        rng = self._rng
        count = max(4, round(self._seconds / 3.5))
        windows = [
            self._windows.no_speech(6.0)
            if rng.random() < _NO_SPEECH_SHARE
            else self._windows.single()
            for _ in range(count)
        ]
        pad = "sampled" if progress > 0.05 and rng.random() < 0.6 else "short"
        prompts = self._prompts(progress, 0.2)
        return self._batches.make(windows, rows=1, prompts=prompts, pad=pad)

    def _prompts(self, progress: float, share: float) -> float:
        """Share of rows with a prompt: most or none, for rows are as long as the longest."""
        return 0.85 if progress > _PROMPTS_FROM and self._rng.random() < share else 0.0


class _Average:
    """Exponential moving average of the weights: what is exported."""

    def __init__(self, network: Network) -> None:
        self.values = {name: value.detach().clone() for name, value in _parameters(network)}
        self._updates = 0

    def update(self, network: Network) -> None:
        self._updates += 1
        decay = min(_AVERAGE_DECAY, (1 + self._updates) / (10 + self._updates))
        for name, value in _parameters(network):
            self.values[name].lerp_(value.detach(), 1 - decay)

    def applied_to(self, network: Network) -> dict[str, torch.Tensor]:
        """The network's state with the averaged values in it."""
        return {**network.state_dict(), **self.values}


def _parameters(network: Network) -> list[tuple[str, nn.Parameter]]:
    return list(network.named_parameters())


def _optimiser(network: Network) -> torch.optim.AdamW:
    matrices = [p for p in network.parameters() if p.dim() > 1]
    vectors = [p for p in network.parameters() if p.dim() <= 1]
    groups: list[dict[str, Any]] = [
        {"params": matrices, "weight_decay": 0.01},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98))


def _warm_heads(network: Network, mix: _Mix) -> None:
    """Trains the auxiliary heads, which a converted model has lost, and nothing else."""
    heads = [*network.phoneme_head.parameters(), *network.word_head.parameters()]
    optimiser = torch.optim.Adam(heads, lr=5e-3)
    losses = []
    for _ in range(_HEAD_STEPS):
        batch = mix.next(0.0)[0]
        with torch.no_grad():
            encoded, middle, _ = network.encode(batch.mel, batch.padding)
        real = batch.phonemes.shape[1]
        loss = nn.functional.cross_entropy(
            network.phoneme_head(middle[:, :real]).flatten(0, 1), batch.phonemes.flatten()
        ) + nn.functional.cross_entropy(
            network.word_head(encoded[:, :real]).flatten(0, 1), batch.words.flatten()
        )
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        losses.append(float(loss.detach()))
    print(f"auxiliary heads: {losses[0]:.2f} -> {np.mean(losses[-10:]):.2f}", flush=True)


class Trainer:
    """Trains one network until its time is over."""

    def __init__(self, options: Options) -> None:
        self._options = options
        rng = random.Random(time.time_ns() if options.resume else 5)
        clips = corpus.load(options.work / "corpus.pkl")
        self._vocabulary = Vocabulary({word.text for clip in clips for word in clip.words})
        windows = WindowMaker(clips, rng)
        batches = BatchMaker(windows, self._vocabulary, rng, options.device)
        self._mix = _Mix(windows, batches, rng, options.seconds_a_batch)
        self._network = Network(
            len(self._vocabulary.used), windows.phoneme_count, windows.word_count
        ).to(options.device)
        self._optimiser = _optimiser(self._network)
        self._average = _Average(self._network)
        self._step, self._elapsed_before_s = 0, 0.0

    def run(self) -> None:
        self._begin()
        began_s = checkpoint_s = time.monotonic()
        smooth: Any = None
        while True:
            now_s = time.monotonic()
            progress = self._progress(now_s - began_s)
            if progress >= 1.0:
                break
            values = np.array(self._train_step(progress))
            smooth = values if smooth is None else 0.97 * smooth + 0.03 * values
            if self._step % _REPORT_EVERY_STEPS == 0:
                names = ("tokens", "guide", "phonemes", "words", "text", "times")
                told = " ".join(f"{n} {v:.3f}" for n, v in zip(names, smooth, strict=True))
                print(f"{self._step} {now_s - began_s:.0f} s {progress:.3f} {told}", flush=True)
            if now_s - checkpoint_s > _CHECKPOINT_EVERY_S:
                checkpoint_s = now_s
                self._save(now_s - began_s)
        self._save(time.monotonic() - began_s)
        print(f"trained {self._step} steps -> {self._options.weights}", flush=True)

    def _progress(self, elapsed_s: float) -> float:
        share = (self._elapsed_before_s + elapsed_s) / (60 * self._options.minutes)
        return self._options.start + (1 - self._options.start) * share

    def _begin(self) -> None:
        options = self._options
        if options.resume:
            saved = torch.load(options.checkpoint, map_location=options.device, weights_only=True)
            self._network.load_state_dict(saved["network"])
            self._optimiser.load_state_dict(saved["optimiser"])
            self._average.values = saved["average"]
            self._step, self._elapsed_before_s = saved["step"], saved["elapsed_s"]
        elif options.begin_from is not None:
            state = ct2_to_torch.whisper_state(options.begin_from)
            new, off = load_whisper_state(self._network, state, self._vocabulary.used)
            print(f"{options.begin_from}: new tokens {new}, timestamps off by {off:.4f}")
            _warm_heads(self._network, self._mix)
            self._average = _Average(self._network)

    def _train_step(self, progress: float) -> list[float]:
        falling = min(1.0, (1 - progress) / (1 - _FALLING_FROM)) * 0.98 + 0.02
        warm = min(1.0, (self._step + 1) / _WARM_UP_STEPS)
        for group in self._optimiser.param_groups:
            group["lr"] = self._options.learning_rate * warm * falling
        batch, train_encoder = self._mix.next(progress)
        losses = self._network(batch, train_encoder=train_encoder)
        self._optimiser.zero_grad()
        torch.autograd.backward(losses.total)
        nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimiser.step()
        self._average.update(self._network)
        self._step += 1
        return list(losses.values())

    def _save(self, elapsed_s: float) -> None:
        saved = {
            "network": self._network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "average": self._average.values,
            "step": self._step,
            "elapsed_s": self._elapsed_before_s + elapsed_s,
        }
        _write(saved, self._options.checkpoint)
        current = self._network.state_dict()
        current = {name: value.clone() for name, value in current.items()}
        self._network.load_state_dict(self._average.applied_to(self._network))
        _write(whisper_state(self._network, self._vocabulary.used), self._options.weights)
        self._network.load_state_dict(current)


def _write(value: Any, path: Path) -> None:
    partial = path.with_suffix(".part")
    torch.save(value, partial)
    os.replace(partial, path)


def train(options: Options) -> None:
    """Trains and leaves `model.pt` (a Whisper state dictionary) in the work folder."""
    torch.manual_seed(5)
    torch.set_num_threads(options.threads)
    Trainer(options).run()
