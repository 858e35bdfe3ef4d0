"""What a service is: frozen descriptions, no I/O, no threads.

``{port}`` in arguments, environment and file contents stands for the port taken at launch,
``{port+1}`` for the one after it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.errors import ServiceError

if TYPE_CHECKING:
    from desktop.services.supervisor.probes import Probe

LOOPBACK = "127.0.0.1"
_PORT = re.compile(r"\{port(?:\+(\d))?\}")


@dataclass(frozen=True, slots=True)
class Secret:
    """A key that must never be printed; `reveal` is for the environment, a file or a header."""

    _value: str = field(repr=False)

    @classmethod
    def random(cls) -> Secret:
        return cls(secrets.token_urlsafe(32))

    def reveal(self) -> str:
        return self._value

    def __str__(self) -> str:
        return "[redacted]"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the clients of a service of ours must know to use it rightly.

    Args:
        priorities: it takes ``priority`` in a request (vLLM started for it, and no other server).
        rerank_depth: at most so many passages are to be judged at once; 0 for no limit.
    """

    priorities: bool = False
    rerank_depth: int = 0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a ready service is reached and with which key.

    `model` is what a model's server calls it; empty where there is none or any will do.
    """

    url: str
    key: Secret | None
    model: str = ""
    terms: Terms = Terms()


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file written for the owner alone (mode 0600) before each launch."""

    path: Path
    content: Secret


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """When a service that ended is started again.

    `max_failures` ends within `window_s`, or as many in a row without a stable time, are final.
    """

    max_failures: int = 5
    window_s: float = 300.0
    first_delay_s: float = 1.0
    max_delay_s: float = 60.0
    jitter: float = 0.2
    stable_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may take, in seconds."""

    start_s: float = 30.0
    stop_s: float = 8.0
    probe_interval_s: float = 2.0
    probe_timeout_s: float = 3.0
    hang_s: float = 6.0  # after the first unanswered probe


@dataclass(frozen=True, slots=True)
class FatalSign:
    """A line of output after which trying again unchanged is pointless (faults: P11)."""

    pattern: re.Pattern[str]
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """Everything needed to run one local server as a child process.

    Secrets go through `secret_environment` or `secret_files`, never through `argv`.
    `readiness` decides STARTING -> READY, `liveness` (default: the same) everything after.
    `adoption` recognises a server of the same kind that already holds the port; clients reach
    it with `adoption_key`, our own one with `key`.  `model` is the name that clients ask for,
    `terms` what else they must know, which no adopted server can be trusted to hold to.
    """

    name: str
    label: str
    argv: tuple[str, ...]
    port: int
    readiness: Probe
    liveness: Probe | None = None
    adoption: Probe | None = None
    adoption_key: Secret | None = None
    port_count: int = 1
    url_scheme: str = "http"
    environment: Mapping[str, str] = field(default_factory=dict)
    secret_environment: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    secret_files: tuple[SecretFile, ...] = ()
    directories: tuple[Path, ...] = ()
    cwd: Path | None = None
    key: Secret | None = None
    model: str = ""
    terms: Terms = Terms()
    dependencies: tuple[str, ...] = ()
    timing: Timing = field(default_factory=Timing)
    restart: RestartPolicy = field(default_factory=RestartPolicy)
    fatal_signs: tuple[FatalSign, ...] = ()

    def __post_init__(self) -> None:
        for word in self.argv:
            for secret in self.secret_values():
                if secret in word:
                    raise ServiceError(
                        f"The command line of {self.name} would show a secret.",
                        code="service.secret_in_argv",
                    )

    def secret_values(self) -> tuple[str, ...]:
        """Every secret as text, for redaction; longest first."""
        found = {secret.reveal() for secret in self.secret_environment.values()}
        found.update(key.reveal() for key in (self.key, self.adoption_key) if key is not None)
        return tuple(sorted((text for text in found if text), key=len, reverse=True))


@dataclass(frozen=True, slots=True)
class ManagedPlan:
    """The service runs as our child."""

    spec: ServiceSpec
    reason: str = ""

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def label(self) -> str:
        return self.spec.label

    @property
    def dependencies(self) -> tuple[str, ...]:
        return self.spec.dependencies


@dataclass(frozen=True, slots=True)
class EmbeddedPlan:
    """The simpler form inside the application is in force, and why."""

    name: str
    label: str
    reason: str
    hint: str = ""
    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExternalPlan:
    """Somebody else's server, watched and never started or stopped."""

    name: str
    label: str
    url: str
    probe: Probe
    port: int
    host: str
    key: Secret | None = None
    model: str = ""
    timing: Timing = field(default_factory=Timing)
    dependencies: tuple[str, ...] = ()


ServicePlan = ManagedPlan | EmbeddedPlan | ExternalPlan


def with_port(text: str, port: int) -> str:
    """`text` with ``{port}`` and ``{port+N}`` filled in."""
    return _PORT.sub(lambda match: str(port + int(match[1] or 0)), text)


def in_order(plans: Iterable[ServicePlan]) -> tuple[ServicePlan, ...]:
    """The plans so that each comes after what it depends on; names not among them are ignored.

    Raises:
        ServiceError: two services wait for each other, or two have one name.
    """
    by_name: dict[str, ServicePlan] = {}
    for plan in plans:
        if plan.name in by_name:
            raise ServiceError(f"Two services are called {plan.name}.", code="service.name")
        by_name[plan.name] = plan
    done: dict[str, ServicePlan] = {}
    for name in by_name:
        _visit(name, by_name, done, ())
    return tuple(done.values())


def _visit(
    name: str, plans: Mapping[str, ServicePlan], done: dict[str, ServicePlan], path: Sequence[str]
) -> None:
    if name in path:
        circle = " -> ".join((*path[path.index(name) :], name))
        raise ServiceError(f"Services wait for each other: {circle}.", code="service.circle")
    if name in done or name not in plans:
        return
    for needed in plans[name].dependencies:
        _visit(needed, plans, done, (*path, name))
    done[name] = plans[name]
