"""The basic recogniser: PocketSphinx with the English model inside its wheel.

It captions when no Whisper model is there yet.  About a third of the words are wrong, which the
window says plainly.  Thread: one at a time, like every `Recogniser`; the thread ``basic-reader``
reads what the child process answers.

The decoder holds Python's global lock while it works (measured: 11 s for an utterance of 12 s on
a busy machine), and the callback that takes the sound from the device needs that.  So it works in
a child process, which also bears its crashes: one that ended is started again with the next window.
"""

from __future__ import annotations

import json
import logging
import math
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.engine.asr.recogniser import DecodeRequest, Decoding, RecogniserInfo
from desktop.errors import ModelError, RecogniserError
from desktop.events import SAMPLE_RATE_HZ, Word
from desktop.interpreter import python_command

_log = logging.getLogger(__name__)

BASIC_MODEL_NAME = "basic"
ANSWER_TIMEOUT_S = 120.0  # for one window or for loading; a busy machine takes ten seconds
ENDED = "its process ended"
_INFO = RecogniserInfo(
    model=BASIC_MODEL_NAME, device="cpu", compute_type="int16", languages=("en",), basic=True
)


class BasicRecogniser:
    """A `Recogniser` for English that needs no download.

    Args:
        command: how to start the child, for tests.
        timeout_s: how long an answer may take.

    Raises:
        ModelError: PocketSphinx or its model is missing or damaged.
    """

    def __init__(self, command: Sequence[str] = (), *, timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._command = list(command) or [*python_command(), "-m", "desktop.engine.asr.basic_child"]
        self._timeout_s = timeout_s
        self._closed = False
        self._child: _Child | None = self._start()

    @property
    def info(self) -> RecogniserInfo:
        return _INFO

    def decode(self, request: DecodeRequest) -> Decoding:
        """Decodes the window, continuing the last one where it only grew at its end.

        Raises:
            RecogniserError: the decoder failed; the next window starts afresh.
        """
        if self._closed:
            raise RecogniserError("The basic recogniser is closed.", code="recogniser.closed")
        try:
            child = self._child = self._child or self._start()
            child.send(request)
            answer = child.answer(self._timeout_s)
        except (OSError, EOFError, queue.Empty, ModelError) as error:
            self._drop()
            _log.warning("the basic recogniser's process: %r", error)
            raise _failed(request, ENDED) from error
        if "error" in answer:
            raise RecogniserError(str(answer["error"]), hint=str(answer.get("hint", "")))
        return _decoding([Word(*word) for word in answer["words"]])

    def language_probabilities(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        """English is all this model knows."""
        return {"en": 1.0}

    def close(self) -> None:
        """Ends the child.  Idempotent."""
        self._closed = True
        self._drop()

    def _start(self) -> _Child:
        hint = "Install Malgeul again (the package pocketsphinx carries this model)."
        try:
            child = _Child(self._command)
        except OSError as error:
            raise ModelError(f"The basic recogniser does not load: {error}.", hint=hint) from error
        try:
            answer = child.answer(self._timeout_s)
        except (EOFError, queue.Empty) as error:
            child.end()
            raise ModelError(f"The basic recogniser does not load: {ENDED}.", hint=hint) from error
        if "error" in answer:
            child.end()
            raise ModelError(str(answer["error"]), hint=str(answer.get("hint", "")))
        return child

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


class _Child:
    """The process, and the thread that reads its answers.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, command: list[str]) -> None:
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[3],  # where `desktop` can be imported from
        )
        self._reader = threading.Thread(target=self._read, name="basic-reader", daemon=True)
        self._reader.start()

    def send(self, request: DecodeRequest) -> None:
        """Hands it a window.

        Raises:
            OSError: it has ended.
        """
        assert self._process.stdin is not None
        fields = {
            "samples": len(request.samples),
            "start_sample": request.start_sample,
            "prefix": request.prefix,
            "final": request.final,
        }
        data = request.samples.astype("<f4", copy=False).tobytes()
        self._process.stdin.write(json.dumps(fields).encode() + b"\n" + data)
        self._process.stdin.flush()

    def answer(self, timeout_s: float) -> dict[str, Any]:
        """What it says next.

        Raises:
            EOFError: it has ended.
            queue.Empty: it said nothing for so long.
        """
        line = self._answers.get(timeout=timeout_s)
        if not line:
            raise EOFError(ENDED)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """Kills it: it has nothing to save."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.close()
        except OSError:  # an unfinished write; nobody is there to read it
            _log.debug("the basic recogniser ended with a window unread")
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(b"")


def _failed(request: DecodeRequest, why: str) -> RecogniserError:
    length_s = len(request.samples) / SAMPLE_RATE_HZ
    return RecogniserError(
        f"The basic recogniser failed on {length_s:.1f} s of sound: {why}.",
        hint="The sound is kept; choose another model to transcribe it again.",
    )


def _decoding(words: list[Word]) -> Decoding:
    probabilities = tuple(word.probability for word in words)
    mean = sum(map(math.log, probabilities)) / len(words) if words else 0.0
    return Decoding(
        words=tuple(words),
        language="en",
        language_probability=1.0,
        avg_logprob=mean,
        no_speech_prob=0.0,
        token_probabilities=probabilities,
    )
