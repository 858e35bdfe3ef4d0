"""What the mirror asks of the application: a protocol, since services know no application.

Called on worker threads of the web server; every method may raise `MalgeulError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from desktop.events import Passage, ServiceMode, ServiceState
from desktop.records import SegmentRecord, SessionActivity, SessionRecord
from desktop.services.web.hearing import Guests
from desktop.settings import Settings


class Meeting(Protocol):
    """The application as a browser sees it; `desktop.app.Application` fits."""

    @property
    def settings(self) -> Settings: ...

    @property
    def live_session_id(self) -> str | None: ...

    @property
    def guests(self) -> Guests: ...

    def sessions(self) -> Sequence[SessionRecord]: ...

    def activities(self) -> Sequence[tuple[SessionRecord, SessionActivity]]:
        """The sessions with what is done with each now."""

    def segments(self, session_id: str) -> Sequence[SegmentRecord]: ...

    def export_session(self, session_id: str, target: Path, format_name: str) -> Path: ...

    def measure_machine(self, every_s: float, watcher: str = "window") -> None:
        """How often `watcher` wants `MachineMeasured`, in seconds; 0 for not at all."""

    def say(self, text: str, language: str) -> str:
        """A message of the application in another language, where it has one."""

    def start_capture(self) -> None: ...

    def stop_capture(self) -> None: ...


class Answers(Protocol):
    """The part that answers from documents, where there is one."""

    def ask(self, question: str, conversation_id: str = "", session_id: str = "") -> str: ...

    def stop_answer(self, answer_id: str) -> None: ...

    def search_passages(self, query: str, count: int = 10) -> Sequence[Passage]: ...


_GONE = (ServiceState.STOPPED, ServiceState.FAILED)
_LANGUAGE_SERVERS = ("vllm", "llama")


def describe(meeting: Meeting, state: dict[str, Any]) -> dict[str, Any]:
    """``/api/config``: the original's fields, and what is in force beside them.

    Args:
        state: the mirror's snapshot.
    """
    settings = meeting.settings
    latest = state["latest"]
    recogniser = latest.get("RecogniserChanged", {})
    machine = latest.get("MachineMeasured", {})
    device = recogniser.get("device", "cpu")
    return {
        "gpu": device == "cuda",
        "model": recogniser.get("model", settings.recognition.model),
        "device": device,
        "language": settings.recognition.language,
        "sample_rate": 16_000,
        "llm_enabled": (
            settings.keywords.use_language_model and has_language_model(state["services"])
        ),
        "recogniser": recogniser or None,
        "gpus": machine.get("gpus", []),
        "live_session_id": meeting.live_session_id,
        "interface_language": settings.interface.language,
        "may_control": settings.web.allow_control,
        "may_ask": settings.web.allow_questions,
        "may_speak": settings.web.allow_microphone,
    }


def has_language_model(services: Sequence[dict[str, Any]]) -> bool:
    """A server with a language model runs, starts, or is somebody else's; statistics are none.

    One that failed or was stopped is none either, until somebody starts it again.
    """
    return any(
        service["name"] in _LANGUAGE_SERVERS
        and service["mode"] != ServiceMode.EMBEDDED
        and service["state"] not in _GONE
        for service in services
    )
