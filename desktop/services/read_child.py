"""A child process started by the thread that reads what it says.

Our children ask Linux to be killed when their parent dies (``PR_SET_PDEATHSIG``).  Linux means the
thread that started them, not the process: started by a thread of a pool, such a child would be
killed in the middle of its work when the pool lets the thread go.  The thread that reads a child's
output ends only after the child has, so it is the one that starts it.
"""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Process = TypeVar("Process", bound="subprocess.Popen[Any]")


def start_on_reader(
    start: Callable[[], Process], read: Callable[[Process], None], name: str
) -> tuple[Process, threading.Thread]:
    """The process and the thread that started it and reads it.  Any thread.

    Args:
        start: starts the process.
        read: reads its output to the end; the thread ends with it.
        name: of the thread.

    Raises:
        OSError: the process cannot be started; no thread is left.
    """
    begun: queue.SimpleQueue[Process | BaseException] = queue.SimpleQueue()

    def run() -> None:
        try:
            process = start()
        except BaseException as error:  # noqa: BLE001 - it belongs to who asked
            begun.put(error)
            return
        begun.put(process)
        read(process)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    process = begun.get()
    if isinstance(process, BaseException):
        thread.join()
        raise process
    return process, thread
