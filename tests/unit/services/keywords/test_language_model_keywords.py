"""Keywords by a language model: what is believed of its answer, and what goes on without it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes.language_model_server import FakeLanguageModel, fake_language_model, refuses, says

from desktop.events import KeywordCategory
from desktop.services.clients.openai_model import OpenAiModel
from desktop.services.keywords.adaptive import AdaptiveExtractor
from desktop.services.keywords.basic import BasicExtractor
from desktop.services.keywords.grounding import grounded
from desktop.services.supervisor.spec import Endpoint

TEXT = "The touch screen comes from Seoul.\nTouch screens are expensive."


def listed(*texts: str, category: str = "equipment") -> str:
    entries = [{"text": text, "category": category, "importance": 0.9} for text in texts]
    return json.dumps({"keywords": entries}, ensure_ascii=False)


def extractor(server: FakeLanguageModel, **options: Any) -> AdaptiveExtractor:
    model = OpenAiModel("tiny", lambda: Endpoint(server.url, None))
    return AdaptiveExtractor(lambda: model, BasicExtractor(), **options)


def test_what_stands_in_the_text_is_believed() -> None:
    with fake_language_model(says(listed("touch screen", "blockchain"))) as server:
        keywords = extractor(server)
        (found,) = keywords.extract(TEXT, "en")
        assert (found.text, found.category) == ("touch screen", KeywordCategory.EQUIPMENT)
        assert [TEXT[a:b] for a, b in found.spans] == ["touch screen", "Touch screens"]
        assert keywords.source == "tiny"
        body = server.requests[0]
        assert body["response_format"]["type"] == "json_schema"
        keywords.close()


def test_nonsense_falls_back_and_is_counted() -> None:
    with fake_language_model(says("I think that"), says("[" * 10_000)) as server:
        keywords = extractor(server)
        for count in (1, 2):
            assert keywords.extract(TEXT, "en")
            assert (keywords.source, keywords.fallbacks) == ("basic", count)
        keywords.close()


def test_it_returns_to_a_model_that_is_back() -> None:
    """faults: N78"""
    with fake_language_model(refuses(401), says(listed("Seoul", category="place"))) as server:
        now_s = [0.0]
        keywords = extractor(server, clock=lambda: now_s[0])
        for _ in range(2):
            assert keywords.extract(TEXT, "en")
            assert keywords.source == "basic"
        assert len(server.requests) == 1, "it is left alone for a while"
        now_s[0] = 60.0
        assert [k.text for k in keywords.extract(TEXT, "en")] == ["Seoul"]
        assert keywords.source == "tiny"
        keywords.close()


def test_without_a_model_it_is_basic() -> None:
    keywords = AdaptiveExtractor(lambda: None, BasicExtractor())
    assert keywords.extract(TEXT, "en")
    assert keywords.source == "basic"
    keywords.close()


@pytest.mark.parametrize(
    ("said", "text", "found"),
    [
        ("데이터베이스를", "데이터베이스를 옮겼습니다", "데이터베이스"),
        ("회의", "회의는 세 시입니다", "회의"),
        ("서버가", "서버가 느리고 서버를 늘렸다", "서버"),
        ("음성인식", "음성 인식 모델", "음성 인식"),
        ("합니다", "일을 합니다", None),
        ("블록체인", "서버를 늘렸다", None),
        ("라클", "오라클을 씁니다", None),
        ("the", "the server", None),
        ("art", "start again", None),
        ("", "x", None),
        ("a" * 100, "a" * 100, None),
    ],
)
def test_grounding(said: str, text: str, found: str | None) -> None:
    placed = grounded(said, text)
    assert (placed[0] if placed else None) == found


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        ('{"keywords": []}', []),
        ('{"keywords": [{"text": "Seoul"}, {"text": "touch scr', ["Seoul"]),
        ('{"keywords": [1, null, {"text": 5}, {"text": "Seoul", "importance": "x"}]}', ["Seoul"]),
        ('{"keywords": [{"text": "Seoul", "importance": NaN, "category": 3}]}', ["Seoul"]),
    ],
)
def test_answers_of_small_models(answer: str, texts: list[str]) -> None:
    with fake_language_model(says(answer)) as server:
        keywords = extractor(server)
        found = keywords.extract(TEXT, "en")
        assert [keyword.text for keyword in found] == texts
        assert all(0.0 <= keyword.importance <= 1.0 for keyword in found)
        assert keywords.source == "tiny"
        keywords.close()
