"""Which servers are needed, and where the language model is."""

from __future__ import annotations

import pytest

from desktop.services.stack import needs
from desktop.services.supervisor.spec import Endpoint
from desktop.settings import ServicesSettings, Settings


@pytest.mark.parametrize(
    ("keywords", "documents", "expected"),
    [
        (True, False, {"vllm", "llama"}),
        (False, False, set()),
        (False, True, {"vllm", "llama", "redis", "qdrant", "embedding", "rag"}),
    ],
)
def test_what_is_needed(keywords: bool, documents: bool, expected: set[str]) -> None:
    settings = Settings()
    settings.keywords.enabled = keywords
    assert needs.needed(settings, documents=documents) == expected
    settings.services.redis.autostart = False
    settings.services.llama.autostart = False
    assert needs.needed(settings, documents=documents) == expected - {"redis", "llama"}
    settings.services.vllm.mode = "external"
    assert "vllm" in needs.needed(settings, documents=documents)


def test_every_server_has_its_settings() -> None:
    assert {*needs.LANGUAGE, *needs.DOCUMENTS} == set(ServicesSettings.model_fields)


@pytest.mark.parametrize("url", ["http://h:8000", "http://h:8000/v1", "http://h:8000/v1/"])
def test_addresses_lose_their_v1(url: str) -> None:
    there = {"llama": Endpoint(url, None, "m")}
    assert needs.language_endpoint(there.get) == Endpoint("http://h:8000", None, "m")
    assert needs.language_endpoint({}.get) is None
