"""Measures the machine and publishes `MachineMeasured`: every second while somebody looks.

At other times seldom, so that a day's charts have no holes.  Thread: ``machine-sampler``, there
from the first `measure` until `measure(0)`.  What other
parts publish anyway (lag, keyword latency) is picked up as it comes by.
"""

from __future__ import annotations

import http.client
import logging
import threading
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import psutil

from desktop.events import (
    Event,
    GpuLoad,
    KeywordsFound,
    LagMeasured,
    LlmLoad,
    MachineMeasured,
    ServiceMode,
    ServiceState,
    ServiceStatus,
    SessionFinished,
    Track,
)
from desktop.services.gpu.telemetry import Card, GpuTelemetry
from desktop.services.telemetry import vllm_metrics
from desktop.services.telemetry.processes import ProcessTable

_log = logging.getLogger(__name__)
_ANSWER_WITHIN_S = 0.5
_LAG_VALID_S = 5.0  # the recogniser speaks up more often than that while it works
_LATENCY_VALID_S = 20.0  # keywords come every few seconds while people speak
_STOP_S = 5.0
_METRICS_BYTES = 1 << 20


class MachineSampler:
    """Samples on demand.

    Args:
        publish: receives `MachineMeasured` on the sampler's thread.
        services: the services as they are now.
        client_load: what our own client counted since the last call; None while there is none.
    """

    def __init__(
        self,
        publish: Callable[[Event], None],
        services: Callable[[], Sequence[ServiceStatus]],
        client_load: Callable[[], LlmLoad | None] = lambda: None,
    ) -> None:
        self._publish = publish
        self._services = services
        self._client_load = client_load
        self._every_s = 0.0
        self._paced = threading.Event()  # the pace is another one now, or the end has come
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._end = threading.Event()
        self._lags: dict[Track, LagMeasured] = {}
        self._keyword_latency: tuple[float, float] | None = None  # (when it was told, seconds)

    def measure(self, every_s: float) -> None:
        """Measures so often from now on; 0 ends it within a moment.  Any thread."""
        with self._lock:
            self._every_s = every_s
            if every_s and self._thread is None:
                self._end = threading.Event()
                self._thread = threading.Thread(
                    target=self._run, args=(self._end,), name="machine-sampler", daemon=True
                )
                self._thread.start()
            elif not every_s and self._thread is not None:
                self._end.set()
                self._paced.set()
                self._thread.join(_STOP_S)
                self._thread = None
            else:
                self._paced.set()

    def heard(self, event: Event) -> None:
        """Takes what others publish; any thread, returns at once."""
        if isinstance(event, LagMeasured):
            self._lags[event.track] = event
        elif isinstance(event, KeywordsFound):
            self._keyword_latency = (time.monotonic(), event.latency_s)
        elif isinstance(event, SessionFinished):
            self._lags = {}

    def _run(self, end: threading.Event) -> None:
        look = _Look()
        try:
            while not end.is_set():
                try:
                    self._publish(self._sample(look))
                except (OSError, psutil.Error) as error:
                    _log.warning("the machine could not be measured: %s", error)
                except Exception:  # noqa: BLE001 - one strange reading must not end the charts
                    _log.exception("the machine could not be measured")
                self._rest(end)
        finally:
            look.close()

    def _rest(self, end: threading.Event) -> None:
        """Until the next measurement is due, at the pace in force."""
        since_s = time.monotonic()
        while not end.is_set() and (left_s := since_s + self._every_s - time.monotonic()) > 0.0:
            self._paced.wait(left_s)
            self._paced.clear()

    def _sample(self, look: _Look) -> MachineMeasured:
        services = self._services()
        reading = look.gpu.read()
        graphics: dict[int, int] = {}
        for card in reading.cards:
            for process in card.processes:
                graphics[process.pid] = graphics.get(process.pid, 0) + process.memory_bytes
        memory = psutil.virtual_memory()
        now_s = time.time()
        lags = [lag for lag in list(self._lags.values()) if now_s - lag.wall_s < _LAG_VALID_S]
        pids = {s.name: s.pid for s in services if s.pid and s.mode is ServiceMode.MANAGED}
        return MachineMeasured(
            wall_s=now_s,
            cpu=min(1.0, psutil.cpu_percent() / 100.0),
            memory_used_bytes=int(memory.total - memory.available),
            memory_total_bytes=int(memory.total),
            processes=tuple(look.processes.read(pids, graphics)),
            gpus=tuple(map(_gpu_load, reading.cards)),
            gpu_reason=reason_in_words(reading.reason),
            llm=self._llm(look, services),
            real_time_factor=max((lag.real_time_factor for lag in lags), default=None),
            # What is left of a file is no lag: nobody waits for its captions.
            lag_s=max((lag.lag_s for lag in lags if lag.track is not Track.FILE), default=None),
            keyword_latency_s=self._latency_s(),
        )

    def _latency_s(self) -> float | None:
        """The newest request for keywords; None when nothing was asked for a while."""
        told = self._keyword_latency
        fresh = told is not None and time.monotonic() - told[0] < _LATENCY_VALID_S
        return told[1] if told is not None and fresh else None

    def _llm(self, look: _Look, services: Sequence[ServiceStatus]) -> LlmLoad | None:
        counted = self._client_load()  # asked each time, so that its interval stays a second
        usable = (ServiceState.READY, ServiceState.DEGRADED)
        vllm = next((s for s in services if s.name == "vllm" and s.state in usable), None)
        if vllm is None or not vllm.url:
            look.counters = None
            return counted
        told = look.ask_vllm(vllm.url)
        return counted if told is None else told


class _Look:
    """What is kept from one sample to the next."""

    def __init__(self) -> None:
        self.gpu = GpuTelemetry()
        self.processes = ProcessTable()
        self.counters: vllm_metrics.Counters | None = None

    def close(self) -> None:
        self.gpu.close()

    def ask_vllm(self, url: str) -> LlmLoad | None:
        """The load by vLLM's own count; None when it does not tell."""
        parts = urlsplit(url)
        if parts.hostname is None:
            return None
        tls = parts.scheme == "https"
        kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=_ANSWER_WITHIN_S)
        try:
            connection.request("GET", "/metrics")
            answer = connection.getresponse()
            text = answer.read(_METRICS_BYTES).decode("utf-8", "replace")
            now = vllm_metrics.read(text, time.monotonic())
        except (OSError, http.client.HTTPException, ValueError):
            self.counters = None
            return None
        finally:
            connection.close()
        before, self.counters = self.counters, now
        return vllm_metrics.load(before, now)


def reason_in_words(reason: str) -> str:
    """Why there is no card, as a sentence."""
    return f"{reason[:1].upper()}{reason[1:]}." if reason else ""


def _gpu_load(card: Card) -> GpuLoad:
    return GpuLoad(
        index=card.index,
        name=card.name,
        utilisation=card.utilisation,
        memory_used_bytes=card.used_bytes,
        memory_total_bytes=card.total_bytes,
        temperature_c=card.temperature_c,
        power_w=card.power_w,
    )
