"""Where the other servers are, as the running supervisor tells it, and the settings in force.

Read from the data directory's files, again when they change; any thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from desktop import settings as settings_file
from desktop.errors import MalgeulError
from desktop.paths import Paths
from desktop.services.stack import embedding, llama, needs, qdrant, redis, vllm
from desktop.services.stack.openai_server import external_plan
from desktop.services.supervisor.spec import Endpoint, ExternalPlan, ServicePlan
from desktop.services.supervisor.status_file import endpoints_path, read_endpoints
from desktop.settings import RetrievalSettings, Settings

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_PLANS: dict[str, Callable[[Any, Path], ServicePlan]] = {
    **{module.NAME: module.plan for module in (redis, qdrant, llama, embedding)},
    vllm.NAME: lambda section, root: external_plan(
        vllm.NAME, vllm.LABEL, section.url, section.model, root
    ),
}


class _FileValue(Generic[_T]):
    """What a file says; read again when the file has changed."""

    def __init__(self, path: Path, read: Callable[[], _T]) -> None:
        self._path = path
        self._read = read
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._value: _T | None = None

    def get(self) -> _T:
        with self._lock:
            seen = self._stamp()
            if self._value is None or seen != self._seen:
                self._value, self._seen = self._read(), seen
            return self._value

    def _stamp(self) -> tuple[int, int, int]:
        try:
            stat = self._path.stat()
        except OSError:
            return (0, 0, 0)
        return (stat.st_mtime_ns, stat.st_size, stat.st_ino)


class Surroundings:
    """The settings and the other servers of one data directory.

    Args:
        paths: the data directory.
        endpoint: where a server is, by name; None: as the running supervisor has written, and
            external ones as the settings have them.
    """

    def __init__(
        self, paths: Paths, endpoint: Callable[[str], Endpoint | None] | None = None
    ) -> None:
        self.paths = paths
        self._given = endpoint
        self._settings = _FileValue(paths.settings, lambda: settings_file.load(paths.settings))
        self._endpoints = _FileValue(
            endpoints_path(paths.service_status), lambda: read_endpoints(paths.service_status)
        )

    def settings(self) -> Settings:
        return self._settings.get()

    def retrieval(self) -> RetrievalSettings:
        """The settings in force, no deeper than the graphics memory plan allows."""
        wished = self.settings().retrieval
        found = self.endpoint("embedding")
        most = found.terms.rerank_depth if found is not None else 0
        if not most or wished.rerank_depth <= most:
            return wished
        return wished.model_copy(update={"rerank_depth": most})

    def endpoint(self, name: str) -> Endpoint | None:
        """Where a server is; None while it cannot be used."""
        if self._given is not None:
            return self._given(name)
        return self._endpoints.get().get(name) or self._external(name)

    def language_model(self) -> Endpoint | None:
        """Where the language model is; its `model` is the name to ask for."""
        return needs.language_endpoint(self.endpoint)

    def _external(self, name: str) -> Endpoint | None:
        """Somebody else's server when no supervisor watches it for us."""
        section = getattr(self.settings().services, name, None)
        if section is None or section.mode != "external":
            return None
        try:
            plan = _PLANS[name](section, self.paths.root)
        except MalgeulError as error:
            _log.warning("the external %s cannot be used: %s", name, error)
            return None
        return Endpoint(plan.url, plan.key, plan.model) if isinstance(plan, ExternalPlan) else None
