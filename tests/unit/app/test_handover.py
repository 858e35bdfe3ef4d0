"""What happens to a meeting while the answer server is off is in the index when it is back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.answer_server import answer_server

from desktop.app.handover import TranscriptHandover
from desktop.engine.store.store import TranscriptStore
from desktop.events import SegmentCommitted, Track, Word
from desktop.paths import Paths
from desktop.records import TrackRecord
from desktop.services.clients.rag_client import RagClient
from desktop.services.rag.opening import Documents
from desktop.services.rag.surroundings import Surroundings
from desktop.services.supervisor.spec import Endpoint

WITHIN_S = 60.0
LINES = ("The gardener waters roses.", "The plumber mends pipes.")


class Meetings:
    """Two meetings, their index, and an answer server that can be off."""

    def __init__(self, root: Path) -> None:
        self.store = TranscriptStore.open(root / "transcripts.db")
        self.sessions = [self._meeting(f"Meeting {n}", f"{n} {LINES[n]}") for n in range(2)]
        self.documents = Documents(Surroundings(Paths(root), lambda _: None)).open()
        self.there: Endpoint | None = None
        self.client = RagClient(lambda: self.there)
        self.handover = TranscriptHandover(
            self.store, root, self.client, lambda: self.there is not None
        )

    def _meeting(self, title: str, text: str) -> str:
        track = TrackRecord(Track.MIC, "Me", "", "en", 0.0)
        session_id = self.store.create_session(
            title=title, tracks=[track], model="basic", started_wall_s=1.7e9
        )
        words = (Word(f" {text}", 0.0, 2.0, 0.9),)
        self.store.append_segment(
            session_id,
            SegmentCommitted(Track.MIC, 1, 0.0, 2.0, 2.0, 0.0, text, words, "en", 0.9),
        )
        self.store.finish_session(session_id, 2.0)
        return session_id

    def caught_up(self) -> None:
        self.handover.catch_up()
        self.handover._thread.submit(lambda: None).result(WITHIN_S)
        assert self.documents.library.wait(WITHIN_S)

    def versions(self) -> dict[str, int]:
        rows = self.documents.library._parts.manifest.rows()
        return {row.name: row.version for row in rows}

    def found(self, words: str) -> list[str]:
        return [each.passage.source for each in self.documents.retriever.retrieve(words).found]

    def close(self) -> None:
        self.handover.stop()
        self.client.close()
        self.documents.close()
        self.store.close()


@pytest.fixture
def meetings(tmp_path: Path) -> Iterator[Meetings]:
    """Both are indexed, and the server is on."""
    meetings = Meetings(tmp_path)
    try:
        with answer_server(meetings.documents) as endpoint:
            meetings.there = endpoint
            meetings.caught_up()
            yield meetings
    finally:
        meetings.close()


def rename(meetings: Meetings) -> str:
    meetings.store.rename_session(meetings.sessions[0], "Garden talk")
    return "Garden talk"


def correct(meetings: Meetings) -> str:
    (line,) = meetings.store.segments(meetings.sessions[0])
    meetings.store.edit_segment(line.segment_id, "0 The gardener waters orchids.")
    return "orchids"


def rename_speaker(meetings: Meetings) -> str:
    meetings.store.rename_track(meetings.sessions[0], Track.MIC, "Agatha")
    return "Agatha"


@pytest.mark.parametrize("change", [rename, correct, rename_speaker])
def test_a_change_while_the_server_is_off_is_handed_over_and_nothing_else(
    meetings: Meetings, change: Callable[[Meetings], str]
) -> None:
    before, endpoint = meetings.versions(), meetings.there
    meetings.there = None
    words = change(meetings)
    meetings.handover.hand_over(meetings.sessions[0])
    meetings.there = endpoint
    meetings.caught_up()
    after = meetings.versions()
    assert after["Meeting 1"] == before["Meeting 1"]
    (changed,) = [name for name in after if name != "Meeting 1"]
    assert after[changed] != before["Meeting 0"]
    assert meetings.found(words) == [changed]
    assert meetings.documents.library.verify().equal
    meetings.caught_up()
    assert meetings.versions() == after


def test_a_meeting_indexed_before_there_were_digests_is_not_indexed_again(
    meetings: Meetings,
) -> None:
    library = meetings.documents.library
    before = meetings.versions()
    for document in library.documents():
        library._parts.manifest.update(document.document_id, digest="")
    meetings.caught_up()
    assert meetings.versions() == before
    assert all(library.transcripts().values())


def test_a_meeting_deleted_while_the_server_is_off_is_gone_when_it_is_back(
    meetings: Meetings,
) -> None:
    endpoint, meetings.there = meetings.there, None
    meetings.store.delete_session(meetings.sessions[0])
    meetings.handover.forget(meetings.sessions[0])
    meetings.there = endpoint
    meetings.caught_up()
    assert list(meetings.versions()) == ["Meeting 1"]
    assert meetings.found("gardener") == []
    assert meetings.handover._owed.all() == []
