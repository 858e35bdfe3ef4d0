"""The result of one check.  Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    WARN = "warn"  # works, but something is missing that a person may want
    FAIL = "fail"  # an essential part does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Args:
        name: stable identifier for scripts: ``database``.
        title: what was looked at, in a few words.
        detail: what was found.
        fix: what to do about it; empty when nothing needs doing.
    """

    name: str
    title: str
    state: State
    detail: str
    fix: str = ""
