"""``malgeul search`` and ``malgeul ask``: passages and answers from the indexed documents.

A running Malgeul is asked; without one the documents are opened in this process.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from desktop.cli.console import clock, printable
from desktop.cli.exit_codes import ExitCode
from desktop.cli.options import Shell, command, json_option
from desktop.errors import ServiceError

if TYPE_CHECKING:
    from desktop.services.clients.rag_client import RagClient
    from desktop.services.keywords.morphology import MorphologicalAnalyser
    from desktop.services.rag.opening import Documents

_HANGUL = re.compile(r"[가-힣]")

_REMARKS = {
    "weak": "Not sure",
    "unsupported": "Not borne out by the passages",
}


@click.command(short_help="Find passages in the indexed documents.")
@click.argument("words", nargs=-1, required=True, metavar="QUERY...")
@click.option("--top-k", "-k", type=click.IntRange(1, 200), default=5, show_default=True,
              help="Passages to show.")  # fmt: skip
@json_option
@command
def search(shell: Shell, words: tuple[str, ...], top_k: int, as_json: bool) -> int:
    """Find the passages that match QUERY best, with file and page.

    \b
    Examples:
      malgeul search "연차휴가"
      malgeul search refund policy --top-k 3 --json
    """
    query = " ".join(words)
    with _source(shell, query) as (client, documents):
        if client is not None:
            found = client.search(query, top_k)
            way = "" if found else client.status().way
        else:
            assert documents is not None
            retrieved = documents.retriever.retrieve(query, limit=top_k)
            found = tuple(each.passage for each in retrieved.found)
            way = documents.describe()["way"]
    if as_json:
        from desktop.services.rag.requests import passage_body

        shell.console.result_json([passage_body(passage) for passage in found])
        return ExitCode.OK if found else ExitCode.NOT_FOUND
    for number, passage in enumerate(found, 1):
        where = place(passage.source, passage.page, passage.start_s, passage.session_id)
        shell.console.result(f"{number}. {where}  ({passage.score:.2f})")
        if passage.heading:
            shell.console.result(f"   {passage.heading}")
        shell.console.result("   " + " ".join(passage.text.split()) + "\n")
    if not found:
        shell.console.note("Nothing was found. `malgeul index PATH...` adds documents.")
        _note_words_only(shell, way)
        return ExitCode.NOT_FOUND
    return ExitCode.OK


@click.command(short_help="Answer a question from the indexed documents.")
@click.argument("words", nargs=-1, required=True, metavar="QUESTION...")
@click.option("--conversation", default="", metavar="ID",
              help="Remember this question under ID, for the next to follow up on.")  # fmt: skip
@json_option
@command
def ask(shell: Shell, words: tuple[str, ...], conversation: str, as_json: bool) -> int:
    """Answer QUESTION from the indexed documents, citing file and page.

    Without a language model the answer is made of the documents' own sentences and marked
    "basic".  Exit code 3: the documents do not say enough.

    \b
    Examples:
      malgeul ask "다음 회의는 언제인가요?"
      malgeul ask how long do refunds take --json
    """
    question = " ".join(words)
    with _source(shell, question) as (client, documents):
        if client is not None:
            body = _asked(client, question, conversation)
            way = client.status().way if body["refused"] else ""
        else:
            assert documents is not None
            from desktop.services.rag.answering import Question
            from desktop.services.rag.requests import answer_body

            answer = documents.desk.answer(Question(question, conversation_id=conversation))
            body = answer_body(question, conversation, answer)
            way = documents.describe()["way"]
    if as_json:
        shell.console.result_json(body)
    else:
        _print(shell, body)
        if body["refused"]:
            _note_words_only(shell, way)
    return ExitCode.NOT_FOUND if body["refused"] else ExitCode.OK


@click.command("rag-server", hidden=True)
@click.option("--port", type=click.IntRange(1024, 65_535), required=True)
@click.option("--open", "open_to_all", is_flag=True)
@command
def rag_server(shell: Shell, port: int, open_to_all: bool) -> int:
    """Be the server that answers from documents; run by Malgeul itself."""
    from desktop.services.rag.program import serve

    return serve(shell.paths, port, open_to_all=open_to_all)


@contextlib.contextmanager
def _source(shell: Shell, text: str) -> Iterator[tuple[RagClient | None, Documents | None]]:
    """The running server, else the documents themselves, about to be asked for `text`."""
    with _korean_ahead(shell, text) as analyser:
        from desktop.services.clients.rag_client import RagClient
        from desktop.services.rag.opening import Documents
        from desktop.services.rag.overlap import has_korean
        from desktop.services.rag.surroundings import Surroundings

        surroundings = Surroundings(shell.paths)
        if surroundings.endpoint("rag") is not None:
            client = RagClient(lambda: surroundings.endpoint("rag"))
            try:
                yield client, None
            finally:
                client.close()
            return
        documents = Documents(surroundings, analyser=analyser)
        try:
            yield None, documents.open(korean=has_korean(text))
        finally:
            documents.close()


@contextlib.contextmanager
def _korean_ahead(shell: Shell, text: str) -> Iterator[MorphologicalAnalyser | None]:
    """The Korean analyser, begun to load before everything else: it takes longest."""
    from desktop.services.keywords.morphology import MorphologicalAnalyser

    if not _HANGUL.search(text) or shell.paths.service_status.exists():  # servers have their own
        yield None
        return
    analyser = MorphologicalAnalyser()
    try:
        analyser.start()
        yield analyser
    finally:
        analyser.close()


def _asked(client: RagClient, question: str, conversation: str) -> dict[str, Any]:
    from desktop.events import AnswerFailed, AnswerFinished
    from desktop.services.clients.rag_client import StreamSwitch
    from desktop.services.rag.requests import answer_body

    body = {"query": question, "session_id": conversation}
    for event in client.ask(body, StreamSwitch()):
        if isinstance(event, AnswerFinished):
            return answer_body(question, conversation, event.answer)
        if isinstance(event, AnswerFailed):
            raise ServiceError(event.message, hint=event.hint, code="service.answer")
    raise ServiceError("The answer broke off.", hint="Ask again.", code="service.answer")


def _note_words_only(shell: Shell, way: str) -> None:
    """Says what finds more, where nothing does it yet."""
    if "vectors" not in way:
        shell.console.note(
            "Only words are compared; for documents in another language,"
            " `malgeul runtimes install embedding bge-m3`."
        )


def _print(shell: Shell, body: dict[str, Any]) -> None:
    shell.console.result(body["answer"] + "\n")
    for number, each in enumerate(body["citations"], 1):
        where = place(each["source"], each["page"], each["start_s"], each["session_id"])
        shell.console.result(f"[{number}] {where}")
    for each in body["sentences"]:
        remark = _REMARKS.get(each["support"])
        if remark:
            shell.console.note(f"{remark}: {each['text']}")
    how = "basic" if body["source"] == "basic" else f"by {body['source']}"
    kept = ", kept from before" if body["cached"] else ""
    shell.console.note(f"({how}{kept}, {body['processing_time']:.2f} s)")


def place(source: str, page: int, start_s: float, session_id: str) -> str:
    """Where a passage stands, for people."""
    source = printable(source)
    if session_id:
        return f"{source}, {clock(start_s)}"
    return f"{source}, p. {page}" if page else source
