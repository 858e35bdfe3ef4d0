"""The recognition models and the graphics processor they may run on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.engine.doctor.child import run_probe
from desktop.engine.doctor.finding import Finding, State
from desktop.engine.doctor.storage import read_settings
from desktop.errors import MalgeulError, ModelError
from desktop.paths import Paths

if TYPE_CHECKING:
    from desktop.engine.asr.hardware import CudaDevice, Hardware
    from desktop.records import ModelRecord

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
    yield from _damaged(paths)
    yield from _chosen(paths)


def check_graphics(paths: Paths) -> Iterator[Finding]:
    yield _graphics(paths)


def _models(paths: Paths) -> Finding:
    title = "Recognition models"
    installed = _installed(paths)
    names = ", ".join(model.name for model in installed) or "none"
    if any(not model.basic for model in installed):
        return Finding("models", title, State.OK, names)
    fix = "Fetch one: malgeul models get. Without a network: malgeul models import FOLDER"
    if not installed:
        return Finding("models", title, State.FAIL, "none: nothing can be transcribed", fix)
    rough = f"{names}: only the basic recogniser, English and rough"
    return Finding("models", title, State.WARN, rough, fix)


def _damaged(paths: Paths) -> Iterator[Finding]:
    """Models that lie there but cannot be used."""
    for model in _installed(paths):
        if reason := _damage(model):
            fix = f"malgeul models remove {model.name}, then get or import it again."
            yield Finding(f"model_{model.name}", f"Model {model.name}", State.WARN, reason, fix)


def _damage(model: ModelRecord) -> str:
    """What is wrong with an installed model; empty when nothing is."""
    from desktop.engine.asr.modelfolder import verify_folder

    try:
        if not model.basic:
            verify_folder(Path(model.path))
    except ModelError as error:
        return error.message
    return ""


def _chosen(paths: Paths) -> Iterator[Finding]:
    """The model of the settings, where it is none of those that are chosen by themselves."""
    from desktop.engine.asr.modelstore import ModelStore

    try:
        name = read_settings(paths).recognition.model
    except (OSError, ValueError):  # another check says so
        return
    if name in ("auto", "basic"):
        return
    title = "Model of the settings"
    try:
        ModelStore(paths.models).resolve(name)
    except MalgeulError as error:
        detail = f"{error.message} The basic recogniser stands in for it."
        yield Finding("chosen_model", title, State.WARN, detail, error.hint)
    else:
        yield Finding("chosen_model", title, State.OK, name)


def _installed(paths: Paths) -> list[ModelRecord]:
    from desktop.engine.asr.modelstore import ModelStore

    return [model for model in ModelStore(paths.models).list() if model.installed]


def _graphics(paths: Paths) -> Finding:
    from desktop.engine.asr.hardware import detect

    title = "Graphics processor"
    hardware = detect()
    if not hardware.cuda:
        return Finding("gpu", title, State.OK, f"no NVIDIA one. {_CPU}")
    reason, fix = _trouble(hardware, paths)
    if reason:
        return Finding("gpu", title, State.WARN, f"{hardware.cuda[0].name}: {reason} {_CPU}", fix)
    types = ", ".join(hardware.cuda_compute_types)
    cards = "; ".join(_card(card, several=len(hardware.cuda) > 1) for card in hardware.cuda)
    return Finding("gpu", title, State.OK, f"{cards}; precisions: {types}")


def _card(card: CudaDevice, *, several: bool) -> str:
    gigabytes = f"{card.free_bytes / 1e9:.0f} of {card.total_bytes / 1e9:.0f} GB free"
    return f"{f'{card.index}: ' if several else ''}{card.name}, {gigabytes}"


def _trouble(hardware: Hardware, paths: Paths) -> tuple[str, str]:
    """Why the card cannot be used and what to do; empty when decoding works on it.

    With a model at hand a second of sound is really decoded, else the libraries are loaded.
    """
    from desktop.engine.asr.catalogue import compute_type_for
    from desktop.engine.asr.selftest import run_selftest

    if not hardware.cuda_usable:
        return "CUDA does not see it.", _LIBRARIES
    for model in _installed(paths):
        if not (model.basic or _damage(model)):
            device, compute_type = compute_type_for(hardware, model.name)
            if device == "cuda":
                tried = run_selftest(Path(model.path), compute_type=compute_type)
                return tried.reason, tried.hint
    report, trouble = _probe()
    error = trouble if report is None else str(report["error"])
    return (f"it cannot be used: {error}.", _LIBRARIES) if error else ("", "")


def _probe() -> tuple[dict[str, Any] | None, str]:
    try:
        result = run_probe(_PROBE, _TIMEOUT_S)
        report: dict[str, Any] = json.loads(result.stdout)
    except subprocess.TimeoutExpired:
        return None, f"it did not answer within {_TIMEOUT_S:.0f} s"
    except ValueError:
        lines = result.stderr.strip().splitlines()
        return None, lines[-1] if lines else f"the test ended with code {result.returncode}"
    return report, ""
