"""The local servers for the front end: started once it is there, stopped with it.

Planning looks at disk and drivers and may try interpreters, so it happens on a thread of its own,
``machine-room``, which does one order at a time.  The servers themselves live on the supervisor's
thread.  Where ``malgeul services run`` already runs them for this data directory, its servers are
used and shown; when it ends, they become ours.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from desktop.app import memory_plan
from desktop.app.language import ServerLanguageModel
from desktop.errors import MalgeulError, ServiceError
from desktop.events import (
    Event,
    NoticeRaised,
    RecogniserChanged,
    ServiceChanged,
    ServiceMode,
    ServiceState,
    ServiceStatus,
    Severity,
)
from desktop.paths import Paths
from desktop.records import MemoryPlanRecord
from desktop.services.gpu import lessons
from desktop.services.gpu.placing import BY_BUS, ORDER, place, visible
from desktop.services.gpu.planning import Held, RecogniserNeed, ask_driver
from desktop.services.gpu.telemetry import Card
from desktop.services.stack import embedding, llama, needs, vllm
from desktop.services.stack.keys import write_key
from desktop.services.stack.openai_server import shortage_in
from desktop.services.stack.plans import plan_services
from desktop.services.supervisor.identity import family
from desktop.services.supervisor.output import written_lines
from desktop.services.supervisor.spec import Endpoint, ManagedPlan, Secret, ServicePlan
from desktop.services.supervisor.status_file import (
    PublishedStatus,
    read_endpoints,
    read_status,
)
from desktop.services.supervisor.supervisor import Supervisor
from desktop.services.telemetry.sampler import MachineSampler
from desktop.settings import ServicesSettings, Settings

_log = logging.getLogger(__name__)
_LOOK_S = 2.0  # at the servers of another process
NOTICE = "services.failed"
MEMORY_NOTICE = "services.gpu_memory"


class MachineRoom:
    """The servers' part of the `Backend`.

    Args:
        paths: the data directory.
        settings: those in force; read anew with each order.
        publish: receives `ServiceChanged`, on any thread.

    `language_model` is there from the beginning; it follows the server that has one.
    """

    def __init__(self, paths: Paths, settings: Settings, publish: Callable[[Event], None]) -> None:
        os.environ.setdefault(ORDER, BY_BUS)  # the recogniser's first card is the plan's first
        self._paths = paths
        self._settings = settings
        self._publish = publish
        self._supervisor: Supervisor | None = None
        self._orders = ThreadPoolExecutor(max_workers=1, thread_name_prefix="machine-room")
        self._room_closing = threading.Event()
        self._others: PublishedStatus | None = None
        self._documents_wanted = False
        self._stopped_by_hand: set[str] = set()
        self._planned = settings.services.model_copy(deep=True)
        self._recogniser: RecogniserChanged | None = None
        self._standing_in = False
        self._plan_of: dict[str, ServicePlan] = {}
        self.language_model = ServerLanguageModel(self.language_endpoint)
        self._watchers: dict[str, float] = {}
        self._watchers_lock = threading.Lock()
        self._sampler = MachineSampler(publish, self.services, self.language_model.counted)

    # --- life -----------------------------------------------------------------------------------

    def open_machine_room(self) -> None:
        """Begins to run what something needs; returns at once."""
        self._order_in_room(self._begin)

    def close_machine_room(self) -> None:
        """Stops the servers in order, within ten seconds, and ends the thread."""
        self._room_closing.set()
        self._sampler.measure(0.0)
        self.language_model.close()
        self._orders.shutdown(wait=True, cancel_futures=True)
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.close()

    def servers_changed(self) -> None:
        """The settings were saved: what they change about servers is brought into force."""
        self._order_in_room(self._follow_settings)

    def need_documents(self) -> None:
        """Somebody is about to use documents: their servers are started."""
        if not self._documents_wanted:
            self._documents_wanted = True
            self._order_in_room(self._start_needed)

    def replan(self, names: Iterable[str]) -> None:
        """Something these services depend on has come or gone; plans them anew."""
        wanted = set(names)
        self._order_in_room(lambda: self._replace(wanted))

    # --- what the window asks -------------------------------------------------------------------

    def services(self) -> Sequence[ServiceStatus]:
        if self._supervisor is not None:
            return self._supervisor.status()
        return self._others.services if self._others is not None else ()

    def start_service(self, name: str) -> None:
        supervisor = self._ours()
        self._stopped_by_hand.discard(name)
        supervisor.start([name])

    def stop_service(self, name: str) -> None:
        supervisor = self._ours()
        self._stopped_by_hand.add(name)
        supervisor.stop([name])

    def restart_service(self, name: str) -> None:
        supervisor = self._ours()
        self._stopped_by_hand.discard(name)
        supervisor.restart(name)

    def service_log(self, name: str, count: int = 200) -> Sequence[str]:
        lines = self._supervisor.tail(name, count) if self._supervisor is not None else []
        return lines or written_lines(self._paths.service_logs, name, count)

    def keep_service_key(self, name: str, key: str) -> None:
        write_key(self._paths.root, name, Secret(key))
        self.replan((name,))

    def memory_plan(self) -> MemoryPlanRecord:
        reading = visible(ask_driver())
        if not reading.cards:
            return memory_plan.no_card(reading.reason)
        need, held = self._recogniser_need(), self._held(reading.cards)
        found = place(self._settings.services, self._paths.root, reading.cards, need, held)
        card = found.captions.card
        return memory_plan.record(found, need, max(0, card.used_bytes - held[card.index].all))

    def measure_machine(self, every_s: float, watcher: str = "window") -> None:
        with self._watchers_lock:
            self._watchers[watcher] = every_s
            self._sampler.measure(min(filter(None, self._watchers.values()), default=0.0))

    # --- what the rest of the application asks --------------------------------------------------

    def endpoint(self, name: str) -> Endpoint | None:
        """Where a service is reached; None while it cannot be used.  Any thread, at once."""
        if self._supervisor is not None:
            known = any(status.name == name for status in self._supervisor.status())
            return self._supervisor.endpoint(name) if known else None
        if self._others is not None:
            return read_endpoints(self._paths.service_status).get(name)
        return None

    def stop_if_running(self, name: str) -> None:
        """Stops a server of ours; fine when there is none."""
        supervisor = self._supervisor
        if supervisor is not None and any(s.name == name for s in supervisor.status()):
            supervisor.stop([name])

    def language_endpoint(self) -> Endpoint | None:
        """Where the language model is; None while there is none.  Any thread, at once."""
        return needs.language_endpoint(self.endpoint)

    # --- on the thread "machine-room" -----------------------------------------------------------

    def _order_in_room(self, action: Callable[[], object]) -> Future[None] | None:
        def run() -> None:
            try:
                action()
            except MalgeulError as error:
                _log.warning("the servers: %s", error)
                self._publish(NoticeRaised(Severity.ERROR, NOTICE, error.message, error.hint))
            except Exception as error:
                _log.exception("an order about the servers failed")
                message = f"Something unexpected went wrong: {error}"
                hint = "The log holds the details."
                self._publish(NoticeRaised(Severity.ERROR, NOTICE, message, hint))
                raise

        try:
            return self._orders.submit(run)
        except RuntimeError:  # closed already: nobody needs servers any more
            return None

    def _begin(self) -> None:
        while (others := read_status(self._paths.service_status)) is not None:
            self._show_others(others)
            if self._room_closing.wait(_LOOK_S):
                return
        self._others = None
        if self._room_closing.is_set():
            return
        self._planned = self._settings.services.model_copy(deep=True)
        plans = self._plans()
        self._plan_of = {plan.name: plan for plan in plans}
        supervisor = Supervisor(
            plans,
            logs=self._paths.service_logs,
            status_path=self._paths.service_status,
            publish=self._on_service_event,
        )
        self._supervisor = supervisor.open()
        for status in supervisor.status():
            self._publish(ServiceChanged(status, ServiceState.STOPPED, time.time()))
        self._start_needed()

    def _show_others(self, others: PublishedStatus) -> None:
        before = {s.name: s for s in self._others.services} if self._others is not None else {}
        self._others = others
        for status in others.services:
            last = before.get(status.name)
            if last is None or replace(last, uptime_s=0.0) != replace(status, uptime_s=0.0):
                previous = ServiceState.STOPPED if last is None else last.state
                self._publish(ServiceChanged(status, previous, time.time()))

    def _ours(self) -> Supervisor:
        if self._supervisor is not None:
            return self._supervisor
        if self._others is not None:
            raise ServiceError(
                f"The services are run by another process ({self._others.writer.pid}).",
                hint="End `malgeul services run` first; its services are used meanwhile.",
                code="service.running",
            )
        raise ServiceError(
            "The services are not looked after yet.",
            hint="Try again in a moment.",
            code="service.not_yet",
        )

    def _start_needed(self) -> None:
        supervisor = self._supervisor
        if supervisor is None:
            return
        documents = self._documents_wanted or needs.documents_used(self._settings, self._paths.root)
        wanted = needs.needed(self._settings, documents=documents) - self._stopped_by_hand
        # What failed is tried again when a person asks for it, or by another plan (P9, P11).
        idle = {s.name for s in supervisor.status() if s.state is ServiceState.STOPPED}
        if wanted & idle:
            supervisor.start(sorted(wanted & idle))

    def _follow_settings(self) -> None:
        now = self._settings.services.model_copy(deep=True)
        changed = {
            name
            for name in ServicesSettings.model_fields
            if getattr(now, name) != getattr(self._planned, name)
        }
        if changed & set(needs.LANGUAGE):
            changed.update((vllm.NAME, llama.NAME))  # the one stands in for the other
        if changed:
            self._replace(changed)
        else:
            self._start_needed()  # keywords or documents may want servers now

    def _replace(self, names: set[str]) -> None:
        supervisor = self._supervisor
        if supervisor is None:
            return
        self._planned = self._settings.services.model_copy(deep=True)
        if llama.NAME in names:
            self._standing_in = False
        self._bring_in(names, self._plans())
        self._start_needed()

    def _bring_in(self, names: set[str], plans: Iterable[ServicePlan], *, idle: str = "") -> None:
        """Runs the named services, but `idle`, by their new plans from now on."""
        new = {plan.name: plan for plan in plans}
        before, after = self._plan_of.get(embedding.NAME), new.get(embedding.NAME)
        if embedding.placed(before) != embedding.placed(after):
            names = names | {embedding.NAME}  # its share of the graphics memory is another one
        chosen = {name: new[name] for name in names if name in new}
        self._plan_of.update(chosen)
        assert self._supervisor is not None
        if idle in chosen:
            self._supervisor.replace([chosen.pop(idle)], start=False)
        if chosen:
            self._supervisor.replace(chosen.values())

    def _plans(self) -> tuple[ServicePlan, ...]:
        reading = visible(ask_driver())
        need = held = None
        if reading.cards:
            need, held = self._recogniser_need(), self._held(reading.cards)
        return plan_services(
            self._planned, self._paths.root, reading=reading, recogniser=need, held=held
        )

    # --- the graphics card ----------------------------------------------------------------------

    def heard(self, event: Event) -> None:
        """Takes what others publish; any thread, returns at once."""
        self._sampler.heard(event)
        if isinstance(event, RecogniserChanged):
            self._recogniser = event

    def _recogniser_need(self) -> RecogniserNeed:
        return memory_plan.recogniser_need(self._settings, self._recogniser)

    def _held(self, cards: Sequence[Card]) -> dict[int, Held]:
        """What of each card is ours already, by who holds it."""
        owners = {s.name: family(s.pid) for s in self.services() if s.pid}
        return {card.index: memory_plan.held(card, owners) for card in cards}

    def _on_service_event(self, event: Event) -> None:
        """On the supervisor's thread."""
        self._publish(event)
        if not isinstance(event, ServiceChanged) or event.status.name != vllm.NAME:
            return
        if event.status.state is ServiceState.READY and self._standing_in:
            self._order_in_room(self._stand_down)
        if event.status.state is ServiceState.FAILED:
            if event.status.mode is ServiceMode.MANAGED:  # for another's nothing is started (P9)
                self._order_in_room(self._stand_in)
            shortage = shortage_in(event.status.reason)
            if shortage is not None:
                self._order_in_room(lambda: self._learn(shortage))

    def _stand_in(self) -> None:
        """vLLM has been given up: llama.cpp has the language model meanwhile, if it can."""
        supervisor = self._supervisor
        if supervisor is None or self._standing_in or llama.NAME in self._stopped_by_hand:
            return
        plan = llama.plan(self._planned.llama, self._paths.root)
        if isinstance(plan, ManagedPlan) and self._planned.llama.autostart:
            self._standing_in = True
            supervisor.replace([replace(plan, reason="vLLM does not run: llama.cpp stands in")])
            supervisor.start([llama.NAME])

    def _stand_down(self) -> None:
        """vLLM is there again."""
        self._standing_in = False
        self._replace({llama.NAME})

    def _learn(self, shortage: lessons.Shortage) -> None:
        """A smaller plan is made for the next start, which a person asks for (faults: P11)."""
        plan = self._plan_of.get(vllm.NAME)
        card = vllm.card_of(plan, visible(ask_driver()).cards)
        if card is None or self._supervisor is None:
            return
        share = int(vllm.option(plan, "--gpu-memory-utilization") * card.total_bytes)
        lessons.learn(self._paths.root, card.name, shortage, share)
        plans = self._plans()
        smaller = next(each for each in plans if each.name == vllm.NAME)
        detail = ""
        if isinstance(smaller, ManagedPlan):
            tokens = vllm.option(smaller, "--max-model-len")
            detail = f"{smaller.spec.model}, {tokens:.0f}"
        self._stopped_by_hand.add(vllm.NAME)
        self._bring_in({vllm.NAME}, plans, idle=vllm.NAME)
        self._publish(
            NoticeRaised(
                Severity.WARNING,
                MEMORY_NOTICE,
                "The graphics card's memory was not enough for the language model.",
                f"Start it again to try with less: {detail}."
                if detail
                else "Close programs that use the graphics card, or choose a smaller model.",
                "services",
            )
        )
