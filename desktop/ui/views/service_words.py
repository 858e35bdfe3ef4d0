"""States and facts of the local servers in words and colours.  GUI thread only."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from desktop.events import ServiceMode, ServiceState, ServiceStatus

STATE_TOKENS = {
    ServiceState.STOPPED: "text_faint",
    ServiceState.STARTING: "warning_text",
    ServiceState.READY: "accent_text",
    ServiceState.DEGRADED: "warning_text",
    ServiceState.BACKOFF: "warning_text",
    ServiceState.FAILED: "danger_text",
    ServiceState.STOPPING: "warning_text",
}
"""The colour of each state; its word always stands beside it."""

_RUNNING = (
    ServiceState.STARTING,
    ServiceState.READY,
    ServiceState.DEGRADED,
    ServiceState.BACKOFF,
)


INSTALLABLE = {
    "vllm": "vLLM (NVIDIA card)",
    "vllm-cpu": "vLLM (processor)",
    "llama": "llama.cpp (processor)",
    "embedding": "BGE-M3 (embedding)",
    "qdrant": "Qdrant (vector store)",
    "qwen2.5-7b": "Qwen2.5 7B",
    "qwen2.5-7b-awq": "Qwen2.5 7B (AWQ)",
    "qwen2.5-3b-awq": "Qwen2.5 3B (AWQ)",
    "qwen2.5-1.5b-gguf": "Qwen2.5 1.5B (GGUF)",
    "bge-m3": "BGE-M3",
    "bge-reranker": "BGE reranker v2 m3",
}
"""What the command line calls what can be installed, and what its row on the page is called."""

_COMMAND = re.compile(r"malgeul runtimes install ([\w.-]*\w)\.?(?:\s+(.*))?", re.DOTALL)


def service_name(name: str, label: str) -> str:
    """What a service is called; one that is not known here keeps its own label."""
    translate = QCoreApplication.translate
    names = {
        "redis": translate("Services", "Redis (cache)"),
        "qdrant": translate("Services", "Qdrant (vectors)"),
        "vllm": translate("Services", "vLLM (language model)"),
        "llama": translate("Services", "llama.cpp (language model)"),
        "embedding": translate("Services", "BGE-M3 (embedding)"),
        "rag": translate("Services", "Answers from documents"),
    }
    return names.get(name, label)


def state_name(state: ServiceState) -> str:
    """The state in the language of the interface."""
    translate = QCoreApplication.translate
    names = {
        ServiceState.STOPPED: translate("Services", "stopped"),
        ServiceState.STARTING: translate("Services", "starting"),
        ServiceState.READY: translate("Services", "ready"),
        ServiceState.DEGRADED: translate("Services", "not answering well"),
        ServiceState.BACKOFF: translate("Services", "waiting to try again"),
        ServiceState.FAILED: translate("Services", "failed"),
        ServiceState.STOPPING: translate("Services", "stopping"),
    }
    return names[state]


def mode_name(mode: ServiceMode) -> str:
    """How a service is there."""
    translate = QCoreApplication.translate
    names = {
        ServiceMode.MANAGED: translate("Services", "run by Malgeul"),
        ServiceMode.EMBEDDED: translate("Services", "built in"),
        ServiceMode.EXTERNAL: translate("Services", "someone else's"),
    }
    return names[mode]


def reason_text(reason: str, say: Callable[[str], str]) -> str:
    """Why a service is as it is, as a sentence of the interface's language.

    What happened and what follows from it are joined by a semicolon and are messages of their own.
    """
    said = "; ".join(say(part) for part in reason.split("; "))
    return said[:1].upper() + said[1:]


def hint_text(hint: str, say: Callable[[str], str]) -> str:
    """What to do about it; instead of a command to type, where to click."""
    command = _COMMAND.fullmatch(hint)
    if command is None:
        return say(hint)
    name, rest = command.groups()
    text = QCoreApplication.translate("Services", "Install {name} under Environments below.")
    first = text.format(name=say(INSTALLABLE.get(name, name)))
    return f"{first} {say(rest)}" if rest else first


def offered_runtime(hint: str) -> str:
    """The environment that a hint says to install; "" where it says something else."""
    command = _COMMAND.fullmatch(hint)
    return command[1] if command else ""


def button_hint(hint: str, say: Callable[[str], str]) -> str:
    """The hint beside a button that installs it: what is left to say; "" for nothing."""
    command = _COMMAND.fullmatch(hint)
    rest = command[2] if command else hint
    return say(rest) if rest else ""


def allowed(status: ServiceStatus) -> tuple[str, ...]:
    """Which of "start", "restart" and "stop" make sense now.

    Servers that are not ours are never stopped, and the built-in way has nothing to stop.
    """
    if status.mode is not ServiceMode.MANAGED or status.state is ServiceState.STOPPING:
        return ()
    return ("restart", "stop") if status.state in _RUNNING else ("start",)


def duration_words(seconds: float) -> str:
    """A length of time, roughly: "52 s", "14 min", "3 h 5 min", "2 d 4 h"."""
    translate = QCoreApplication.translate
    whole = max(0, int(seconds))
    if whole < 60:
        return translate("Services", "{seconds} s").format(seconds=whole)
    minutes, hours, days = whole // 60, whole // 3_600, whole // 86_400
    if minutes < 60:
        return translate("Services", "{minutes} min").format(minutes=minutes)
    if hours < 24:
        text = translate("Services", "{hours} h {minutes} min")
        return text.format(hours=hours, minutes=minutes % 60)
    return translate("Services", "{days} d {hours} h").format(days=days, hours=hours % 24)


def facts(status: ServiceStatus, uptime_s: float) -> str:
    """Process, port, time since it became ready, restarts."""
    translate = QCoreApplication.translate
    parts = []
    if status.pid:
        parts.append(translate("Services", "process {pid}").format(pid=status.pid))
    if status.port:
        parts.append(translate("Services", "port {port}").format(port=status.port))
    if status.mode is ServiceMode.EXTERNAL and status.url:
        parts.append(status.url)
    if status.state is ServiceState.READY and uptime_s > 0 and status.pid:
        length = duration_words(uptime_s)
        parts.append(translate("Services", "ready for {length}").format(length=length))
    if status.restarts:
        parts.append(translate("Services", "restarts: {count}").format(count=status.restarts))
    return " · ".join(parts)
