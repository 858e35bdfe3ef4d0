"""The language model on llama.cpp: a GGUF file on the CPU, the light way."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from desktop.services.runtimes import marker
from desktop.services.runtimes.catalogue import python_of
from desktop.services.stack.llama_server import KEY_VARIABLE
from desktop.services.stack.openai_server import OUT_OF_GPU_MEMORY, external_plan
from desktop.services.supervisor.http_probe import CompletionProbe, HttpProbe, ModelProbe
from desktop.services.supervisor.probes import AllOf
from desktop.services.supervisor.spec import (
    EmbeddedPlan,
    ManagedPlan,
    Secret,
    ServicePlan,
    ServiceSpec,
    Timing,
)
from desktop.settings import LlamaSettings

NAME = "llama"
LABEL = "llama.cpp (language model)"
_EMBEDDED = "keywords come from statistics"
_LOOK_WITHIN_S = 20.0


def find_model(settings: LlamaSettings, root: Path) -> Path | None:
    """The GGUF file that was chosen, else the first in ``models/llm``; None when there is none."""
    if settings.model:
        chosen = Path(settings.model).expanduser()
        return chosen.absolute() if chosen.is_file() else None
    return next(iter(sorted((root / "models" / "llm").glob("*.gguf"))), None)


def find_python(settings: LlamaSettings, root: Path) -> Path | None:
    """An interpreter that has xllamacpp; None when there is none."""
    if settings.python:
        chosen = Path(settings.python).expanduser()
        return chosen if _has_xllamacpp(chosen) else None
    folder = root / "runtimes" / NAME
    installed = python_of(folder)
    if installed.exists() and not marker.unfinished(folder):
        return installed
    if getattr(sys, "frozen", False) or find_spec("xllamacpp") is None:
        return None  # a built program has no interpreter of its own
    return Path(sys.executable)


def _has_xllamacpp(python: Path) -> bool:
    if not os.access(python, os.X_OK):
        return False
    look = "import importlib.util, sys; sys.exit(importlib.util.find_spec('xllamacpp') is None)"
    try:
        done = subprocess.run(
            [python, "-I", "-c", look], capture_output=True, timeout=_LOOK_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def plan(settings: LlamaSettings, root: Path) -> ServicePlan:
    """How llama.cpp is there; `root` is the data directory.

    Raises:
        SettingsError: the external address is wrong.
    """
    if settings.mode == "external":
        return external_plan(NAME, LABEL, settings.url, settings.model, root)
    if settings.mode == "embedded":
        return EmbeddedPlan(NAME, LABEL, f"chosen in the settings: {_EMBEDDED}")
    python = find_python(settings, root)
    if python is None:
        hint = (
            "In settings.json, let services.llama.python name a Python that has xllamacpp."
            if settings.python
            else "malgeul runtimes install llama"
        )
        return EmbeddedPlan(NAME, LABEL, f"xllamacpp is not installed: {_EMBEDDED}", hint=hint)
    model = find_model(settings, root)
    if model is None:
        where = settings.model or str(root / "models" / "llm")
        return EmbeddedPlan(
            NAME,
            LABEL,
            f"there is no language model (GGUF file): {_EMBEDDED}",
            hint=f"malgeul runtimes install qwen2.5-1.5b-gguf. Or put a GGUF file into {where}."
            if not settings.model
            else f"{where} does not exist; in settings.json, let services.llama.model name a GGUF "
            "file.",
        )
    return ManagedPlan(spec(settings, root, python, model, Secret.random()))


def spec(
    settings: LlamaSettings, root: Path, python: Path, model: Path, key: Secret
) -> ServiceSpec:
    """llama.cpp's server: loopback only, the key in the environment, named after the file."""
    alias = model.stem
    threads = settings.threads or max(1, (os.cpu_count() or 2) // 2)
    data = root / "services" / NAME
    return ServiceSpec(
        name=NAME,
        label=LABEL,
        argv=(
            str(python),
            "-I",
            str(Path(__file__).with_name("llama_server.py")),
            "--model",
            str(model),
            "--alias",
            alias,
            "--port",
            "{port}",
            "--context",
            str(settings.context_tokens),
            "--threads",
            str(threads),
        ),
        port=settings.port,
        key=key,
        model=alias,
        readiness=AllOf(
            (HttpProbe("/health"), ModelProbe(alias, key), CompletionProbe(alias, key))
        ),
        liveness=HttpProbe("/health"),
        adoption=AllOf((HttpProbe("/health"), ModelProbe(alias))),
        secret_environment={KEY_VARIABLE: key},
        directories=(data,),
        cwd=data,
        timing=Timing(start_s=180.0, probe_timeout_s=4.0),
        fatal_signs=OUT_OF_GPU_MEMORY,
    )
