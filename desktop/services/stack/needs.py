"""Which servers something needs, and where the language model is.  Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from desktop.services.stack import llama, qdrant, redis, vllm
from desktop.services.supervisor.spec import Endpoint
from desktop.settings import Settings

LANGUAGE = (vllm.NAME, llama.NAME)
DOCUMENTS = (redis.NAME, qdrant.NAME, "embedding", "rag")


def needed(settings: Settings, *, documents: bool) -> set[str]:
    """The servers to start without being asked.

    Args:
        documents: documents are used, or will be in a moment.

    External ones are only watched, so they always count.
    """
    names: set[str] = set()
    keywords = settings.keywords
    if documents or (keywords.enabled and keywords.use_language_model):
        names.update(LANGUAGE)
    if documents:
        names.update(DOCUMENTS)
    found = set()
    for name in (*LANGUAGE, *DOCUMENTS):
        section = getattr(settings.services, name)
        if (name in names and section.autostart) or section.mode == "external":
            found.add(name)
    return found


def documents_used(settings: Settings, root: Path) -> bool:
    """Somebody has indexed documents here, or watches a folder."""
    return bool(settings.ingest.watched) or (root / "documents").is_dir()


def language_endpoint(endpoint: Callable[[str], Endpoint | None]) -> Endpoint | None:
    """Where the language model is, its address without ``/v1``; None while there is none."""
    for name in LANGUAGE:
        found = endpoint(name)
        if found is not None:
            return replace(found, url=found.url.rstrip("/").removesuffix("/v1"))
    return None
