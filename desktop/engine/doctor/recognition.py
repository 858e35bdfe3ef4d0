"""The recognition models and the graphics processor they may run on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from desktop.engine.doctor.finding import Finding, State
from desktop.paths import Paths

_TIMEOUT_S = 60.0
# Moves a few numbers to the graphics processor and loads what decoding needs there.  In a child
# process: a broken driver can end the process that touches it.
_PROBE = """
import ctypes, json, sys
import ctranslate2, numpy
report = {"count": ctranslate2.get_cuda_device_count(), "error": ""}
if report["count"]:
    try:
        view = ctranslate2.StorageView.from_array(numpy.ones((4, 4), numpy.float32))
        view.to_device(ctranslate2.Device.cuda)
        report["types"] = sorted(ctranslate2.get_supported_compute_types("cuda"))
        names = ("cublas64_12.dll", "cudnn64_9.dll") if sys.platform == "win32" else (
            "libcublas.so.12", "libcudnn.so.9")
        for name in names:
            ctypes.CDLL(name)
    except (OSError, RuntimeError) as error:
        report["error"] = str(error)
print(json.dumps(report))
"""
_CPU = "Recognition runs on the processor."


def check_models(paths: Paths) -> Iterator[Finding]:
    yield _models(paths)


def check_graphics(_paths: Paths) -> Iterator[Finding]:
    yield _graphics()


def _models(paths: Paths) -> Finding:
    from desktop.engine.asr.modelstore import ModelStore

    title = "Recognition models"
    installed = [model for model in ModelStore(paths.models).list() if model.installed]
    names = ", ".join(model.name for model in installed) or "none"
    if any(not model.basic for model in installed):
        return Finding("models", title, State.OK, names)
    return Finding(
        "models",
        title,
        State.WARN,
        f"{names}: only the basic recogniser, English and rough"
        if installed
        else "none: nothing can be transcribed",
        "Fetch one: malgeul models get turbo. Without a network: malgeul models import FOLDER",
    )


def _graphics() -> Finding:
    title = "Graphics processor"
    name = _graphics_name()
    if not name:
        return Finding("gpu", title, State.OK, f"no NVIDIA one. {_CPU}")
    report, trouble = _probe()
    if report is None or report["error"] or not report["count"]:
        reason = trouble if report is None else report["error"] or "CUDA does not see it"
        return Finding(
            "gpu",
            title,
            State.WARN,
            f"{name} cannot be used: {reason}. {_CPU}",
            "Install the NVIDIA driver, CUDA 12's cuBLAS and cuDNN 9: "
            "pip install nvidia-cublas-cu12 nvidia-cudnn-cu12",
        )
    return Finding("gpu", title, State.OK, f"{name}; precisions: {', '.join(report['types'])}")


def _graphics_name() -> str:
    """The first NVIDIA card with its memory, from the driver; empty without one."""
    try:
        import pynvml

        pynvml.nvmlInit()
    except (ImportError, OSError):
        return ""
    except pynvml.NVMLError:
        return ""
    try:
        handle = pynvml.nvmlDeviceGetHandleByIndex(0)
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
        return (
            f"{pynvml.nvmlDeviceGetName(handle)}, {int(memory.total) / 1e9:.0f} GB "
            f"({int(memory.free) / 1e9:.0f} GB free), "
            f"driver {pynvml.nvmlSystemGetDriverVersion()}"
        )
    except pynvml.NVMLError:
        return ""
    finally:
        pynvml.nvmlShutdown()


def _probe() -> tuple[dict[str, Any] | None, str]:
    try:
        result = subprocess.run(
            [sys.executable, "-P", "-c", _PROBE],
            check=False,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT_S,
        )
        report: dict[str, Any] = json.loads(result.stdout)
    except subprocess.TimeoutExpired:
        return None, f"it did not answer within {_TIMEOUT_S:.0f} s"
    except ValueError:
        lines = result.stderr.strip().splitlines()
        return None, lines[-1] if lines else f"the test ended with code {result.returncode}"
    return report, ""
