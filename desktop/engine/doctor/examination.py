"""Runs every check in turn.  A check that itself fails is a finding, never a crash.

Takes about two seconds: Qt and the GPU libraries are tried in child processes, so that a broken
driver or library cannot take this process with it.  Any thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from desktop.engine.doctor import machine, recognition, sound, storage, window
from desktop.engine.doctor.finding import Finding, State
from desktop.paths import Paths

_log = logging.getLogger(__name__)

Check = Callable[[Paths], Iterator[Finding]]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("machine", machine.check),
    ("storage", storage.check),
    ("sound", sound.check),
    ("models", recognition.check_models),
    ("gpu", recognition.check_graphics),
    ("window", window.check),
)


def examine(paths: Paths, more: Sequence[tuple[str, Check]] = ()) -> Iterator[Finding]:
    """Yields findings as they are made, grouped by area; `more` are checks of other parts."""
    for name, check in (*CHECKS, *more):
        try:
            yield from check(paths)
        except PermissionError as error:
            _log.info("the check %s may not look there", name, exc_info=True)
            yield Finding(
                name,
                name.capitalize(),
                State.FAIL,
                f"{error.filename} cannot be looked at: {error.strerror}",
                "Make the data directory accessible, or choose another one with MALGEUL_HOME.",
            )
        except Exception as error:  # noqa: BLE001 - whatever is broken here is itself a finding
            _log.exception("the check %s failed", name)
            yield Finding(
                name,
                name.capitalize(),
                State.FAIL,
                f"The check did not finish: {type(error).__name__}: {error}",
                "Please report this with the log.",
            )
