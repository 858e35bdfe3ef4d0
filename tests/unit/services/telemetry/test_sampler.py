"""What is measured: processes by their service, vLLM's own figures, nothing while nobody looks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from desktop.events import (
    Event,
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
from desktop.services.telemetry import sampler as sampler_module
from desktop.services.telemetry import vllm_metrics
from desktop.services.telemetry.processes import ProcessTable
from desktop.services.telemetry.sampler import MachineSampler

WaitUntil = Callable[..., None]
PAGE = """# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 2.0
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="m"} 1.0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
# TYPE vllm:prefix_cache_queries_total counter
vllm:prefix_cache_queries_total{engine="0",model_name="m"} 0.0
# TYPE vllm:prefix_cache_hits_total counter
vllm:prefix_cache_hits_total{engine="0",model_name="m"} 0.0
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="m"} 100.0
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0",model_name="m"} 40.0
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.1",model_name="m"} 2.0
vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",model_name="m"} 4.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="m"} 4.0
vllm:time_to_first_token_seconds_sum{engine="0",model_name="m"} 0.8
# TYPE vllm:inter_token_latency_seconds histogram
vllm:inter_token_latency_seconds_count{engine="0",model_name="m"} 10.0
vllm:inter_token_latency_seconds_sum{engine="0",model_name="m"} 0.2
"""


def later(page: str) -> str:
    """The page two seconds on: 300 tokens in, 60 out, two firsts of 0.2 s, half from the cache."""
    labels = '{engine="0",model_name="m"}'
    for name, before, after in (
        ("prompt_tokens_total", "100", "400"),
        ("generation_tokens_total", "40", "100"),
        ("first_token_seconds_count", "4", "6"),
        ("first_token_seconds_sum", "0.8", "1.2"),
        ("queries_total", "0", "300"),
        ("hits_total", "0", "150"),
    ):
        assert f"{name}{labels} {before}" in page
        page = page.replace(f"{name}{labels} {before}", f"{name}{labels} {after}")
    return page


def test_the_load_between_two_looks() -> None:
    first, second = vllm_metrics.read(PAGE, 10.0), vllm_metrics.read(later(PAGE), 12.0)
    load = vllm_metrics.load(first, second)
    assert load == LlmLoad(
        "vllm", 150.0, 30.0, 2, 1, pytest.approx(0.2), None, 0.25, 0.5
    )  # fmt: skip
    quiet = vllm_metrics.load(None, first)
    assert (quiet.tokens_in_per_s, quiet.first_token_s, quiet.prefix_hits) == (0.0, None, None)
    restarted = vllm_metrics.load(second, first)
    assert (restarted.tokens_in_per_s, restarted.tokens_out_per_s) == (0.0, 0.0)


@pytest.mark.parametrize("page", ["", "<html>", "process_cpu_seconds_total 1.0\n", "\x00\xff"])
def test_other_pages_are_refused(page: str) -> None:
    with pytest.raises(ValueError, match="not the metrics"):
        vllm_metrics.read(page, 1.0)


BUSY = "import time\nend = time.time() + 60\nwhile time.time() < end: pass"


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the processes below one")
def test_processes_count_for_their_service() -> None:
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], process_group=0) as service:
        try:
            table = ProcessTable()
            card = {service.pid: 5, os.getpid(): 7, 999_999_999: 11}
            end_s = time.monotonic() + 30
            loads = {load.name: load for load in table.read({"vllm": service.pid}, card)}
            while not loads.get("vllm") or loads["vllm"].cpu < 0.05:
                assert time.monotonic() < end_s, loads
                time.sleep(0.2)
                table._walk_due_s = 0.0  # the child came after the first walk
                loads = {load.name: load for load in table.read({"vllm": service.pid}, card)}
            assert loads["vllm"].memory_bytes > 1 << 20
            assert loads["vllm"].gpu_memory_bytes == 5
            assert (loads["malgeul"].pid, loads["malgeul"].gpu_memory_bytes) == (os.getpid(), 7)
            assert loads["other"].gpu_memory_bytes == 11
        finally:
            os.killpg(service.pid, 9)
    after = {load.name for load in table.read({}, {})}
    assert after == {"malgeul"}


class Page(BaseHTTPRequestHandler):
    """``/metrics``, a little later at each look."""

    looks = 0

    def do_GET(self) -> None:
        type(self).looks += 1
        body = (PAGE if self.looks == 1 else later(PAGE)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def vllm() -> Iterator[ServiceStatus]:
    Page.looks = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        yield ServiceStatus("vllm", "vLLM", ServiceState.READY, ServiceMode.EXTERNAL, url=url)
        server.shutdown()
        thread.join()


def test_an_old_latency_is_none(
    vllm: ServiceStatus, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has spoken for a while: the chart has nothing to show."""
    monkeypatch.setattr(sampler_module, "_LATENCY_VALID_S", 0.0)
    heard: list[Event] = []
    sampler = MachineSampler(heard.append, lambda: (vllm,))
    sampler.heard(KeywordsFound(Track.MIC, (), (), time.time(), 1.0, 0.7, "m"))
    sampler.measure(0.05)
    wait_until(lambda: heard, 10)
    sampler.measure(0)
    (first, *_) = (e for e in heard if isinstance(e, MachineMeasured))
    assert first.keyword_latency_s is None


def test_what_is_published(vllm: ServiceStatus, wait_until: WaitUntil) -> None:
    heard: list[Event] = []
    sampler = MachineSampler(heard.append, lambda: (vllm,))
    now_s = time.time()
    sampler.heard(LagMeasured(Track.MIC, 0.5, 0.2, now_s))
    sampler.heard(LagMeasured(Track.SYSTEM, 2.5, 0.3, now_s))
    sampler.heard(LagMeasured(Track.FILE, 754.0, 0.25, now_s))  # what is left of a file
    sampler.heard(KeywordsFound(Track.MIC, (), (), now_s, 1.0, 0.7, "m"))
    assert not heard
    sampler.measure(0.05)
    wait_until(lambda: len(heard) >= 3, 10)
    sampler.measure(0)
    count = len(heard)
    first, second = (e for e in heard[:2] if isinstance(e, MachineMeasured))
    assert (first.lag_s, first.real_time_factor, first.keyword_latency_s) == (2.5, 0.3, 0.7)
    assert first.llm is not None
    assert second.llm is not None
    assert (first.llm.source, first.llm.tokens_in_per_s) == ("vllm", 0.0)
    assert second.llm.tokens_in_per_s > 0
    time.sleep(0.2)
    assert len(heard) == count, "nothing is measured while nobody looks"
    sampler.heard(SessionFinished("s", 1.0, now_s))
    sampler.measure(0.05)
    wait_until(lambda: len(heard) > count, 10)
    sampler.measure(0)
    last = heard[-1]
    assert isinstance(last, MachineMeasured)
    assert last.lag_s is None


def test_without_vllm_the_client_counts(wait_until: WaitUntil) -> None:
    heard: list[Event] = []
    counted = LlmLoad("client", 1.0, 2.0, 0, 0)
    gone = ServiceStatus(
        "vllm", "vLLM", ServiceState.READY, ServiceMode.EXTERNAL, url="http://127.0.0.1:9"
    )
    sampler = MachineSampler(heard.append, lambda: (gone,), lambda: counted)
    sampler.measure(0.05)
    wait_until(lambda: heard, 10)
    sampler.measure(0)
    (first, *_) = heard
    assert isinstance(first, MachineMeasured)
    assert first.llm == counted


def test_another_pace_holds_at_once(wait_until: WaitUntil) -> None:
    """Somebody looks at the charts: they do not wait for the slow look that is due."""
    heard: list[Event] = []
    sampler = MachineSampler(heard.append, lambda: ())
    sampler.measure(3_600.0)
    wait_until(lambda: len(heard) == 1, 10)
    sampler.measure(0.05)
    wait_until(lambda: len(heard) >= 3, 10)
    sampler.measure(3_600.0)
    sampler.measure(0)
    sampler.measure(0)


def test_a_strange_reading_does_not_end_the_measuring(wait_until: WaitUntil) -> None:
    heard: list[Event] = []
    looks: list[int] = []

    def services() -> tuple[ServiceStatus, ...]:
        looks.append(1)
        if len(looks) == 1:
            raise KeyError("a library's bug")
        return ()

    sampler = MachineSampler(heard.append, services)
    sampler.measure(0.05)
    try:
        wait_until(lambda: heard, 10)
    finally:
        sampler.measure(0)
