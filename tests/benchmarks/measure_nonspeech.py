"""Sound without speech: how much of it yields text, layer by layer, and what the layers cost."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from benchmarks.figures import Figure
from benchmarks.material import (
    LANGUAGES,
    Clip,
    Samples,
    basic,
    captioner_options,
    clips,
    fixture,
    stack_options,
    stream,
)
from benchmarks.streaming import Run, simulate
from speech import sounds
from speech.score import edit_distance, units

from desktop.engine.asr.basic import BasicRecogniser
from desktop.engine.asr.hallucination import HallucinationStack
from desktop.engine.asr.recogniser import DecodeRequest, Recogniser
from desktop.events import SAMPLE_RATE_HZ

TITLE = "Sound without speech"
SECONDS = 15.0
GAINS_DB = (-20.0, -10.0, 10.0)
SPEEDS = (0.8, 1.25)
WINDOW_S = 15.0


def synthetic() -> Iterator[Clip]:
    """Silence, noises, hum, tones and typing at many levels."""
    yield Clip("silence", "synthetic", "", sounds.silence(SECONDS))
    for level in (-60.0, -50.0, -40.0, -30.0, -20.0, -12.0):
        yield Clip(f"white {level:.0f}", "synthetic", "", sounds.white_noise(SECONDS, level))
        yield Clip(f"pink {level:.0f}", "synthetic", "", sounds.pink_noise(SECONDS, level))
        for mains_hz in (50.0, 60.0):
            hum = sounds.hum(SECONDS, level, mains_hz)
            yield Clip(f"hum {mains_hz:.0f} {level:.0f}", "synthetic", "", hum)
    for frequency_hz in (110.0, 220.0, 440.0, 1_000.0, 3_000.0):
        for level in (-40.0, -20.0, -10.0):
            tone = sounds.tone(SECONDS, frequency_hz, level)
            yield Clip(f"tone {frequency_hz:.0f} {level:.0f}", "synthetic", "", tone)
    for seed in range(1, 7):
        clicks = sounds.keyboard(SECONDS, 3.0 + seed, seed)
        noisy = clicks + sounds.pink_noise(SECONDS, -45.0, seed)
        yield Clip(f"keyboard {seed}", "synthetic", "", clicks)
        yield Clip(f"keyboard in a room {seed}", "synthetic", "", noisy)
    for seed in range(1, 13):
        yield Clip(f"bursts {seed}", "synthetic", "", bursts(seed))


def bursts(seed: int) -> Samples:
    """Noise that comes and goes like syllables: what fools a detector of energy."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(round(SECONDS * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    rate_hz = rng.uniform(2.0, 6.0)
    envelope = np.clip(np.sin(2 * np.pi * rate_hz * times_s), 0.0, 1.0) ** 2
    noise = sounds.pink_noise(SECONDS, rng.uniform(-35.0, -20.0), seed)
    return np.asarray(noise * envelope, dtype=np.float32)


def varied(clip: Clip) -> Iterator[Clip]:
    """A recording louder, softer, faster and slower: other sound to a detector, still no speech."""
    for gain in GAINS_DB:
        louder = np.clip(clip.samples * 10 ** (gain / 20), -1.0, 1.0).astype(np.float32)
        yield replace(clip, name=f"{clip.name} {gain:+.0f} dB", samples=louder)
    for speed in SPEEDS:
        places = np.arange(0, len(clip.samples) - 1, speed)
        stretched = np.interp(places, np.arange(len(clip.samples)), clip.samples)
        yield replace(clip, name=f"{clip.name} x{speed}", samples=stretched.astype(np.float32))


def yields_undetected(clip: Clip, recogniser: Recogniser, language: str) -> bool:
    """Whether the recogniser alone, without voice detector and stack, writes anything."""
    window = round(WINDOW_S * SAMPLE_RATE_HZ)
    pieces = (clip.samples[i : i + window] for i in range(0, len(clip.samples), window))
    return any(
        recogniser.decode(DecodeRequest(samples=piece, language=language, final=True)).words
        for piece in pieces
        if len(piece) > SAMPLE_RATE_HZ
    )


def captions(samples: Samples, recogniser: Recogniser, language: str, *, stack: bool) -> Run:
    """The live captions of a clip, with or without the stack.

    The steps do not grow with the cost of a pass: two runs on a busy machine would decode other
    windows, and their difference would not be the stack's.
    """
    options = replace(stack_options(recogniser), enabled=stack)
    return simulate(
        samples,
        recogniser,
        language=language,
        chunk_s=0.5,
        options=replace(captioner_options(recogniser), step_per_cost=0.0),
        stack=HallucinationStack(options),
    )


def shares(
    found: list[Clip], recogniser: Recogniser, name: str, what: str, *, alone: bool
) -> list[Figure]:
    """How many of the clips yield text, by layer."""
    language = "en"
    figures = []

    def share(layers: str, yielding: list[str], goal: float | None = None) -> None:
        figures.append(
            Figure(
                f"{name}, {what}: {layers}",
                100 * len(yielding) / len(found),
                "% of clips",
                goal,
                note=f"{len(yielding)} of {len(found)}" + _named(yielding),
            )
        )

    if alone:
        told = [clip.name for clip in found if yields_undetected(clip, recogniser, language)]
        share("recogniser alone", told)
    detected, stacked, flashed = [], [], []
    for clip in found:
        run = captions(clip.samples, recogniser, language, stack=False)
        if run.lines:
            detected.append(clip.name)
        if run.passes:
            run = captions(clip.samples, recogniser, language, stack=True)
            if run.lines:
                stacked.append(clip.name)
            if run.lines or run.partials:
                flashed.append(clip.name)
    share("with the voice detector", detected)
    share("with detector and stack", stacked, 0.5)
    share("... or shown for a moment as partial text", flashed)
    return figures


def _named(names: list[str]) -> str:
    return f": {', '.join(names)}" if 0 < len(names) <= 4 else ""


def price(seeds: range, seconds: float) -> list[Figure]:
    """What the stack takes from real speech."""
    figures = []
    for language in LANGUAGES:
        errors: dict[bool, list[float]] = {True: [], False: []}
        held = 0
        for seed in seeds:
            speech = stream(language, seconds, seed)
            reference = units(speech.text, language)
            for stack in (True, False):
                run = captions(speech.samples, fixture(), language, stack=stack)
                held += len(run.suppressed) if stack else 0
                distance = edit_distance(reference, units(run.text, language))
                errors[stack].append(100 * distance / len(reference))
        lost = statistics.mean(errors[True]) - statistics.mean(errors[False])
        note = f"{held} lines held back"
        name = f"fixture, {language} streams: error added by the stack"
        figures.append(Figure(name, lost, "points", 0.3, note=note))
    return figures


def price_of_reading() -> list[Figure]:
    """The same for recorded English with the basic recogniser.

    A fresh one for every run: it remembers the voice it heard last, and the second of two runs
    over one clip would profit from the first.
    """
    read = [clip for clip in clips("en") if clip.kind.startswith("read")]
    if not read:
        return []
    wrong = {True: 0, False: 0}
    held = 0
    total = sum(len(units(clip.reference, "en")) for clip in read)
    for clip in read:
        reference = units(clip.reference, "en")
        for stack in (True, False):
            recogniser = BasicRecogniser()
            run = captions(clip.samples, recogniser, "en", stack=stack)
            recogniser.close()
            wrong[stack] += edit_distance(reference, units(run.text, "en"))
            held += len(run.suppressed) if stack else 0
    name = "basic, read English"
    return [
        Figure(f"{name}: WER with detector and stack", 100 * wrong[True] / total, "%"),
        Figure(
            f"{name}: error added by the stack",
            100 * (wrong[True] - wrong[False]) / total,
            "points",
            0.3,
            note=f"{len(read)} clips, {held} lines held back",
        ),
    ]


def measure(*, quick: bool = False) -> list[Figure]:
    """Both recognisers; the recordings need the larger set beside the checkout."""
    made = list(synthetic())
    if quick:
        return [*shares(made[::12], fixture(), "fixture", "synthetic", alone=True)]
    recorded = list(clips("nonspeech"))
    more = [variant for clip in recorded for variant in varied(clip)]
    figures: list[Figure] = []
    for name, recogniser, alone in (("fixture", fixture(), True), ("basic", basic(), False)):
        kinds = {"recorded": recorded, "recorded, varied": more, "synthetic": made}
        for what, found in kinds.items():
            if found:
                first = alone and what != "recorded, varied"
                figures += shares(found, recogniser, name, what, alone=first)
        figures += _together(figures, name, sum(map(len, kinds.values())))
    return [*figures, *price(range(1, 5), 120.0), *price_of_reading()]


def _together(figures: list[Figure], name: str, total: int) -> list[Figure]:
    """All kinds of clips in one share."""
    counts = [
        int(figure.note.split()[0])
        for figure in figures
        if figure.name.startswith(f"{name},") and figure.name.endswith("with detector and stack")
    ]
    yielding = sum(counts)
    note = f"{yielding} of {total}"
    return [
        Figure(
            f"{name}, all clips: with detector and stack",
            100 * yielding / total,
            "% of clips",
            0.5,
            note=note,
        )
    ]
