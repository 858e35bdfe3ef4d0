"""Which charts there are: their series, units and colours.  GUI thread only."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from desktop.ui.models.machine_history import MachineHistory
from desktop.ui.views.service_words import service_name

GIB, MIB = 1 << 30, 1 << 20
GROUPS = ("gpu", "llm", "captions", "machine")
PALETTE = (
    "kind_technology", "kind_place", "kind_company", "kind_product", "kind_service",
    "kind_person", "kind_equipment",
)  # fmt: skip
_COLOURS = {
    "malgeul": "accent", "other": "kind_other", "vllm": "kind_technology",
    "llama": "kind_technology", "embedding": "kind_company", "rag": "kind_person",
    "redis": "kind_product", "qdrant": "kind_service", "in": "kind_company",
    "out": "kind_technology", "running": "kind_technology", "waiting": "kind_product",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """One chart.

    Attributes:
        prefix: the series it shows: all whose names begin so.
        unit: "share", "bytes", "s", "rate", "count", "celsius", "watt", "factor" or "cores".
        top: the end of the axis where it is always the same, else it follows the values.
        stacked: areas on top of each other instead of lines.
        least: the axis never ends below this.
    """

    key: str
    group: str
    prefix: str
    unit: str
    top: float = 0.0
    stacked: bool = False
    least: float = 0.0


CHARTS = (
    ChartSpec("gpu", "gpu", "gpu/", "share", 1.0),
    ChartSpec("vram", "gpu", "vram/", "bytes", stacked=True, least=GIB),
    ChartSpec("temperature", "gpu", "temperature/", "celsius", 100.0),
    ChartSpec("power", "gpu", "power/", "watt", least=50.0),
    ChartSpec("tokens", "llm", "tokens/", "rate", least=10.0),
    ChartSpec("requests", "llm", "requests/", "count", least=4.0),
    ChartSpec("first_token", "llm", "first_token", "s", least=0.1),
    ChartSpec("inter_token", "llm", "inter_token", "s", least=0.02),
    ChartSpec("kv_cache", "llm", "kv_cache", "share", 1.0),
    ChartSpec("prefix_hits", "llm", "prefix_hits", "share", 1.0),
    ChartSpec("rtf", "captions", "rtf", "factor", least=0.5),
    ChartSpec("lag", "captions", "lag", "s", least=2.0),
    ChartSpec("keywords", "captions", "keywords", "s", least=2.0),
    ChartSpec("cpu", "machine", "cpu/", "cores", stacked=True, least=1.0),
    ChartSpec("ram", "machine", "ram/", "bytes", stacked=True, least=GIB),
)


def chart_name(key: str) -> str:
    """The title of a chart."""
    translate = QCoreApplication.translate
    names = {
        "gpu": translate("Charts", "Card in use"),
        "vram": translate("Charts", "Memory by process"),
        "temperature": translate("Charts", "Temperature"),
        "power": translate("Charts", "Power"),
        "tokens": translate("Charts", "Tokens a second"),
        "requests": translate("Charts", "Requests"),
        "first_token": translate("Charts", "Time to first token"),
        "inter_token": translate("Charts", "Time between tokens"),
        "kv_cache": translate("Charts", "KV cache in use"),
        "prefix_hits": translate("Charts", "Prefix cache hits"),
        "rtf": translate("Charts", "Real-time factor"),
        "lag": translate("Charts", "Captions behind by"),
        "keywords": translate("Charts", "Keywords after"),
        "cpu": translate("Charts", "Cores by process"),
        "ram": translate("Charts", "Memory by process"),
    }
    return names[key]


def group_name(group: str) -> str:
    """The heading above a group of charts."""
    translate = QCoreApplication.translate
    names = {
        "gpu": translate("Charts", "Graphics card"),
        "llm": translate("Charts", "Language model"),
        "captions": translate("Charts", "Captions and keywords"),
        "machine": translate("Charts", "Processor and memory"),
        "services": translate("Charts", "Services"),
    }
    return names[group]


def series_name(key: str, history: MachineHistory) -> str:
    """What a series is called in a legend; "" where the title says it."""
    translate = QCoreApplication.translate
    family, _, name = key.partition("/")
    if not name:
        return ""
    if family in ("gpu", "temperature", "power"):
        cards = (
            {str(card.index): card.name for card in history.latest.gpus} if history.latest else {}
        )
        return cards.get(name, name) if len(cards) > 1 else ""
    names = {
        "malgeul": translate("Charts", "Malgeul"),
        "other": translate("Charts", "other programs"),
        "in": translate("Charts", "in"),
        "out": translate("Charts", "out"),
        "running": translate("Charts", "running"),
        "waiting": translate("Charts", "waiting"),
    }
    return names.get(name) or service_name(name, name).split(" (")[0]


def series_token(key: str, number: int) -> str:
    """The design token of a series' colour: the same for a process in every chart."""
    family, _, name = key.partition("/")
    if not name or (number == 0 and family in ("gpu", "temperature", "power")):
        return "accent"
    return _COLOURS.get(name, PALETTE[number % len(PALETTE)])


def _time(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1.0 else f"{value:.1f} s"


_FORMATS: dict[str, Callable[[float], str]] = {
    "share": lambda v: f"{100 * v:.0f}%",
    "bytes": lambda v: f"{v / GIB:.1f} GiB" if v >= GIB / 10 else f"{v / MIB:.0f} MiB",
    "s": _time,
    "rate": lambda v: f"{v:,.0f}",
    "count": lambda v: f"{v:.0f}",
    "celsius": lambda v: f"{v:.0f} °C",
    "watt": lambda v: f"{v:.0f} W",
    "factor": lambda v: f"{v:.2f}",
    "cores": lambda v: f"{v:.2f}",
}


def shown(value: float, unit: str) -> str:
    """A value with its unit; "–" where nothing is known."""
    return _FORMATS[unit](value) if value == value else "–"  # noqa: PLR0124 - NaN differs


def nice_top(value: float, unit: str) -> float:
    """The end of an axis that holds `value`; counts end at even numbers, to be halved."""
    base = float(GIB) if unit == "bytes" else 1.0
    value = max(value, 1e-9) / base
    power = 10.0 ** math.floor(math.log10(value))
    for step in (1.0, 2.0, 4.0, 10.0) if unit == "count" else (1.0, 2.0, 2.5, 5.0, 10.0):
        if value <= step * power * 1.000_001:
            return step * power * base
    return 10.0 * power * base
