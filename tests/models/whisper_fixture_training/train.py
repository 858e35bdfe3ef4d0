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
from tests.models.whisper_fixture_training.batches import BatchMaker
from tests.models.whisper_fixture_training.mix import Mix
from tests.models.whisper_fixture_training.network import (
    Losses,
    Network,
    load_whisper_state,
    whisper_state,
)
from tests.models.whisper_fixture_training.rehearsal import Rehearsal
from tests.models.whisper_fixture_training.vocabulary import Vocabulary
from tests.models.whisper_fixture_training.windows import WindowMaker

_CHECKPOINT_EVERY_S = 180.0
_REPORT_EVERY_STEPS = 25
_WARM_UP_STEPS = 100
_HEAD_STEPS = 200
_AVERAGE_DECAY = 0.998
_FALLING_FROM = 0.4
_REHEARSED_PROMPTS = 0.5  # share of its steps with prompts
_GROUPS = 24  # kept for the rehearsal, each of `seconds_a_batch`


@dataclass(frozen=True, slots=True)
class Options:
    """How to train.

    Args:
        work: folder of the corpus and the checkpoint.
        minutes: wall-clock time of the whole schedule.
        begin_from: a CTranslate2 folder, or another run's checkpoint, with the first weights;
            a rehearsal begins with the checkpoint of the training before it.
        start: where the schedule begins, 0 (from scratch) to 1.
        resume: go on from the checkpoint and its place in the schedule.
        seconds_a_batch: seconds of sound in one step.
        rehearse: go on with long windows, mostly for the decoder; see `rehearsal`.
        seed: of everything random; another one hears other windows.
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
    rehearse: bool = False
    seed: int = 5

    @property
    def checkpoint(self) -> Path:
        return self.work / ("rehearsed.pt" if self.rehearse else "checkpoint.pt")

    @property
    def origin(self) -> Path | None:
        """Where the first weights come from."""
        if self.begin_from is None and self.rehearse:
            return self.work / "checkpoint.pt"
        return self.begin_from

    @property
    def weights(self) -> Path:
        return self.work / "model.pt"


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


def _warm_heads(network: Network, mix: Mix) -> None:
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
        rng = random.Random(time.time_ns() if options.resume else options.seed)
        clips = corpus.load(options.work / "corpus.pkl")
        self._vocabulary = Vocabulary({word.text for clip in clips for word in clip.words})
        windows = WindowMaker(clips, rng)
        batches = BatchMaker(windows, self._vocabulary, rng, options.device)
        self._mix = Mix(windows, batches, rng, options.seconds_a_batch)
        self._network = Network(
            len(self._vocabulary.used),
            windows.phoneme_count,
            windows.word_count,
            self._vocabulary.eot,
        ).to(options.device)
        self._optimiser = _optimiser(self._network)
        self._average = _Average(self._network)
        self._rng = rng
        self._rehearsal = Rehearsal(self._network, batches, self._mix.rehearsed, rng, _GROUPS)
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
        elif (origin := options.origin) is not None and origin.is_file():
            saved = torch.load(origin, map_location=options.device, weights_only=True)
            self._network.load_state_dict({**saved["network"], **saved["average"]})
            self._average = _Average(self._network)
        elif origin is not None:
            state = ct2_to_torch.whisper_state(origin)
            new, off = load_whisper_state(self._network, state, self._vocabulary.used)
            print(f"{origin}: new tokens {new}, timestamps off by {off:.4f}")
            _warm_heads(self._network, self._mix)
            self._average = _Average(self._network)

    def _train_step(self, progress: float) -> list[float]:
        falling = min(1.0, (1 - progress) / (1 - _FALLING_FROM)) * 0.98 + 0.02
        warm = min(1.0, (self._step + 1) / _WARM_UP_STEPS)
        for group in self._optimiser.param_groups:
            group["lr"] = self._options.learning_rate * warm * falling
        losses = self._losses(progress)
        self._optimiser.zero_grad()
        torch.autograd.backward(losses.total)
        nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimiser.step()
        self._average.update(self._network)
        self._step += 1
        return list(losses.values())

    def _losses(self, progress: float) -> Losses:
        if self._options.rehearse:
            return self._rehearsal.step(0.85 if self._rng.random() < _REHEARSED_PROMPTS else 0.0)
        batch, train_encoder = self._mix.next(progress)
        losses: Losses = self._network(batch, train_encoder=train_encoder)
        return losses

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
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    Trainer(options).run()
