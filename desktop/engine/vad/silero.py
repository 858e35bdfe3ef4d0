"""Silero VAD v6 as a true stream: the model inside the faster-whisper wheel, on one CPU thread.

Thread: a `SileroDetector` belongs to one thread; the `SileroModel` behind it holds no state
between calls and may serve the detectors of several tracks at once.
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop.engine.vad.detector import FRAME_SAMPLES
from desktop.errors import ModelError

if TYPE_CHECKING:
    import onnxruntime

CONTEXT_SAMPLES = 64  # the model sees the end of the frame before
_STATE_SHAPE = (1, 1, 128)
_BATCH_FRAMES = 1024  # 33 s: bounds the memory of one call on a whole recording
_ASSET = "silero_vad_v6.onnx"
_HINT = "Install Malgeul again (the package faster-whisper carries this file)."


def default_model_path() -> Path:
    """Where the faster-whisper wheel keeps the model, without importing that heavy package.

    Raises:
        ModelError: faster-whisper is not installed.
    """
    spec = importlib.util.find_spec("faster_whisper")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "The speech detector is missing: faster-whisper is not installed.",
            hint=_HINT,
            code="model.vad",
        )
    return Path(next(iter(spec.submodule_search_locations))) / "assets" / _ASSET


class SileroModel:
    """The loaded network.  Loading takes about 25 ms and 10 MB.

    Args:
        path: the ONNX file; None means the one in the faster-whisper wheel.

    Raises:
        ModelError: the file is missing or damaged.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._session = _open_session(path if path is not None else default_model_path())

    def run(
        self, frames: NDArray[np.float32], h: NDArray[np.float32], c: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Runs consecutive frames, shape ``(n, 576)``; returns probabilities and the new state."""
        outputs: list[Any] = self._session.run(
            ["speech_probs", "hn", "cn"], {"input": frames, "h": h, "c": c}
        )
        return outputs[0], outputs[1], outputs[2]


@functools.cache
def shared_model() -> SileroModel:
    """The one model that all detectors share unless they are given another."""
    return SileroModel()


class SileroDetector:
    """A `VoiceDetector`: the same probabilities whether fed sample by sample or all at once.

    Args:
        model: a model to share; None means `shared_model()`, loaded on first use.
    """

    def __init__(self, model: SileroModel | None = None) -> None:
        self._model = model
        self._h = np.zeros(_STATE_SHAPE, dtype=np.float32)
        self._c = np.zeros(_STATE_SHAPE, dtype=np.float32)
        self._context = np.zeros(CONTEXT_SAMPLES, dtype=np.float32)
        self._rest = np.zeros(0, dtype=np.float32)

    @property
    def pending_samples(self) -> int:
        """Samples taken that do not fill a frame yet."""
        return len(self._rest)

    def reset(self) -> None:
        """Forgets all state, as at the start of a track."""
        self._h = np.zeros(_STATE_SHAPE, dtype=np.float32)
        self._c = np.zeros(_STATE_SHAPE, dtype=np.float32)
        self._context = np.zeros(CONTEXT_SAMPLES, dtype=np.float32)
        self._rest = np.zeros(0, dtype=np.float32)

    def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Consumes mono 16 kHz samples; returns one probability a completed 512-sample frame.

        NaN and infinities count as silence (faults: A31): one of them would otherwise stay in
        the recurrent state for good.

        Raises:
            ModelError: the model cannot be loaded (first call only).
        """
        model = self._model
        if model is None:
            model = self._model = shared_model()
        fresh = np.asarray(samples, dtype=np.float32).reshape(-1)
        if not np.isfinite(fresh).all():
            fresh = np.nan_to_num(fresh, nan=0.0, posinf=0.0, neginf=0.0)
        sound = np.concatenate((self._rest, fresh)) if len(self._rest) else fresh
        count = len(sound) // FRAME_SAMPLES
        results = np.empty(count, dtype=np.float32)
        for first in range(0, count, _BATCH_FRAMES):
            last = min(first + _BATCH_FRAMES, count)
            block = sound[first * FRAME_SAMPLES : last * FRAME_SAMPLES]
            results[first:last] = self._run(model, block)
        self._rest = sound[count * FRAME_SAMPLES :].copy()
        return results

    def _run(self, model: SileroModel, block: NDArray[np.float32]) -> NDArray[np.float32]:
        frames = np.empty(
            (len(block) // FRAME_SAMPLES, CONTEXT_SAMPLES + FRAME_SAMPLES), dtype=np.float32
        )
        frames[:, CONTEXT_SAMPLES:] = block.reshape(-1, FRAME_SAMPLES)
        frames[0, :CONTEXT_SAMPLES] = self._context
        frames[1:, :CONTEXT_SAMPLES] = frames[:-1, -CONTEXT_SAMPLES:]
        self._context = frames[-1, -CONTEXT_SAMPLES:].copy()
        found, self._h, self._c = model.run(frames, self._h, self._c)
        return found


def _open_session(path: Path) -> onnxruntime.InferenceSession:
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            f"The speech detector cannot run: onnxruntime does not load ({error}).",
            hint=_HINT,
            code="model.vad",
        ) from error
    if not path.is_file():
        raise ModelError(f"The speech detector is missing: {path}.", hint=_HINT, code="model.vad")
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # an arena keeps the largest batch's memory for good
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(
            str(path), providers=["CPUExecutionProvider"], sess_options=options
        )
    except Exception as error:  # onnxruntime's errors share no base but Exception
        raise ModelError(
            f"The speech detector is damaged: {path} ({error}).", hint=_HINT, code="model.vad"
        ) from error
