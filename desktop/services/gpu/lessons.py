"""What a card taught by running out of memory, kept over restarts (faults: P11).

Each time vLLM ends for want of memory the next plan is a smaller one: more is set aside for the
program itself, or more is left free.  One small file; a damaged one counts as none.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

_log = logging.getLogger(__name__)
_STEP_BYTES = 1 << 30
_NEXT_SHARE = 0.85
_MOST_BYTES = 8 << 30  # beyond it the cause is another one


class Shortage(Enum):
    """What went wrong with the share that the plan had given."""

    RAN_OUT = "ran out"  # the program took more than its share
    NOT_FREE = "not free"  # others held more than was thought
    NO_CACHE = "no cache"  # the share holds the weights, but no context


@dataclass(frozen=True, slots=True)
class Lesson:
    """Bytes beyond the usual: for the program's own needs, and to leave free.

    `most` bounds the next share; 0 when nothing does.
    """

    overhead: int = 0
    reserve: int = 0
    most: int = 0


def path_in(root: Path) -> Path:
    return root / "services" / "gpu-lessons.json"


def read(root: Path, card: str) -> Lesson:
    """What is known of the card called `card`."""
    return _read_all(root).get(card, Lesson())


def learn(root: Path, card: str, shortage: Shortage, share: int) -> Lesson:
    """Keeps that a share of `share` bytes failed; returns what counts from now on."""
    known = _read_all(root)
    before = known.get(card, Lesson())
    overhead, reserve, most = before.overhead, before.reserve, int(share * _NEXT_SHARE)
    if shortage is Shortage.NOT_FREE:
        reserve = min(reserve + _STEP_BYTES, _MOST_BYTES)
    else:
        overhead = min(overhead + _STEP_BYTES, _MOST_BYTES)
    if shortage is Shortage.NO_CACHE:
        most = before.most  # less would be even less of a cache
    after = Lesson(overhead, reserve, most)
    known[card] = after
    path = path_in(root)
    temporary = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({name: asdict(lesson) for name, lesson in known.items()})
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        _log.warning("what the graphics card taught could not be kept: %s", error)
    return after


def forget(root: Path) -> None:
    """A person changed something: the next plan begins without lessons."""
    path_in(root).unlink(missing_ok=True)


def _read_all(root: Path) -> dict[str, Lesson]:
    try:
        found = json.loads(path_in(root).read_text(encoding="utf-8"))
        return {
            str(name): Lesson(int(entry["overhead"]), int(entry["reserve"]), int(entry["most"]))
            for name, entry in found.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
