"""A recogniser whose thread can be told to leave at once: "press Ctrl+C again".

What it had not decoded yet is on disk, and the session stays recoverable.  `stop` may come from
any thread, all else from the recogniser's own.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop.engine.asr.recogniser import DecodeRequest, Decoding, Recogniser, RecogniserInfo


class StoppableRecogniser:
    """Hands over to `recogniser` until `stopped` is set; the decode in progress is the last."""

    def __init__(self, recogniser: Recogniser, stopped: threading.Event) -> None:
        self._recogniser = recogniser
        self._stopped = stopped

    @property
    def info(self) -> RecogniserInfo:
        return self._recogniser.info

    def decode(self, request: DecodeRequest) -> Decoding:
        """As `Recogniser.decode`.

        Raises:
            SystemExit: the thread is to end.  No error: those are told and tried again.
        """
        if self._stopped.is_set():
            raise SystemExit
        return self._recogniser.decode(request)

    def language_probabilities(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        """As `Recogniser.language_probabilities`."""
        return self._recogniser.language_probabilities(samples)

    def close(self) -> None:
        """Frees the model's memory."""
        self._recogniser.close()
