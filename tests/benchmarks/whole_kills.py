"""SIGKILL of the whole program, again and again: with everything up, and while it starts."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure
from whole_application import Aftermath, WholeApplication

WITHIN_S = 2.0
PATIENCE_S = 10.0  # what stays too long is watched so long, to tell how long it stayed


def with_everything_up(whole: WholeApplication, rounds: int) -> Iterator[Aftermath]:
    """Kills each time when every server is ready and every helper runs."""
    for _ in range(rounds):
        whole.start()
        whole.wait_until_up()
        yield whole.kill(PATIENCE_S)


def while_starting(whole: WholeApplication, rounds: int, seed: int = 1) -> Iterator[Aftermath]:
    """Kills at moments spread over as long as the last whole start took, whatever runs then."""
    chance = random.Random(seed)
    for _ in range(rounds):
        whole.start()
        time.sleep(chance.uniform(0.0, whole.up_after_s))
        yield whole.kill(PATIENCE_S)


def figures(folder: Path, *, up: int, starting: int) -> list[Figure]:
    """Both, in one data directory: what a kill leaves on disk is there for the next start."""
    whole = WholeApplication(folder / "whole", 27_000)
    try:
        return [
            *_summary("with everything up", list(with_everything_up(whole, up))),
            *_summary("at a moment of its start", list(while_starting(whole, starting))),
        ]
    finally:
        whole.close()


def _summary(when: str, rounds: list[Aftermath]) -> list[Figure]:
    name = f"{len(rounds)} x SIGKILL of the whole program {when}"
    times = [each.gone_s if each.gone_s is not None else PATIENCE_S for each in rounds]
    programs = f"{min(e.programs for e in rounds)} to {max(e.programs for e in rounds)} processes"
    late = [each for each in rounds if each.gone_s is None or each.gone_s > WITHIN_S]
    return [
        Figure(f"{name}: everything gone, median", statistics.median(times), "s", note=programs),
        Figure(f"{name}: everything gone, worst", max(times), "s", WITHIN_S),
        Figure(f"{name}: rounds with something left after 2 s", float(len(late)), "", 0.0),
    ]
