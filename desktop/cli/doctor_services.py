"""The doctor's look at the local servers: their environments and programs, the memory plan."""

from __future__ import annotations

from collections.abc import Iterator

from desktop.cli.console import size
from desktop.engine.doctor.finding import Finding, State
from desktop.paths import Paths
from desktop.records import RuntimeRecord


def check(paths: Paths) -> Iterator[Finding]:
    """What is installed beside Malgeul, and how each server would be there."""
    from desktop.services.runtimes.shelf import shelf

    for record in shelf(paths.root).records():
        yield _runtime(record)
    yield from _servers(paths)


def _runtime(record: RuntimeRecord) -> Finding:
    name, title = f"runtime_{record.name}", record.label
    if record.installed:
        detail = f"{record.version or 'made by hand'}, {size(record.size_bytes)}"
        if not record.reason:
            return Finding(name, title, State.OK, detail)
        return Finding(name, title, State.WARN, f"{detail}; {record.reason}", record.hint)
    if "interrupted" in record.reason:
        fix = f"malgeul runtimes install {record.name}"
        return Finding(name, title, State.WARN, record.reason, fix)
    return Finding(name, title, State.OK, record.reason or "not installed; Malgeul works without")


def _servers(paths: Paths) -> Iterator[Finding]:
    """A server that is embedded says why; that is fine, so nothing here is a failure."""
    from desktop.cli.services import planned
    from desktop.services.supervisor.spec import EmbeddedPlan, ExternalPlan

    for plan in planned(paths):
        if isinstance(plan, EmbeddedPlan):
            hint = f" ({plan.hint})" if plan.hint else ""
            detail = f"embedded: {plan.reason}{hint}"
        elif isinstance(plan, ExternalPlan):
            detail = f"external: {plan.url}"
        else:
            detail = f"can run, on port {plan.spec.port}"
        yield Finding(f"service_{plan.name}", plan.label, State.OK, detail)
