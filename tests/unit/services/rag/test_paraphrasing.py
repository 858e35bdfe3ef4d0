"""Other wordings of a question, by a language model on a real port."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fakes.language_model_server import Reply, dies_after, fake_language_model, refuses, says

from desktop.paths import Paths
from desktop.services.clients.openai_model import OpenAiModel
from desktop.services.rag.answering import Question
from desktop.services.rag.opening import Documents
from desktop.services.rag.paraphrasing import Paraphraser
from desktop.services.rag.surroundings import Surroundings
from desktop.services.supervisor.spec import Endpoint


@contextmanager
def paraphraser(*replies: Reply) -> Iterator[Paraphraser]:
    with fake_language_model(*replies) as server:
        model = OpenAiModel("small", lambda: Endpoint(server.url, None))
        try:
            yield Paraphraser(lambda: model)
        finally:
            model.close()


def test_wordings_are_read_line_by_line_without_their_marks() -> None:
    said = says("1. Spare pumps?\n- 예비 펌프는?\n\nWhere?\n", "Spare pumps?\nOne too many?\nMore?")
    with paraphraser(said) as words:
        assert words("Where?") == ["Spare pumps?", "예비 펌프는?", "One too many?"]


def test_a_model_that_fails_gives_none_and_half_a_line_is_none() -> None:
    with paraphraser(refuses(500)) as words:
        assert words("Where?") == []
    with paraphraser(dies_after("A whole line\nhalf a l")) as words:
        assert words("Where?") == ["A whole line"]
    assert Paraphraser(lambda: None)("Where?") == []


def test_a_question_in_other_words_is_answered_by_the_model_that_worded_it_otherwise(
    tmp_path: Path,
) -> None:
    """Documents, retriever, answers and the client of the model as the server has them."""
    wordings = says("Which days is the canteen closed?\nHow is the canteen open?\n식당 휴무일은?")
    with fake_language_model(wordings, says("The canteen is closed on Sunday [1].")) as server:
        where = {"llama": Endpoint(server.url, None, "small")}
        documents = Documents(Surroundings(Paths(tmp_path), where.get)).open()
        try:
            text = "The canteen is closed on Sunday. Bread is sold every day."
            documents.library.add_text(text, name="house rules", document_id="rules")
            documents.library.wait(60.0)
            assert documents.retriever.retrieve("매점 쉬는 요일").found == ()
            answer = documents.desk.answer(Question("매점은 무슨 요일에 쉬나요?"))
        finally:
            documents.close()

    assert not answer.refused
    assert answer.source == "small"
    assert [passage.source for passage in answer.citations] == ["house rules"]
    asked = [json.dumps(each, ensure_ascii=False) for each in server.requests]
    assert len(asked) == 2
    assert "other ways" in asked[0]
    assert "canteen is closed" in asked[1]
