"""The language model's client against real sockets, good and bad."""

from __future__ import annotations

import threading

import pytest
from fakes.language_model_server import (
    dies_after,
    fake_language_model,
    refuses,
    says,
    stays_silent,
    streams_for_ever,
)

from desktop.errors import ServiceError
from desktop.services.clients.language_model import ChatRequest, Message, Priority
from desktop.services.clients.openai_model import Limits, OpenAiModel
from desktop.services.supervisor.spec import Endpoint, Secret, Terms


def model(url: str, **options: object) -> OpenAiModel:
    key = Secret("key")
    return OpenAiModel("test", lambda: Endpoint(url, key), **options)  # type: ignore[arg-type]


def asked(text: str = "질문", **options: object) -> ChatRequest:
    return ChatRequest((Message("user", text),), 64, **options)  # type: ignore[arg-type]


def test_an_answer_streams_and_is_counted() -> None:
    with fake_language_model(says("예산은 ", "삼억 ", "원입니다.")) as server:
        client = model(server.url)
        stream = client.stream(asked(schema={"type": "object"}))
        assert list(stream) == ["예산은 ", "삼억 ", "원입니다."]
        done = stream.completion
        client.close()
    assert (done.text, done.finish_reason, done.partial) == ("예산은 삼억 원입니다.", "stop", False)
    assert (done.prompt_tokens, done.completion_tokens) == (11, 3)
    sent = server.requests[0]
    assert sent["response_format"]["type"] == "json_schema"
    assert "priority" not in sent
    load = client.load()
    assert load.tokens_in_per_s > 0
    assert load.tokens_out_per_s > 0
    assert load.first_token_s is not None


def test_a_priority_goes_only_to_a_server_that_knows_it() -> None:
    """Another server may refuse a field that it does not know."""
    with fake_language_model(says("ok")) as server:
        there = Endpoint(server.url, None, terms=Terms(priorities=True))
        client = OpenAiModel("test", lambda: there)
        client.complete(asked(priority=Priority.KEYWORDS))
        client.close()
    assert server.requests[0]["priority"] == int(Priority.KEYWORDS) > int(Priority.QUESTION)


def test_what_came_before_a_server_died_is_kept_and_marked() -> None:
    """faults: N77"""
    with fake_language_model(dies_after("예산은 ", "삼억")) as server:
        client = model(server.url)
        done = client.complete(asked())
        client.close()
    assert (done.text, done.finish_reason, done.partial) == ("예산은 삼억", "lost", True)
    assert len(server.requests) == 1  # half an answer is never asked for twice


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (refuses(200, "<html>router</html>"), "service.llm.nonsense"),
        (refuses(200, "garbage", "application/json"), "service.llm.nonsense"),
        (refuses(404), "service.llm.model"),
        (refuses(401), "service.llm.key"),
        (refuses(302), "service.llm.nonsense"),
        (
            refuses(400, '{"error": "maximum context length is 2048"}', "application/json"),
            "service.llm.too_long",
        ),
    ],
)
def test_nonsense_is_said_in_words(reply: object, code: str) -> None:
    """faults: N78"""
    with fake_language_model(reply) as server:  # type: ignore[arg-type]
        client = model(server.url)
        with pytest.raises(ServiceError) as failed:
            client.complete(asked())
        client.close()
    assert failed.value.code == code
    assert "<html>" not in f"{failed.value.message} {failed.value.hint}"
    assert len(server.requests) == 1


def test_a_passing_trouble_is_tried_again_a_few_times() -> None:
    """faults: N79"""
    with fake_language_model(refuses(503), dies_after(), says("네")) as server:
        client = model(server.url)
        assert client.complete(asked()).text == "네"
        client.close()
    assert len(server.requests) == 3
    with fake_language_model(refuses(500)) as server:
        client = model(server.url)
        with pytest.raises(ServiceError):
            client.complete(asked())
        client.close()
    assert len(server.requests) == 3


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with fake_language_model(stays_silent) as server:
        client = model(server.url, limits=Limits(first_s=0.3))
        with pytest.raises(ServiceError) as failed:
            client.complete(asked())
        client.close()
    assert failed.value.code == "service.llm.slow"


def test_a_cancel_ends_the_request_at_the_server() -> None:
    with fake_language_model(streams_for_ever) as server:
        client = model(server.url)
        stream = client.stream(asked())
        for count, _ in enumerate(stream):
            if count == 3:
                threading.Thread(target=stream.cancel).start()
        assert server.disconnected.wait(20)
        assert stream.completion.finish_reason == "cancelled"
        assert stream.completion.partial
        client.close()


def test_nobody_there_and_no_address() -> None:
    client = model("http://127.0.0.1:9")
    with pytest.raises(ServiceError) as failed:
        client.complete(asked())
    assert failed.value.code == "service.llm.unreachable"
    client.close()
    nowhere = OpenAiModel("test", lambda: None)
    with pytest.raises(ServiceError) as missing:
        nowhere.complete(asked())
    assert missing.value.code == "service.llm.missing"
    nowhere.close()


def test_a_question_goes_before_keywords() -> None:
    order: list[str] = []
    begun = threading.Event()
    with fake_language_model(streams_for_ever, says("b"), says("c")) as server:
        client = model(server.url)
        first = client.stream(asked("first"))

        def read_first() -> None:
            for _ in first:
                begun.set()

        def ask(name: str, priority: Priority) -> None:
            client.complete(asked(name, priority=priority))
            order.append(name)

        threads = [threading.Thread(target=read_first)]
        threads[0].start()
        assert begun.wait(20)
        for name, priority, waiting in (
            ("keywords", Priority.KEYWORDS, 1),
            ("question", Priority.QUESTION, 2),
        ):
            threads.append(threading.Thread(target=ask, args=(name, priority)))
            threads[-1].start()
            while client.turns.waiting < waiting:
                threading.Event().wait(0.01)
        first.cancel()
        for thread in threads:
            thread.join(20)
        client.close()
    assert order == ["question", "keywords"]


def test_closing_cancels_what_runs_and_waits() -> None:
    with fake_language_model(streams_for_ever) as server:
        client = model(server.url)
        ended = threading.Event()

        def read() -> None:
            for _ in client.stream(asked()):
                pass
            ended.set()

        thread = threading.Thread(target=read)
        thread.start()
        while not client.turns.running:
            threading.Event().wait(0.01)
        client.close()
        thread.join(20)
        assert ended.is_set()
        with pytest.raises(ServiceError):
            client.complete(asked())
