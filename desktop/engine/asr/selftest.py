"""Whether a model really runs on the graphics card, tried in a separate process.

A missing or wrong cuDNN does not raise, it ends the process (`abort`): so the attempt is made
where that costs nothing.  Thread: any but the window's; takes seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from desktop.engine.asr.catalogue import compute_type_for
from desktop.engine.asr.hardware import Hardware
from desktop.interpreter import python_command
from desktop.settings import RecognitionSettings

DEFAULT_TIMEOUT_S = 90.0
_DRIVER_HINT = "Update the NVIDIA driver and start Malgeul again."
_PACKAGES_HINT = "Install them with: pip install nvidia-cublas-cu12 nvidia-cudnn-cu12"
_MARK = "malgeul-selftest "
# What each library writes when it fails, most telling first.
_CAUSES: tuple[tuple[str, str, str], ...] = (
    (
        "cudnn",
        "cuDNN 9 was not found or does not fit the driver.",
        _PACKAGES_HINT,
    ),
    ("cublas", "cuBLAS 12 was not found.", _PACKAGES_HINT),
    (
        "out of memory",
        "The graphics card has too little free memory for this model.",
        "Close other programs that use the card, or choose a smaller model.",
    ),
    (
        "driver version is insufficient",
        "The NVIDIA driver is missing or too old for CUDA 12.",
        _DRIVER_HINT,
    ),
    ("no cuda-capable device", "CUDA finds no graphics card.", _DRIVER_HINT),
    ("cuda support", "This build of CTranslate2 knows no CUDA.", "Recognition uses the processor."),
    (
        "compute type",
        "The graphics card does not support this precision.",
        "In settings.json, set recognition.compute_type to “auto”.",
    ),
)


@dataclass(frozen=True, slots=True)
class SelfTest:
    """How an attempt ended.  `reason` and `hint` are sentences for people, empty when `ok`."""

    ok: bool
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Where recognition runs, and why."""

    device: str  # "cpu" | "cuda"
    compute_type: str
    threads: int
    reason: str
    hint: str = ""


def run_selftest(
    model: Path,
    *,
    device: str = "cuda",
    compute_type: str = "float16",
    timeout_s: float = DEFAULT_TIMEOUT_S,
    python: str = "",
) -> SelfTest:
    """Loads `model` on `device` in a child process and decodes one second of sound there."""
    command = [
        *([python] if python else python_command()),
        "-m",
        "desktop.engine.asr.selftest",
        str(model),
        device,
        compute_type,
    ]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_s,
            cwd=Path(__file__).resolve().parents[3],  # where `desktop` can be imported from
            check=False,
        )
    except subprocess.TimeoutExpired:
        return SelfTest(
            ok=False,
            reason=f"The graphics card did not answer within {timeout_s:.0f} s.",
            hint="Close other programs that use it, or set the device to CPU.",
        )
    except OSError as error:
        return SelfTest(ok=False, reason=f"The test could not be started: {error}.")
    return judge(done.returncode, done.stdout, done.stderr)


def judge(code: int, output: str, errors: str) -> SelfTest:
    """Reads the outcome of the child process."""
    report = next((s for s in output.splitlines() if s.startswith(_MARK)), "")
    error = str(json.loads(report.removeprefix(_MARK)).get("error", "")) if report else ""
    if code == 0 and report and not error:
        return SelfTest(ok=True)
    told = f"{error}\n{errors}".lower()
    for sign, reason, hint in _CAUSES:
        if sign in told:
            return SelfTest(ok=False, reason=reason, hint=hint)
    last = error or next((s for s in reversed(errors.splitlines()) if s.strip()), "")
    ended = f"ended by signal {-code}" if code < 0 else f"ended with code {code}"
    return SelfTest(
        ok=False,
        reason=f"Recognition does not run on the graphics card: {last.strip() or ended}.",
        hint="Set the device to CPU, or update the NVIDIA driver.",
    )


def choose(
    hardware: Hardware,
    settings: RecognitionSettings,
    model: Path | None = None,
    *,
    name: str = "",
    timeout_s: float = DEFAULT_TIMEOUT_S,
) -> Choice:
    """Device, precision and threads to load a model with; the CPU whenever the card fails.

    Args:
        model: the model's folder, to try it on the card; None skips the attempt.
        name: the model's name in the catalogue, for its memory needs.
    """
    threads = settings.threads or hardware.threads
    cpu_type = settings.compute_type if settings.compute_type != "auto" else "int8"
    if cpu_type not in (hardware.cpu_compute_types or (cpu_type,)):
        cpu_type = "int8"
    if settings.device == "cpu":
        return Choice("cpu", cpu_type, threads, "The processor was chosen in the settings.")
    if hardware.card is None:
        reason, hint = "There is no NVIDIA graphics card here; the processor is used.", ""
        if hardware.cuda:
            reason = f"CUDA does not see the {hardware.cuda[0].name}; the processor is used."
            hint = _DRIVER_HINT
        return Choice("cpu", cpu_type, threads, reason, hint)
    device, fitting = compute_type_for(hardware, name or (model.name if model else ""))
    if device == "cpu" and settings.device == "auto":
        reason = f"The {hardware.card.name} has too little free memory; the processor is used."
        return Choice("cpu", cpu_type, threads, reason, "Choose a smaller model to use the card.")
    wanted = settings.compute_type if settings.compute_type != "auto" else fitting
    if model is not None:
        tried = run_selftest(model, compute_type=wanted, timeout_s=timeout_s)
        if not tried.ok:
            reason = f"{tried.reason} The processor is used instead."
            return Choice("cpu", "int8", threads, reason, tried.hint)
    return Choice("cuda", wanted, threads, f"The {hardware.card.name} is used.")


def _attempt(model: str, device: str, compute_type: str) -> str:
    """The child's work; returns the error, empty when decoding worked."""
    try:
        import numpy as np
        from faster_whisper import WhisperModel

        loaded = WhisperModel(model, device=device, compute_type=compute_type, cpu_threads=1)
        sound = np.random.default_rng(1).normal(0.0, 0.01, 16_000).astype(np.float32)
        segments, _ = loaded.transcribe(sound, language="en", beam_size=1, vad_filter=False)
        list(segments)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent reports it
        return f"{type(error).__name__}: {error}"
    return ""


if __name__ == "__main__":
    print(_MARK + json.dumps({"error": _attempt(*sys.argv[1:4])}), flush=True)
