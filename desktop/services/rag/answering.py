"""From a question to an answer: understand, retrieve, answer, check.  Any thread.

With a language model the answer streams and its citations are checked; without one, or when it
cannot be reached, the best sentences of the passages answer.  Thin evidence is said to be thin.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from desktop.errors import MalgeulError, ServiceError
from desktop.events import Answer, AnswerSentence, Passage, Support
from desktop.services.clients.cache import Cache
from desktop.services.clients.language_model import LanguageModel
from desktop.services.clients.vectors import Filter
from desktop.services.rag import prompts, questions
from desktop.services.rag.answer_cache import AnswerCache, Basis
from desktop.services.rag.citations import CitationChecker
from desktop.services.rag.conversation import Conversations, Turn, standalone
from desktop.services.rag.evidence import SURE, EvidenceByWords
from desktop.services.rag.extractive import ExtractiveAnswerer
from desktop.services.rag.generation import Generator, Stop
from desktop.services.rag.languages import LibraryLanguages, Samples
from desktop.services.rag.overlap import ContentReader
from desktop.services.rag.plain import inert, visible
from desktop.services.rag.retrieval import Found, Retrieved, Retriever
from desktop.settings import RetrievalSettings

_log = logging.getLogger(__name__)

BASIC = "basic"
MAX_QUESTION_CHARS = 2_000
_OF_MEETING = 3
_SHOWN_WHEN_REFUSED = 3
_TURNS_GIVEN = 2

_REFUSED = {
    "ko": "문서에서 답할 근거를 충분히 찾지 못했습니다. 가장 가까운 대목을 보여 드립니다.",
    "en": "The documents do not say enough to answer this. The nearest passages are shown.",
}
_NOTHING = {
    "ko": "문서에서 관련된 내용을 찾지 못했습니다.",
    "en": "Nothing about this was found in the documents.",
}
_WORDS_ONLY = {
    "ko": (
        "지금은 낱말만 비교하므로 다른 언어로 쓴 문서는 찾지 못합니다. 뜻으로도 찾으려면 서비스 "
        "화면의 ‘실행 환경’에서 BGE-M3 (임베딩) 항목을 설치하세요."
    ),
    "en": (
        "Only words are compared now, so documents in another language are not found. To search "
        "by meaning too, install BGE-M3 (embedding) under Services, Environments."
    ),
}
_ABOUT = 0.5  # of the question's words in a sentence that is about it


class Sections(Samples, Protocol):
    """What answering needs of the documents (`desktop.services.documents.library`)."""

    def section(self, document_id: str, start: int, end: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        text: in the person's words.
        keywords: widen the search.
        conversation_id: follow-ups of one conversation share it; empty: none is remembered.
        meeting_id: the session whose transcript matters most.
        language: to answer in; empty: the question's own.
        top_k: passages to answer from; 0: as the settings say.
    """

    text: str
    keywords: tuple[str, ...] = ()
    conversation_id: str = ""
    meeting_id: str = ""
    language: str = ""
    top_k: int = 0
    only: Filter | None = None


class Steps:
    """Measures where the time goes."""

    def __init__(self) -> None:
        self._began_s = self._last_s = time.monotonic()
        self._steps: list[tuple[str, float]] = []

    def done(self, step: str) -> None:
        now_s = time.monotonic()
        self.add(step, now_s - self._last_s)
        self._last_s = now_s

    def add(self, step: str, seconds: float) -> None:
        self._steps.append((step, round(seconds, 4)))

    def all(self) -> tuple[tuple[str, float], ...]:
        return (*self._steps, ("total", round(time.monotonic() - self._began_s, 4)))


@dataclass(slots=True)
class _Task:
    """One question on its way to an answer; `asked` stands alone, `poor`: its model was away."""

    question: Question
    text: str
    asked: str
    context: tuple[str, ...]
    turns: tuple[Turn, ...]
    language: str
    model: LanguageModel | None
    settings: RetrievalSettings
    told: Callable[[str], None]
    stop: Stop
    steps: Steps
    poor: bool = False


class Answering:
    """Answers questions.

    Args:
        retriever: finds passages.
        documents: their sections and epoch.
        reader: reads content words.
        cache: keeps answers and conversations.
        settings: those in force; asked each time.
        model: the language model now; None while there is none.
        checker: checks citations.
    """

    def __init__(
        self,
        retriever: Retriever,
        documents: Sections,
        reader: ContentReader,
        cache: Cache,
        settings: Callable[[], RetrievalSettings],
        *,
        model: Callable[[], LanguageModel | None] = lambda: None,
        checker: CitationChecker | None = None,
    ) -> None:
        self._retriever = retriever
        self._documents = documents
        self._settings = settings
        self._model = model
        self._answers = AnswerCache(cache)
        self._conversations = Conversations(cache, lambda: settings().conversation_s)
        self._extractive = ExtractiveAnswerer(reader)
        self._evidence = EvidenceByWords(reader)
        self._languages = LibraryLanguages(documents)
        self._checker = checker or CitationChecker(reader)
        self._prompt = prompts.load("answer-1")
        self._rewrite = prompts.load("rewrite-1")

    def answer(
        self,
        question: Question,
        on_text: Callable[[str], None] | None = None,
        stop: Stop | None = None,
    ) -> Answer:
        """The answer; `on_text` gets its pieces as they come, all of them together its text.

        Raises:
            ServiceError: the documents cannot be searched.
        """
        task = self._understood(question, on_text or (lambda _: None), stop or Stop())
        basis = self._basis(task)
        answer = self._answers.get(basis)
        if answer is not None:
            task.told(answer.text)
            answer = replace(answer, timings_s=task.steps.all())
        else:
            retrieved = self._retrieve(task)
            task.steps.done("retrieve")
            for step, seconds in retrieved.timings_s:
                task.steps.add(step, seconds)
            answer = replace(
                self._made(task, retrieved),
                standalone_question=task.asked,
                timings_s=task.steps.all(),
            )
            if not task.stop.asked and retrieved.whole and not task.poor:
                self._answers.put(basis, answer, task.settings.query_cache_s)
        if question.conversation_id:
            turn = Turn(task.text, task.asked, answer.text)
            self._conversations.add(question.conversation_id, turn)
        return answer

    def _understood(self, question: Question, told: Callable[[str], None], stop: Stop) -> _Task:
        steps = Steps()
        text = visible(question.text).strip()[:MAX_QUESTION_CHARS]
        turns = self._conversations.turns(question.conversation_id)
        model = self._model()
        asked = standalone(text, turns, model, self._rewrite)
        steps.done("understand")
        return _Task(
            question=question,
            text=text,
            asked=asked.text,
            context=asked.context,
            turns=turns,
            language=questions.language_of(text, question.language),
            model=model,
            settings=self._settings(),
            told=told,
            stop=stop,
            steps=steps,
        )

    def _basis(self, task: _Task) -> Basis:
        question, model = task.question, task.model
        used = "\n".join(f"{turn.question}\t{turn.answer}" for turn in task.turns)
        history = hashlib.sha256(used.encode("utf-8", "replace")).hexdigest()
        return Basis(
            question=task.asked,
            language=task.language,
            keywords=question.keywords,
            meeting_id=question.meeting_id,
            top_k=question.top_k,
            only=question.only,
            epoch=self._documents.epoch(),
            retriever=self._retriever.version,
            model=model.name if model is not None else BASIC,
            prompt=self._prompt.version,
            settings=task.settings.model_dump_json(),
            history=history if used and model is not None else "",
        )

    def _retrieve(self, task: _Task) -> Retrieved:
        question = task.question
        limit = max(question.top_k, task.settings.top_k_retrieval)
        words = (*task.context, *question.keywords)
        query = task.text if task.context else task.asked
        retrieved = self._retriever.retrieve(
            query, keywords=words, limit=limit, only=question.only, reword=True
        )
        if not question.meeting_id or question.only is not None:
            return retrieved
        meeting = Filter(session_ids=(question.meeting_id,))
        theirs = self._retriever.retrieve(query, keywords=words, limit=_OF_MEETING, only=meeting)
        known = {each.passage.passage_id for each in retrieved.found}
        new = [each for each in theirs.found if each.passage.passage_id not in known]
        return replace(retrieved, found=(*retrieved.found, *new))

    def _made(self, task: _Task, retrieved: Retrieved) -> Answer:
        found = retrieved.found
        asked = (task.asked, *retrieved.wordings)
        evidence = max(self._evidence.weigh(each, found) for each in asked)
        evidence = max(evidence, retrieved.meant or 0.0)
        task.steps.done("weigh")
        if not found or evidence < task.settings.refuse_below:
            return self._refusal(task, found, by_words=retrieved.meant is None)
        if task.model is not None:
            try:
                return self._generated(task, task.model, found, evidence)
            except ServiceError as error:
                _log.warning("answering without the language model: %s", error)
                task.poor = True  # not kept: it is there again in a moment
        answer = self._extracted(task, found, evidence)
        task.steps.done("extract")
        return answer

    def _generated(
        self, task: _Task, model: LanguageModel, found: Sequence[Found], evidence: float
    ) -> Answer:
        best = found[: task.question.top_k or task.settings.top_k_rerank]
        texts = prompts.fitted(
            [self._section(each) for each in best], task.settings.max_context_tokens
        )
        given = best[: len(texts)]
        sources = [_label(each.passage) for each in given]
        messages = prompts.answer_messages(
            self._prompt,
            task.asked,
            list(zip(sources, texts, strict=True)),
            task.turns[-_TURNS_GIVEN:],
            task.language,
        )
        generated = Generator(model).generate(messages, task.told, task.stop)
        task.steps.add("first_token", generated.first_token_s)
        task.steps.done("generate")
        if generated.refused:
            return self._refusal(task, found)
        checked = self._checker.check(generated.text, texts)
        task.steps.done("check")
        return Answer(
            text=checked.text,
            source=model.name,
            citations=tuple(each.passage for each in given),
            sentences=_capped(checked.sentences, evidence),
            partial=generated.partial,
        )

    def _section(self, found: Found) -> str:
        """The section a passage stands in; the passage itself where that cannot be had."""
        passage = found.passage
        if found.section_end - found.section_start <= len(passage.text):
            return passage.text
        section = self._documents.section
        try:
            # Offsets are of the version that was found; there may be another one by now.
            if passage.text.endswith(section(passage.document_id, passage.start, passage.end)):
                return section(passage.document_id, found.section_start, found.section_end)
            return passage.text
        except MalgeulError as error:
            _log.info("a section cannot be read: %s", error)
            return passage.text

    def _extracted(self, task: _Task, found: Sequence[Found], evidence: float) -> Answer:
        """The best sentences; supported are those that are surely about what is asked."""
        extracts = self._extractive.pick(task.asked, found)
        if not extracts:
            return self._refusal(task, found)
        numbers = {at: n for n, at in enumerate(dict.fromkeys(e.passage for e in extracts), 1)}
        sentences = tuple(
            AnswerSentence(
                inert(each.text),
                (numbers[each.passage],),
                Support.SUPPORTED if each.share >= _ABOUT else Support.WEAK,
            )
            for each in extracts
        )
        text = " ".join(f"{each.text} [{each.citations[0]}]" for each in sentences)
        task.told(text)
        return Answer(
            text=text,
            source=BASIC,
            citations=tuple(found[at].passage for at in numbers),
            sentences=_capped(sentences, evidence),
        )

    def _refusal(self, task: _Task, found: Sequence[Found], *, by_words: bool = False) -> Answer:
        """Says that the documents do not answer, and why they may seem not to."""
        text = (_REFUSED if found else _NOTHING)[task.language]
        if by_words and self._languages.hides_from(task.asked):
            text = f"{text} {_WORDS_ONLY[task.language]}"
        task.told(text)
        nearest = tuple(each.passage for each in found[:_SHOWN_WHEN_REFUSED])
        return Answer(text=text, source=BASIC, citations=nearest, sentences=(), refused=True)


def _capped(sentences: Sequence[AnswerSentence], evidence: float) -> tuple[AnswerSentence, ...]:
    """A sentence that a passage bears out answers only as surely as the passages are about it."""
    if evidence >= SURE:
        return tuple(sentences)
    return tuple(
        replace(each, support=Support.WEAK) if each.support is Support.SUPPORTED else each
        for each in sentences
    )


def _label(passage: Passage) -> str:
    parts = [passage.source, passage.heading, f"page {passage.page}" if passage.page else ""]
    if passage.session_id:
        minutes, seconds = divmod(int(passage.start_s), 60)
        parts.append(f"said at {minutes}:{seconds:02}")
    return ", ".join(part for part in parts if part)
