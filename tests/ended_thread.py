"""Something done on a thread that is gone afterwards, for Linux too."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
_WITHIN_S = 10.0


def on_a_thread_that_ends(call: Callable[[], Result]) -> Result:
    """The result; what Linux does when a thread ends has been done."""
    results: list[Result] = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()
    thread.join()
    ends_s = time.monotonic() + _WITHIN_S
    while os.path.exists(f"/proc/self/task/{thread.native_id}"):
        assert time.monotonic() < ends_s
        time.sleep(0.001)
    return results[0]
