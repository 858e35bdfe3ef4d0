"""From the settings to a loaded recogniser, with a way down at every step.

The model asked for, on the graphics card if a trial in another process succeeds, else on the
processor; with no model at all the basic recogniser captions until there is a better one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from desktop.engine.asr.basic import BASIC_MODEL_NAME, BasicRecogniser
from desktop.engine.asr.calibration import calibrated
from desktop.engine.asr.catalogue import recommend
from desktop.engine.asr.hardware import Hardware, detect
from desktop.engine.asr.modelstore import ModelStore
from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.asr.selftest import Choice, choose
from desktop.engine.asr.whisper import WhisperOptions, WhisperRecogniser
from desktop.errors import ModelError, NotFoundError
from desktop.events import (
    Event,
    NoticeCleared,
    NoticeRaised,
    RecogniserChanged,
    RecogniserState,
    Severity,
)
from desktop.settings import RecognitionSettings

_log = logging.getLogger(__name__)

AUTO = "auto"
BASIC_NOTICE = "recogniser.basic"
DEVICE_NOTICE = "recogniser.device"

Publish = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Loader:
    """Makes recognisers.

    Args:
        models: the installed models.
        cache: JSON file for what calibration found.
        publish: receives `RecogniserChanged` while loading, and notices about ways down.
        hardware: looks at the machine.
    """

    models: ModelStore
    cache: Path
    publish: Publish
    hardware: Callable[[], Hardware] = detect

    def load(self, settings: RecognitionSettings, *, strict: bool = False) -> Recogniser:
        """Loads what the settings ask for, or the next best.

        Args:
            settings: model, device, precision, threads.
            strict: a model that was named must be the one; no way down from it.

        Raises:
            NotFoundError, ModelError: the named model is missing or damaged (`strict`), or not
                even the basic recogniser can be used.
        """
        hardware = self.hardware()
        name = settings.model if settings.model != AUTO else self._best(hardware)
        if name == BASIC_MODEL_NAME:
            return self._basic(wanted=settings.model, reason="")
        try:
            return self._whisper(name, settings, hardware)
        except (NotFoundError, ModelError) as error:
            if strict:
                raise
            _log.warning("model %s cannot be used: %s", name, error)
            return self._basic(wanted=name, reason=error.message)

    def _best(self, hardware: Hardware) -> str:
        """The recommended model when it is installed, else the largest installed that fits."""
        installed = [record for record in self.models.list() if record.installed]
        whisper = [record for record in installed if not record.basic]
        if not whisper:
            return BASIC_MODEL_NAME
        best = recommend(hardware)
        if any(record.name == best for record in whisper):
            return best
        card = hardware.card
        room = card.free_bytes if card else hardware.ram_free_bytes
        fitting = [record for record in whisper if record.memory_bytes <= room] or whisper
        pick = max if card else min  # a processor keeps up with small models only
        return pick(fitting, key=lambda record: record.size_bytes).name

    def _whisper(self, name: str, settings: RecognitionSettings, hardware: Hardware) -> Recogniser:
        path = self.models.resolve(name)
        name = path.name  # a folder given by its path is called by its last part
        self.publish(RecogniserChanged(RecogniserState.LOADING, name, "", ""))
        choice = choose(hardware, settings, path, name=name)
        wished = settings.device == "cpu"  # then it is no way down
        if choice.device == "cpu" and not wished and (hardware.cuda or settings.device == "cuda"):
            self.publish(
                NoticeRaised(
                    Severity.WARNING, DEVICE_NOTICE, choice.reason, choice.hint, "settings"
                )
            )
        else:
            self.publish(NoticeCleared(DEVICE_NOTICE))
        options = WhisperOptions(threads=choice.threads)
        recogniser = self._load_on(path, name, choice, options)
        if settings.short_windows == "calibrated" and calibrated(recogniser, path, self.cache):
            recogniser = recogniser.with_options(replace(options, short_windows=True))
        self.publish(NoticeCleared(BASIC_NOTICE))
        return recogniser

    def _load_on(
        self, path: Path, name: str, choice: Choice, options: WhisperOptions
    ) -> WhisperRecogniser:
        try:
            return WhisperRecogniser.load(
                path,
                name=name,
                device=choice.device,
                compute_type=choice.compute_type,
                options=options,
            )
        except ModelError as error:
            if choice.device == "cpu":
                raise
            reason = error.message.rstrip(".") + "."
            self.publish(
                NoticeRaised(
                    Severity.WARNING,
                    DEVICE_NOTICE,
                    f"{reason} The processor is used instead.",
                    "Close other programs that use the graphics card, or choose a smaller model.",
                    "settings",
                )
            )
            return WhisperRecogniser.load(path, name=name, options=options)

    def _basic(self, *, wanted: str, reason: str) -> Recogniser:
        self.publish(RecogniserChanged(RecogniserState.LOADING, BASIC_MODEL_NAME, "cpu", ""))
        recogniser = BasicRecogniser()
        if wanted != BASIC_MODEL_NAME:
            what = reason or "No recognition model is installed yet."
            self.publish(
                NoticeRaised(
                    Severity.WARNING,
                    BASIC_NOTICE,
                    f"{what} The basic recogniser captions English, roughly, in the meantime.",
                    "Download a model for good captions in Korean, English and other languages.",
                    "models",
                )
            )
        return recogniser
