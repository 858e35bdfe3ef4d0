"""Asks questions and shows their answers.  GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from desktop import events as ev
from desktop.errors import MalgeulError, ServiceError
from desktop.ui.bridge.event_bridge import EventBridge
from desktop.ui.bridge.task_runner import TaskRunner
from desktop.ui.messages import Messages
from desktop.ui.models.conversation import AnswerEvent, Conversation, Turn, TurnState
from desktop.ui.ports import DocumentsBackend
from desktop.ui.views.answers_panel import AnswersPanel

DRAW_MS = 33  # streamed text is drawn thirty times a second, however fast it comes


class AnswersController(QObject):
    """One conversation at a time.

    Args:
        session: the meeting shown or captured now, "" without one: its keywords and transcript
            matter most to an answer.
    """

    citation_chosen = Signal(object, int)  # the answer's passages, which one, from 1

    def __init__(
        self,
        backend: DocumentsBackend,
        runner: TaskRunner,
        bridge: EventBridge,
        panel: AnswersPanel,
        *,
        messages: Messages,
        session: Callable[[], str],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._runner = runner
        self._panel = panel
        self._messages = messages
        self._session = session
        self._conversation = Conversation(self._on_turn_changed)
        self._dirty: list[Turn] = []
        self._too_early: Turn | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DRAW_MS)
        self._timer.timeout.connect(self._draw)
        for signal in (
            bridge.answer_started,
            bridge.answer_extended,
            bridge.answer_finished,
            bridge.answer_failed,
        ):
            signal.connect(self._on_answer_event)
        panel.asked.connect(self.ask)
        panel.stop_requested.connect(self.stop)
        panel.new_requested.connect(self.begin_anew)
        panel.view.retry_requested.connect(self.retry)
        panel.view.citation_chosen.connect(self._on_citation_chosen)

    @property
    def conversation(self) -> Conversation:
        return self._conversation

    def close(self) -> None:
        self._timer.stop()

    def ask(self, question: str) -> None:
        """Asks in this conversation; while an answer is written the question waits in the box."""
        question = question.strip()
        if not question:
            return
        if self._conversation.open_turn is not None:
            self._panel.box.put(question)
            return
        turn = self._conversation.begin(question, self._session())
        self._on_turn_changed(turn)
        self._send(turn)

    def retry(self, turn: Turn) -> None:
        """Asks the question of a turn once more, in its place."""
        if self._conversation.open_turn is None:
            self._conversation.again(turn)
            self._send(turn)

    def server_ready(self) -> None:
        """The server is there: a question that came too early is asked again."""
        turn, self._too_early = self._too_early, None
        if turn is not None and turn.state is TurnState.FAILED:
            self.retry(turn)

    def stop(self) -> None:
        """Ends the answer that is being written; what has come stays."""
        turn = self._conversation.open_turn
        if turn is None or turn.stopping:
            return
        turn.stopping = True
        if turn.answer_id:
            self._stop(turn.answer_id)

    def begin_anew(self) -> None:
        """Forgets the conversation; what is being written is stopped."""
        self.stop()
        self._conversation = Conversation(self._on_turn_changed)
        self._too_early = None
        self._dirty.clear()
        self._panel.clear()
        self._panel.box.edit.setFocus()

    def _send(self, turn: Turn) -> None:
        backend, conversation = self._backend, self._conversation
        question, session_id = turn.question, turn.session_id
        conversation_id = conversation.conversation_id

        def asked(answer_id: str) -> None:
            conversation.claim(turn, answer_id)
            if turn.stopping and turn.open:
                self._stop(answer_id)

        def failed(error: MalgeulError) -> None:
            if isinstance(error, ServiceError):
                self._too_early = turn
            say = self._messages.translate
            conversation.fail(turn, say(error.message), say(error.hint))

        self._runner.run(lambda: backend.ask(question, conversation_id, session_id), asked, failed)

    def _stop(self, answer_id: str) -> None:
        backend = self._backend
        self._runner.run(lambda: backend.stop_answer(answer_id))

    def _on_answer_event(self, event: AnswerEvent) -> None:
        if isinstance(event, ev.AnswerFailed):
            say = self._messages.translate
            event = ev.AnswerFailed(
                event.answer_id, say(event.message), say(event.hint), event.partial
            )
        self._conversation.receive(event)

    def _on_turn_changed(self, turn: Turn) -> None:
        if turn not in self._conversation.turns:
            return  # of a conversation that was left
        if turn not in self._dirty:
            self._dirty.append(turn)
        if turn.state is not TurnState.STREAMING:
            self._draw()
        elif not self._timer.isActive():
            self._timer.start()

    def _draw(self) -> None:
        self._timer.stop()
        dirty, self._dirty = self._dirty, []
        busy = self._conversation.open_turn is not None
        for turn in dirty:
            self._panel.show_turn(turn, busy=busy)

    def _on_citation_chosen(self, turn: Turn, number: int) -> None:
        if turn.answer is not None:
            self.citation_chosen.emit(turn.answer.citations, number)
