"""The language model's load, read off vLLM's ``/metrics``.  Pure.

Only the lines that are needed are parsed: the whole page has a thousand, most of them buckets.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.events import LlmLoad

_TOKENS_IN = "vllm:prompt_tokens_total"
_TOKENS_OUT = "vllm:generation_tokens_total"
_RUNNING = "vllm:num_requests_running"
_WAITING = "vllm:num_requests_waiting"
_KV_CACHE = "vllm:kv_cache_usage_perc"
_FIRST = "vllm:time_to_first_token_seconds"
_BETWEEN = "vllm:inter_token_latency_seconds"
_QUERIES = "vllm:prefix_cache_queries_total"
_HITS = "vllm:prefix_cache_hits_total"
_WANTED = (
    _TOKENS_IN, _TOKENS_OUT, _RUNNING, _WAITING, _KV_CACHE, _QUERIES, _HITS,
    f"{_FIRST}_sum", f"{_FIRST}_count", f"{_BETWEEN}_sum", f"{_BETWEEN}_count",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counters:
    """One look; sums over engines, except the fullest cache."""

    at_s: float
    values: dict[str, float]

    def get(self, name: str) -> float:
        return self.values.get(name, 0.0)


def read(text: str, at_s: float) -> Counters:
    """Reads the page `text` that came at `at_s` (monotonic).

    Raises:
        ValueError: it is no such page.
    """
    lines = [line for line in text.splitlines() if line.startswith(_WANTED)]
    values: dict[str, float] = {}
    from prometheus_client.parser import text_string_to_metric_families

    for family in text_string_to_metric_families("\n".join(lines) + "\n"):
        for sample in family.samples:
            if sample.name not in _WANTED:
                continue
            before = values.get(sample.name, 0.0)
            both = max if sample.name == _KV_CACHE else float.__add__
            values[sample.name] = both(before, float(sample.value))
    if _RUNNING not in values:
        raise ValueError("not the metrics of vLLM")
    return Counters(at_s, values)


def load(before: Counters | None, now: Counters) -> LlmLoad:
    """The load between two looks; after a restart (counters that fell) it starts anew."""
    if before is None or now.get(_TOKENS_IN) < before.get(_TOKENS_IN):
        before = Counters(now.at_s, now.values)
    span_s = max(now.at_s - before.at_s, 0.001)

    def grown(name: str) -> float:
        return max(0.0, now.get(name) - before.get(name))

    def mean(name: str) -> float | None:
        count = grown(f"{name}_count")
        return grown(f"{name}_sum") / count if count else None

    queries = grown(_QUERIES)
    return LlmLoad(
        source="vllm",
        tokens_in_per_s=grown(_TOKENS_IN) / span_s,
        tokens_out_per_s=grown(_TOKENS_OUT) / span_s,
        running=round(now.get(_RUNNING)),
        waiting=round(now.get(_WAITING)),
        first_token_s=mean(_FIRST),
        inter_token_s=mean(_BETWEEN),
        kv_cache=now.get(_KV_CACHE) if _KV_CACHE in now.values else None,
        prefix_hits=min(1.0, grown(_HITS) / queries) if queries else None,
    )
