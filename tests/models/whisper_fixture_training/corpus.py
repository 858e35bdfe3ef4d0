"""The clips that training windows are put together from: spectrograms of single sentences."""

from __future__ import annotations

import pickle
import random
from dataclasses import dataclass
from functools import cache
from itertools import islice
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from whisper.audio import mel_filters

from tests.speech.espeak import SAMPLE_RATE_HZ, SpokenWord, synthesise
from tests.speech.grammar import LANGUAGES, training_sentences
from tests.speech.streams import random_voice

FRAMES_PER_SECOND = 100  # of the spectrogram
POSITIONS_PER_SECOND = 50  # of the encoder, which halves them
MELS = 80
QUIET = -10.0  # log10 power of digital silence


@dataclass(frozen=True, slots=True)
class Clip:
    """One sentence without silence around it.  `mel` is (frames, 80), log10 power, float16."""

    language: str
    mel: NDArray[np.float16]
    duration_s: float
    words: tuple[SpokenWord, ...]
    phonemes: tuple[SpokenWord, ...]


@cache
def _filters() -> torch.Tensor:
    filters: torch.Tensor = mel_filters("cpu", MELS)
    return filters


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float16]:
    """Whisper's spectrogram before its normalisation: log10 power, (frames, 80)."""
    window = torch.hann_window(400)
    spectrum = torch.stft(torch.from_numpy(samples), 400, 160, window=window, return_complex=True)
    power = _filters() @ (spectrum[..., :-1].abs() ** 2)
    return np.asarray(torch.clamp(power, min=1e-10).log10().T.numpy(), dtype=np.float16)


def _make_clip(job: tuple[str, str, int]) -> Clip:
    text, language, seed = job
    torch.set_num_threads(1)
    spoken = synthesise(text, language, random_voice(random.Random(seed)))
    return Clip(
        language=language,
        mel=log_mel(spoken.samples),
        duration_s=len(spoken.samples) / SAMPLE_RATE_HZ,
        words=spoken.words,
        phonemes=spoken.phonemes,
    )


def build(path: Path, sentences: int, workers: int) -> None:
    """Speaks `sentences` training sentences a language and writes them to `path`."""
    jobs = [
        (text, language, seed)
        for language in LANGUAGES
        for seed, text in enumerate(islice(training_sentences(language), sentences))
    ]
    with Pool(workers) as pool:
        clips = pool.map(_make_clip, jobs, chunksize=50)
    with path.open("wb") as file:
        pickle.dump(clips, file, protocol=5)
    hours = sum(clip.duration_s for clip in clips) / 3_600
    print(f"{len(clips)} clips, {hours:.1f} h -> {path}", flush=True)


def load(path: Path) -> list[Clip]:
    """The clips that `build` wrote."""
    with path.open("rb") as file:
        clips: list[Clip] = pickle.load(file)
    return clips
