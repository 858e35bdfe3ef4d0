"""What 200 killed recordings lose, from the slow test that checks every sample of them."""

from __future__ import annotations

import re

from benchmarks.figures import Figure
from benchmarks.printed import printed_lines

TITLE = "Recordings killed with kill -9"
_PATH = "tests/integration/test_kill9_recording.py"


def measure(*, quick: bool = False) -> list[Figure]:
    """Nothing in the quick version: it takes five minutes on a quiet machine."""
    if quick:
        return []
    lines = printed_lines(_PATH, "-m", "slow")
    found = re.search(r"at most ([\d.]+) s, ([\d.]+) s on average", "\n".join(lines))
    if found is None:
        raise RuntimeError(f"{_PATH} no longer prints its losses")
    return [
        Figure("200 x kill -9: most lost", float(found[1]), "s", 1.0),
        Figure("200 x kill -9: lost on average", float(found[2]), "s"),
    ]
