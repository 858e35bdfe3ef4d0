"""The Whisper models that Malgeul knows, and which of them suits a machine.

Pure data and arithmetic.  Repositories are those faster-whisper itself uses.  Where `revision`
and `weights_sha256` are given, a download is pinned to them; else the hub's own current hashes
are what a download is checked against.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.engine.asr.hardware import Hardware
from desktop.errors import NotFoundError

GB = 1_000_000_000
_MB = 1_000_000
# Measured by others, beam 5: large fp16 4.5 GB, int8 2.95 GB; turbo fp16 2.54 GB
# (faster-whisper#1030 and README).  Weights plus a part that grows with the model fits all three.
_OVERHEAD_BYTES = 400 * _MB
_OVERHEAD_PER_PARAMETER = 0.65
_BYTES_PER_PARAMETER = {
    "int8": 1.0,
    "int8_float16": 1.0,
    "int8_float32": 1.0,
    "int8_bfloat16": 1.0,
    "int16": 2.0,
    "float16": 2.0,
    "bfloat16": 2.0,
    "float32": 4.0,
}


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model of the hub.

    Args:
        name: what settings and the command line call it.
        repo_id: on the Hugging Face hub.
        parameters_m: millions of parameters.
        download_bytes: about; the hub tells exactly before a download.
        languages: "multilingual" or "en".
        revision: pinned commit, or None for the repository's main branch.
        weights_sha256: of model.bin at that commit; empty when not pinned.
    """

    name: str
    label: str
    repo_id: str
    parameters_m: int
    download_bytes: int
    languages: str = "multilingual"
    revision: str | None = None
    weights_sha256: str = ""

    def memory_bytes(self, compute_type: str) -> int:
        """Roughly what decoding needs on the device, at `compute_type`."""
        each = _BYTES_PER_PARAMETER.get(compute_type, 2.0)
        parameters = self.parameters_m * 1_000_000
        return int(parameters * (each + _OVERHEAD_PER_PARAMETER)) + _OVERHEAD_BYTES


CATALOGUE: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="tiny",
        label="Whisper tiny",
        repo_id="Systran/faster-whisper-tiny",
        parameters_m=39,
        download_bytes=78_203_619,
        revision="d90ca5fe260221311c53c58e660288d3deb8d356",
        weights_sha256="dcb76c6586fc06cbdac6dd21f14cfd129cc4cdd9dce19bf4ffa62e59cbe6e6d1",
    ),
    ModelSpec(
        name="base",
        label="Whisper base",
        repo_id="Systran/faster-whisper-base",
        parameters_m=74,
        download_bytes=147_882_941,
        revision="ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
        weights_sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    ),
    ModelSpec(
        name="small",
        label="Whisper small",
        repo_id="Systran/faster-whisper-small",
        parameters_m=244,
        download_bytes=486_212_372,
        revision="536b0662742c02347bc0e980a01041f333bce120",
        weights_sha256="3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671",
    ),
    ModelSpec(
        name="medium",
        label="Whisper medium",
        repo_id="Systran/faster-whisper-medium",
        parameters_m=769,
        download_bytes=1_530_571_735,
        revision="08e178d48790749d25932bbc082711ddcfdfbc4f",
        weights_sha256="9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae",
    ),
    ModelSpec(
        name="turbo",
        label="Whisper large-v3 turbo",
        repo_id="mobiuslabsgmbh/faster-whisper-large-v3-turbo",
        parameters_m=809,
        download_bytes=1_621_430_000,
        revision="0a363e9161cbc7ed1431c9597a8ceaf0c4f78fcf",
        weights_sha256="e76620f83d5f5b69efd3d87e3dc180c1bd21df9fbebacfd4335e5e1efcc018da",
    ),
    ModelSpec(
        name="large-v2",
        label="Whisper large-v2",
        repo_id="Systran/faster-whisper-large-v2",
        parameters_m=1550,
        download_bytes=3_090_000_000,
    ),
    ModelSpec(
        name="large-v3",
        label="Whisper large-v3",
        repo_id="Systran/faster-whisper-large-v3",
        parameters_m=1550,
        download_bytes=3_090_835_702,
        revision="edaa852ec7e145841d8ffdb056a99866b5f0a478",
        weights_sha256="69f74147e3334731bc3a76048724833325d2ec74642fb52620eda87352e3d4f1",
    ),
    ModelSpec(
        name="distil-small.en",
        label="Distil-Whisper small (English)",
        repo_id="Systran/faster-distil-whisper-small.en",
        parameters_m=166,
        download_bytes=336_000_000,
        languages="en",
    ),
    ModelSpec(
        name="distil-large-v3",
        label="Distil-Whisper large-v3 (English)",
        repo_id="Systran/faster-distil-whisper-large-v3",
        parameters_m=756,
        download_bytes=1_516_000_000,
        languages="en",
    ),
)
_ALIASES = {"large": "large-v3", "large-v3-turbo": "turbo"}


def find_spec(name: str) -> ModelSpec:
    """The model called `name` (or one of its other names).

    Raises:
        NotFoundError: no such model.
    """
    wanted = _ALIASES.get(name, name)
    for spec in CATALOGUE:
        if spec.name == wanted:
            return spec
    raise NotFoundError(
        f"There is no model called “{name}”.",
        hint="Choose one of: " + ", ".join(spec.name for spec in CATALOGUE) + ".",
        code="not_found.model",
    )


def compute_type_for(hardware: Hardware, name: str) -> tuple[str, str]:
    """Device and compute type in which `name` runs best here ("cuda", "float16")."""
    card = hardware.card
    if card is None:
        return "cpu", "int8"
    try:
        spec = find_spec(name)
    except NotFoundError:  # an imported folder: its size is not known here
        return "cuda", _supported(hardware, "float16" if card.free_bytes >= 6 * GB else "int8")
    for wanted in ("float16", "int8_float16"):
        if wanted in hardware.cuda_compute_types and spec.memory_bytes(wanted) <= card.free_bytes:
            return "cuda", wanted
    if spec.memory_bytes("int8") <= card.free_bytes:
        return "cuda", _supported(hardware, "int8")
    return "cpu", "int8"


def recommend(hardware: Hardware) -> str:
    """The model that captions live on this machine: the best that keeps up and fits.

    Turbo is nearly as exact as large-v3 at a fraction of its time.  On a CPU a model must leave
    room for the rest of the machine; small needs about four cores of its own for real time.
    """
    card = hardware.card
    if card is not None:
        for name, compute_type, least_free in (
            ("turbo", "float16", 6 * GB),
            ("turbo", "int8_float16", 3 * GB),
            ("small", "int8_float16", 1.5 * GB),
        ):
            fits = find_spec(name).memory_bytes(compute_type) <= card.free_bytes
            if fits and card.free_bytes >= least_free:
                return name
    free = hardware.ram_free_bytes
    if hardware.physical_cores >= 4 and free >= 4 * GB:
        return "small"
    if free >= 1.5 * GB:
        return "base"
    return "tiny"


def _supported(hardware: Hardware, wanted: str) -> str:
    supported = hardware.cuda_compute_types
    if not supported or wanted in supported:
        return wanted
    return next((name for name in ("int8_float32", "float32") if name in supported), "auto")
