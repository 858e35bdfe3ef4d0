"""What vLLM and llama.cpp have in common: an OpenAI-compatible server with a key.  Pure."""

from __future__ import annotations

import re
from pathlib import Path

from desktop.services.gpu.lessons import Shortage
from desktop.services.runtimes.shelf import command_for
from desktop.services.stack import external
from desktop.services.stack.keys import read_key
from desktop.services.supervisor.http_probe import ModelProbe
from desktop.services.supervisor.spec import ExternalPlan, FatalSign

OUT_OF_GPU_MEMORY = (
    FatalSign(
        re.compile(
            r"CUDA out of memory|OutOfMemoryError|CUDA error: out of memory"
            r"|cudaErrorMemoryAllocation"
        ),
        "the graphics card's memory was not enough",
        "Choose a smaller or quantised (AWQ) model, a shorter context, or close programs that use "
        "the graphics card.",
    ),
    FatalSign(
        re.compile(r"Free memory on device .* is less than desired"),
        "other programs hold too much of the graphics card's memory",
        "Close programs that use the card, or lower services.vllm.gpu_memory_utilization in "
        "settings.json.",
    ),
    FatalSign(
        re.compile(r"No available memory for the cache blocks|larger than the available KV cache"),
        "the graphics card's memory holds the model but not its context",
        "In settings.json, lower services.vllm.max_model_len or raise "
        "services.vllm.gpu_memory_utilization.",
    ),
)


_SHORTAGES = (Shortage.RAN_OUT, Shortage.NOT_FREE, Shortage.NO_CACHE)  # of the signs above, in turn


def shortage_in(reason: str) -> Shortage | None:
    """What was too little, by the reason a service failed for; None when it was not memory."""
    for sign, shortage in zip(OUT_OF_GPU_MEMORY, _SHORTAGES, strict=True):
        if sign.reason == reason:
            return shortage
    return None


def missing_hint(model: str, setting: str) -> str:
    """How to get a model that is not on this machine; `setting` may name another one."""
    command = command_for(model)
    if command:
        return command
    return f"Fetch {model}, or let {setting} in settings.json name a folder that has a model."


def external_plan(name: str, label: str, url: str, model: str, root: Path) -> ExternalPlan:
    """Any OpenAI-compatible server, given by its base address with or without ``/v1``.

    Raises:
        SettingsError: the address is wrong.
    """
    address = external.parse(url, service=name, schemes={"http": 80, "https": 443})
    key = read_key(root, name)
    prefix = address.path if address.path.endswith("/v1") else f"{address.path}/v1"
    probe = ModelProbe(model, key, tls=address.tls, prefix=prefix)
    return ExternalPlan(name, label, address.url, probe, address.port, address.host, key, model)
