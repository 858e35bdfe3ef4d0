"""An answer as server-sent events: made on a thread, told on the server's loop.

What waits between the two is one answer's pieces, which end with the answer's length.  When the
listener goes away the answer is stopped.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

from desktop.services.rag.answering import Question
from desktop.services.rag.desk import AnswerDesk, Told
from desktop.services.rag.feed import sse
from desktop.services.rag.generation import Stop

BEAT_S = 10.0


def answer_stream(
    desk: AnswerDesk, question: Question, answer_id: str, stop: Stop
) -> AsyncIterator[str]:
    """The events of one answer, which begins now; `desk.begin` gave its place.  On the loop."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Told | None] = asyncio.Queue()

    def told(event: Told | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(queue.put_nowait, event)

    def work() -> None:
        try:
            desk.tell(question, answer_id, stop, told)
        finally:
            told(None)

    threading.Thread(target=work, name=f"answer-{answer_id[:8]}", daemon=True).start()
    return _events(queue, stop)


async def _events(queue: asyncio.Queue[Told | None], stop: Stop) -> AsyncIterator[str]:
    try:
        while True:
            try:
                async with asyncio.timeout(BEAT_S):
                    event = await queue.get()
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if event is None:
                return
            yield sse(event)
    finally:
        stop.ask()
