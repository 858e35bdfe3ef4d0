"""The launcher on Windows: a Job Object takes the service and all it starts with it.

Runs alone as ``python -I -S launcher_windows.py``.  The protocol is the one of `launcher`.  The
job has KILL_ON_JOB_CLOSE and this process is its first member: when the launcher ends, for
whatever reason, Windows ends everything in the job.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import subprocess
import sys
import threading

_EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation
_KILL_ON_JOB_CLOSE = 0x2000


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("per_process_user_time_limit", ctypes.c_int64),
        ("per_job_user_time_limit", ctypes.c_int64),
        ("limit_flags", ctypes.c_uint32),
        ("minimum_working_set_size", ctypes.c_size_t),
        ("maximum_working_set_size", ctypes.c_size_t),
        ("active_process_limit", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority_class", ctypes.c_uint32),
        ("scheduling_class", ctypes.c_uint32),
    )


class _Limits(ctypes.Structure):
    _fields_ = (
        ("basic", _BasicLimits),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory_limit", ctypes.c_size_t),
        ("job_memory_limit", ctypes.c_size_t),
        ("peak_process_memory_used", ctypes.c_size_t),
        ("peak_job_memory_used", ctypes.c_size_t),
    )


def _say(**report: object) -> None:
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()


def enter_job() -> None:
    """Puts this process, and so all it will start, into a job that ends with it.

    Raises:
        OSError: Windows refused.
    """
    if sys.platform != "win32":
        raise OSError("job objects exist on Windows only")
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = ctypes.c_void_p
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    limits = _Limits()
    limits.basic.limit_flags = _KILL_ON_JOB_CLOSE
    size = ctypes.sizeof(limits)
    if not kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, ctypes.byref(limits), size):
        raise ctypes.WinError(ctypes.get_last_error())
    if not kernel.AssignProcessToJobObject(job, ctypes.c_void_p(kernel.GetCurrentProcess())):
        raise ctypes.WinError(ctypes.get_last_error())


def _listen(child: subprocess.Popen[bytes]) -> None:
    """Obeys the application; its end is ours and, through the job, everybody's."""
    control = sys.stdin.buffer  # not the descriptor: a hasty letter may lie in the buffer
    assert isinstance(control, io.BufferedReader)
    while letters := control.read1(64):
        if b"K" in letters:
            child.kill()
        elif b"T" in letters:
            child.terminate()
    os._exit(1)


def main() -> int:
    """Launches what the first line says and stays until it has ended."""
    enter_job()
    order = json.loads(sys.stdin.buffer.readline())
    try:
        child = subprocess.Popen(
            order["argv"],
            env=order["environment"],
            cwd=order["cwd"],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
        )
    except OSError as error:
        _say(event="error", errno=error.errno, message=error.strerror or str(error))
        return 1
    _say(event="started", pid=child.pid)
    threading.Thread(target=_listen, args=(child,), daemon=True).start()
    _say(event="exited", code=child.wait())
    return 0


if __name__ == "__main__":
    sys.exit(main())
