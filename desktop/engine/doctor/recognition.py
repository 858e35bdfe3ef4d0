"""The recognition models and the graphics processor they may run on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.engine.doctor.finding import Finding, State
from desktop.interpreter import python_command
from desktop.paths import Paths

if TYPE_CHECKING:
    from desktop.engine.asr.hardware import Hardware

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
        names = ("cublas64_12.dll", "cudnn64_9.dll") if sys.platform == "win32" else (
            "libcublas.so.12", "libcudnn.so.9")
        for name in names:
            ctypes.CDLL(name)
    except (OSError, RuntimeError) as error:
        report["error"] = str(error)
print(json.dumps(report))
"""
_CPU = "Recognition runs on the processor."
_LIBRARIES = (
    "Install the NVIDIA driver, CUDA 12's cuBLAS and cuDNN 9: "
    "pip install nvidia-cublas-cu12 nvidia-cudnn-cu12"
)


def check_models(paths: Paths) -> Iterator[Finding]:
    yield _models(paths)


def check_graphics(paths: Paths) -> Iterator[Finding]:
    yield _graphics(paths)


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


def _graphics(paths: Paths) -> Finding:
    from desktop.engine.asr.hardware import detect

    title = "Graphics processor"
    hardware = detect()
    if not hardware.cuda:
        return Finding("gpu", title, State.OK, f"no NVIDIA one. {_CPU}")
    card = hardware.cuda[0]
    gigabytes = f"{card.free_bytes / 1e9:.0f} of {card.total_bytes / 1e9:.0f} GB free"
    reason, fix = _trouble(hardware, paths)
    if reason:
        return Finding("gpu", title, State.WARN, f"{card.name}: {reason} {_CPU}", fix)
    types = ", ".join(hardware.cuda_compute_types)
    return Finding("gpu", title, State.OK, f"{card.name}, {gigabytes}; precisions: {types}")


def _trouble(hardware: Hardware, paths: Paths) -> tuple[str, str]:
    """Why the card cannot be used and what to do; empty when decoding works on it.

    With a model at hand a second of sound is really decoded, else the libraries are loaded.
    """
    from desktop.engine.asr.catalogue import compute_type_for
    from desktop.engine.asr.modelstore import ModelStore
    from desktop.engine.asr.selftest import run_selftest

    if not hardware.cuda_usable:
        return "CUDA does not see it.", _LIBRARIES
    for model in ModelStore(paths.models).list():
        if model.installed and not model.basic:
            device, compute_type = compute_type_for(hardware, model.name)
            if device == "cuda":
                tried = run_selftest(Path(model.path), compute_type=compute_type)
                return tried.reason, tried.hint
    report, trouble = _probe()
    error = trouble if report is None else str(report["error"])
    return (f"it cannot be used: {error}.", _LIBRARIES) if error else ("", "")


def _probe() -> tuple[dict[str, Any] | None, str]:
    try:
        result = subprocess.run(
            [*python_command(), "-P", "-c", _PROBE],
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
