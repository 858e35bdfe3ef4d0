"""Questions and answers of one conversation.  Pure, GUI thread only.

Events may come before the request that caused them has returned, and other faces of the
application ask too; so events of unknown answers are kept for a moment, and belong to this
conversation only once its own request names them.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from desktop import events as ev

UNCLAIMED = 16  # answers of others or not yet claimed whose events are kept
_CITATION = re.compile(r"\[(\d{1,3})\]")

AnswerEvent = ev.AnswerStarted | ev.AnswerExtended | ev.AnswerFinished | ev.AnswerFailed


class TurnState(Enum):
    ASKED = auto()  # nothing has come yet
    STREAMING = auto()
    DONE = auto()
    FAILED = auto()


@dataclass(eq=False, slots=True)
class Turn:
    """One question with its answer as far as it has come."""

    question: str
    session_id: str = ""
    answer_id: str = ""
    state: TurnState = TurnState.ASKED
    text: str = ""
    answer: ev.Answer | None = None
    message: str = ""
    hint: str = ""
    stopping: bool = False

    @property
    def open(self) -> bool:
        """True while an answer may still grow."""
        return self.state in (TurnState.ASKED, TurnState.STREAMING)


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of an answer's text that is drawn in its own way.

    `kind` is "citation" (`number` counts from 1), "weak" or "unsupported".
    """

    start: int
    end: int
    kind: str
    number: int = 0


@dataclass(slots=True)
class Conversation:
    """The turns in their order; `changed` is called with each turn that changes."""

    changed: Callable[[Turn], None]
    conversation_id: str = ""
    turns: list[Turn] = field(default_factory=list)
    _claimed: dict[str, Turn] = field(default_factory=dict)
    _unclaimed: OrderedDict[str, list[AnswerEvent]] = field(default_factory=OrderedDict)

    @property
    def open_turn(self) -> Turn | None:
        """The turn that is being answered."""
        return self.turns[-1] if self.turns and self.turns[-1].open else None

    def begin(self, question: str, session_id: str = "") -> Turn:
        turn = Turn(question, session_id)
        self.turns.append(turn)
        return turn

    def again(self, turn: Turn) -> None:
        """Empties a turn so that its question can be asked once more."""
        self._claimed.pop(turn.answer_id, None)
        turn.answer_id, turn.text, turn.message, turn.hint = "", "", "", ""
        turn.state, turn.answer, turn.stopping = TurnState.ASKED, None, False
        self.changed(turn)

    def claim(self, turn: Turn, answer_id: str) -> None:
        """The request has returned: `answer_id` is this turn's."""
        turn.answer_id = answer_id
        self._claimed[answer_id] = turn
        for event in self._unclaimed.pop(answer_id, ()):
            self._apply(turn, event)

    def fail(self, turn: Turn, message: str, hint: str) -> None:
        """The request itself failed."""
        turn.state, turn.message, turn.hint = TurnState.FAILED, message, hint
        self.changed(turn)

    def receive(self, event: AnswerEvent) -> None:
        """Takes an event of any answer."""
        turn = self._claimed.get(event.answer_id)
        if turn is not None:
            self._apply(turn, event)
        elif self.open_turn is not None and not self.open_turn.answer_id:
            self._unclaimed.setdefault(event.answer_id, []).append(event)
            while len(self._unclaimed) > UNCLAIMED:
                self._unclaimed.popitem(last=False)

    def _apply(self, turn: Turn, event: AnswerEvent) -> None:
        match event:
            case ev.AnswerStarted():
                self.conversation_id = event.conversation_id or self.conversation_id
            case ev.AnswerExtended() if turn.open:
                turn.text += event.text
                turn.state = TurnState.STREAMING
            case ev.AnswerFinished():
                turn.answer, turn.text = event.answer, event.answer.text
                turn.state = TurnState.DONE
            case ev.AnswerFailed():
                turn.text = event.partial or turn.text
                turn.message, turn.hint = event.message, event.hint
                turn.state = TurnState.FAILED
        if not turn.open:
            self._claimed.pop(turn.answer_id, None)
        self.changed(turn)


def citation_marks(text: str, count: int) -> list[Mark]:
    """The ``[n]`` of a text; numbers without a source among `count` stay plain text."""
    found = (Mark(m.start(), m.end(), "citation", int(m[1])) for m in _CITATION.finditer(text))
    return [mark for mark in found if 1 <= mark.number <= count]


def sentence_ranges(answer: ev.Answer) -> list[tuple[int, int, ev.AnswerSentence]]:
    """Where each sentence of an answer stands in its text; one that is not found is left out."""
    ranges, at = [], 0
    for sentence in answer.sentences:
        bare = sentence.text.strip()
        start = answer.text.find(bare, at) if bare else -1
        if start >= 0:
            at = start + len(bare)
            ranges.append((start, at, sentence))
    return ranges


def answer_marks(answer: ev.Answer) -> list[Mark]:
    """Citations and doubtful sentences of a finished answer."""
    marks = [
        Mark(start, end, sentence.support.value)
        for start, end, sentence in sentence_ranges(answer)
        if sentence.support is not ev.Support.SUPPORTED
    ]
    return marks + citation_marks(answer.text, len(answer.citations))
