"""The language model on vLLM, in an environment of its own below the data directory.

torch never enters the application: this module only knows where vLLM's programs lie.
"""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from desktop.services.gpu.models import LanguageModelFacts, candidates, facts_of, folder_of
from desktop.services.gpu.placing import DEVICES, Placement, place, visible
from desktop.services.gpu.plan import GIB, GpuPlan
from desktop.services.gpu.planning import Held, RecogniserNeed, ask_driver
from desktop.services.gpu.telemetry import Card, Reading
from desktop.services.runtimes import marker
from desktop.services.stack.openai_server import (
    OUT_OF_GPU_MEMORY,
    external_plan,
    missing_hint,
)
from desktop.services.supervisor.http_probe import (
    CompletionProbe,
    HttpProbe,
    ModelProbe,
    VersionProbe,
)
from desktop.services.supervisor.probes import AllOf
from desktop.services.supervisor.spec import (
    LOOPBACK,
    EmbeddedPlan,
    FatalSign,
    ManagedPlan,
    Secret,
    ServicePlan,
    ServiceSpec,
    Terms,
    Timing,
)
from desktop.settings import ServicesSettings, VllmSettings

NAME = "vllm"
LABEL = "vLLM (language model)"
MINIMUM = (0, 23)  # earlier ones have a known hole in their key check
_SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"
_PROCESSOR_BYTES = int(2.5 * GIB)  # of vLLM's processes beside weights and cache
_PROCESSOR_SEQUENCES = 2  # a question and keywords at once
OUT_OF_MEMORY = (
    FatalSign(
        re.compile(
            r"Available memory on node .* is less than|No available memory for the cache blocks"
            r"|larger than the available KV cache"
        ),
        "this computer's memory is not enough for the language model",
        "Close other programs, or choose a smaller model.",
    ),
)


@dataclass(frozen=True, slots=True)
class Runtime:
    """An environment that has vLLM: `cpu` for the build that needs no graphics card."""

    folder: Path
    cpu: bool

    @property
    def python(self) -> Path:
        name = "python.exe" if sys.platform == "win32" else "python"
        return self.folder / _SCRIPTS / name

    @property
    def command(self) -> Path:
        return self.folder / _SCRIPTS / "vllm"

    def ready(self) -> bool:
        program = self.python if self.cpu else self.command
        return os.access(program, os.X_OK) and not marker.unfinished(self.folder)


def find_runtime(root: Path, *, gpu: bool) -> Runtime | None:
    """The installed runtime that fits the machine; None when there is none."""
    with_gpu = Runtime(root / "runtimes" / "vllm", cpu=False)
    without = Runtime(root / "runtimes" / "vllm-cpu", cpu=True)
    if gpu and with_gpu.ready():
        return with_gpu
    return without if without.ready() else None


def plan(
    settings: ServicesSettings,
    root: Path,
    *,
    reading: Reading | None = None,
    recogniser: RecogniserNeed | None = None,
    held: Mapping[int, Held] | None = None,
) -> ServicePlan:
    """How vLLM is there; `reading` None asks the driver for its cards.

    Args:
        root: the data directory.
        recogniser, held: what others need and have of the cards, see `place`.

    Raises:
        SettingsError: the external address is wrong.
    """
    wished = settings.vllm
    if wished.mode == "external":
        return external_plan(NAME, LABEL, wished.url, wished.model, root)
    if wished.mode == "embedded":
        return EmbeddedPlan(NAME, LABEL, "chosen in the settings: no language model from vLLM")
    cards = (visible(ask_driver()) if reading is None else reading).cards
    runtime = find_runtime(root, gpu=bool(cards))
    if runtime is None:
        name = "vllm" if cards else "vllm-cpu"
        reason = "vLLM is not installed" if cards else "there is no NVIDIA graphics card"
        return EmbeddedPlan(NAME, LABEL, reason, hint=f"malgeul runtimes install {name}")
    if cards and not runtime.cpu:
        found = place(settings, root, cards, recogniser, held, on_disk=True)
        wider = place(settings, root, cards, recogniser, held).language
        planned = _on_card(wished, root, runtime, found)
        return planned or _no_room(wished, wider.card, wider.plan)
    return _on_processor(wished, root, runtime)


def _on_processor(wished: VllmSettings, root: Path, runtime: Runtime) -> ServicePlan:
    """In the computer's own memory, if that can hold it."""
    facts = facts_of(wished.model) if folder_of(wished.model) is not None else None
    if facts is None:
        return _missing(wished.model)
    given = wished.model_copy(
        update={"max_model_len": min(wished.max_model_len, facts.most_tokens)}
    )
    needed = facts.weights_bytes + _cache_gib(facts, given) * GIB + _PROCESSOR_BYTES
    total = psutil.virtual_memory().total
    if needed > total:
        return EmbeddedPlan(
            NAME,
            LABEL,
            f"the model needs about {needed / GIB:.1f} GiB of memory and this computer has "
            f"{total / GIB:.1f}",
            hint="Choose a smaller model, or let llama.cpp serve one (a GGUF file).",
        )
    made = spec(given, root, runtime, Secret.random())
    cache = {"VLLM_CPU_KVCACHE_SPACE": str(_cache_gib(facts, given))}
    return ManagedPlan(replace(made, environment={**made.environment, **cache}))


def _cache_gib(facts: LanguageModelFacts, settings: VllmSettings) -> int:
    """What the key-value cache takes of the computer's memory: whole GiB, as vLLM wants it."""
    tokens = settings.max_model_len * _PROCESSOR_SEQUENCES
    return max(1, math.ceil(facts.cache_bytes * tokens / GIB))


def _on_card(
    wished: VllmSettings, root: Path, runtime: Runtime, placed: Placement
) -> ManagedPlan | None:
    """On the graphics card, with the share and the context that its memory allows."""
    found, card = placed.language.plan, placed.language.card
    if found.model is None:
        return None
    given = wished.model_copy(
        update={
            "model": found.model.name,
            "max_model_len": found.tokens,
            "gpu_memory_utilization": found.utilisation,
        }
    )
    reasons = [_instead(wished.model)] if found.model.name != wished.model else []
    if placed.several:
        reasons.append(f"uses graphics card {card.index}: {card.name}")
    made = spec(given, root, runtime, Secret.random())
    environment = {**made.environment, **placed.devices(card)}
    return ManagedPlan(replace(made, environment=environment), "; ".join(reasons))


def _no_room(wished: VllmSettings, card: Card, best: GpuPlan) -> EmbeddedPlan:
    """No model that is here fits; `best` is the plan with any model."""
    if best.model is not None:  # it only has to be fetched
        return _missing(best.model.name)
    if not candidates(wished.model):
        return _missing(wished.model)
    return EmbeddedPlan(
        NAME,
        LABEL,
        f"the graphics card has {card.free_bytes / GIB:.1f} of {card.total_bytes / GIB:.1f} GiB "
        f"free: {best.missing / GIB:.1f} GiB are missing for a language model",
        hint="Close programs that use the graphics card, raise "
        "services.vllm.gpu_memory_utilization in settings.json, or let llama.cpp serve the model "
        "(a GGUF file).",
    )


def _instead(model: str) -> str:
    return f"{model} does not fit into what is free of the graphics card or is not here"


def _missing(model: str) -> EmbeddedPlan:
    return EmbeddedPlan(
        NAME,
        LABEL,
        f"the model {model} is not on this machine",
        hint=missing_hint(model, "services.vllm.model"),
    )


def spec(settings: VllmSettings, root: Path, runtime: Runtime, key: Secret) -> ServiceSpec:
    """vLLM's server: loopback only, the key in the environment, no remote code."""
    model = ModelProbe(settings.model, key)
    data = root / "services" / NAME
    return ServiceSpec(
        name=NAME,
        label=LABEL,
        argv=(*_command(settings, runtime), *_options(settings, runtime)),
        port=settings.port,
        key=key,
        model=settings.model,
        terms=Terms(priorities=True),
        readiness=AllOf((HttpProbe("/health"), model, CompletionProbe(settings.model, key))),
        liveness=HttpProbe("/health"),
        adoption=AllOf(
            (
                HttpProbe("/health"),
                ModelProbe(settings.model),
                VersionProbe("/version", MINIMUM, "vLLM"),
            )
        ),
        environment=_environment(runtime),
        secret_environment={"VLLM_API_KEY": key},
        directories=(data,),
        cwd=data,
        timing=Timing(start_s=900.0, probe_timeout_s=4.0),
        fatal_signs=OUT_OF_MEMORY if runtime.cpu else OUT_OF_GPU_MEMORY,
    )


def _command(settings: VllmSettings, runtime: Runtime) -> tuple[str, ...]:
    # By its folder: a name is only found offline where its newest revision was fetched by name,
    # and ours are fetched by a pinned one.
    model = str(folder_of(settings.model) or settings.model)
    if runtime.cpu:  # its `vllm` command does not find its own metadata
        module = "vllm.entrypoints.openai.api_server"
        return (str(runtime.python), "-m", module, "--model", model)
    return (str(runtime.command), "serve", model)


def _options(settings: VllmSettings, runtime: Runtime) -> tuple[str, ...]:
    options = (
        "--served-model-name", settings.model,
        "--host", LOOPBACK,
        "--port", "{port}",
        "--max-model-len", str(settings.max_model_len),
        "--allowed-origins", "[]",
        "--disable-fastapi-docs",
        "--scheduling-policy", "priority",  # a question goes before keywords
    )  # fmt: skip
    if runtime.cpu:
        return (*options, "--max-num-seqs", "4", "--dtype", "bfloat16", "--enforce-eager")
    return (*options, "--gpu-memory-utilization", f"{settings.gpu_memory_utilization:g}")


def _environment(runtime: Runtime) -> dict[str, str]:
    environment = {
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_HOST_IP": LOOPBACK,
    }
    if runtime.cpu:
        environment |= {
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",
            # Captions have the other half; a thread more than cores slows all of them down.
            "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 2) // 2)),
        }
    return environment


def option(plan: ServicePlan | None, name: str) -> float:
    """The number that a plan gives vLLM as option `name`; 0 when it gives none."""
    argv = plan.spec.argv if isinstance(plan, ManagedPlan) else ()
    return float(argv[argv.index(name) + 1]) if name in argv else 0.0


def card_of(plan: ServicePlan | None, cards: Sequence[Card]) -> Card | None:
    """The card that a plan gives vLLM; None where there is none."""
    environment = plan.spec.environment if isinstance(plan, ManagedPlan) else {}
    chosen = [card for card in cards if str(card.index) == environment.get(DEVICES)]
    return next(iter(chosen or cards), None)
