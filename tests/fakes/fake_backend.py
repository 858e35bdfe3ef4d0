# ruff: noqa: PLR0917
"""A scripted `Backend`: a realistic meeting in Korean and English, without sound or engine.

For tests of the interface and for `demo_window.py`.  Thread-safe where the task runner calls it.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from fakes.fake_documents import FakeDocuments
from fakes.fake_keywords import FakeKeywords, found_in
from fakes.fake_machine_room import FakeMachineRoom
from fakes.meeting import ME, MEETING, OTHERS, TITLES, words_of
from numpy.typing import NDArray

from desktop import events as ev
from desktop.bus import EventBus
from desktop.errors import NotFoundError
from desktop.events import Track
from desktop.records import (
    DeviceRecord,
    GapRecord,
    ModelRecord,
    SearchHit,
    SegmentRecord,
    SessionRecord,
    SessionState,
    SuppressedRecord,
    TrackRecord,
)
from desktop.settings import Settings


class FakeBackend(FakeMachineRoom, FakeKeywords, FakeDocuments):
    """Keeps everything in memory and remembers every command in `calls`."""

    def __init__(self, bus: EventBus, settings: Settings | None = None) -> None:
        FakeMachineRoom.__init__(self)
        FakeKeywords.__init__(self)
        FakeDocuments.__init__(self, bus)
        self.bus = bus
        self._settings = settings or Settings()
        self.calls: list[tuple[object, ...]] = []
        self._live: str | None = None
        self.started_s = 0.0  # the live one's time of day
        self.in_work: set[str] = set()  # files that wait for their turn, speakers in a browser
        self.rows: dict[str, list[SegmentRecord]] = {}
        self.held: dict[str, list[SuppressedRecord]] = {}
        self.records: dict[str, SessionRecord] = {}
        self.holes: dict[str, list[GapRecord]] = {}
        self.installed = {"basic", "large-v3-turbo", "small"}

    # scripted content ------------------------------------------------------------------------
    def fill(self, now_s: float | None = None) -> None:
        """A week of sessions."""
        now_s = time.time() if now_s is None else now_s
        self.fill_documents(now_s)
        for number, (name, title, age_s) in enumerate(TITLES):
            if name == "s-live":
                continue
            state = SessionState.RECORDING if name == "s-interrupted" else SessionState.FINISHED
            self.add_session(name, title, now_s - age_s, state, first_id=1000 * number)

    def add_session(
        self,
        session_id: str,
        title: str,
        wall_s: float,
        state: SessionState = SessionState.FINISHED,
        first_id: int = 1,
        lines: Sequence[tuple[Track, float, float, str]] = MEETING,
    ) -> None:
        self.rows[session_id] = [
            SegmentRecord(
                segment_id=first_id + i,
                session_id=session_id,
                sequence=i + 1,
                track=track,
                start_s=start_s,
                end_s=end_s,
                text=text,
                original_text=text,
                words=words_of(text, start_s, end_s),
                language="ko",
                confidence=0.9,
                bookmarked=i in (3, 7),
            )
            for i, (track, start_s, end_s, text) in enumerate(lines)
        ]
        self.holes[session_id] = [GapRecord(ME, 64.9, 67.3, "unplugged")]
        self.held[session_id] = [
            SuppressedRecord(first_id + 1, session_id, OTHERS, 68.0, 70.4,
                             "시청해주셔서 감사합니다.", (), "ko", 0.31, "phrase"),
            SuppressedRecord(first_id + 2, session_id, ME, 100.2, 101.0,
                             "MBC 뉴스 이덕영입니다.", (), "ko", 0.22, "no_speech"),
        ]  # fmt: skip
        self.records[session_id] = SessionRecord(
            session_id=session_id,
            title=title,
            state=state,
            started_wall_s=wall_s,
            duration_s=lines[-1][2] if lines else 0.0,
            segment_count=len(lines),
            model="large-v3-turbo",
            tracks=(
                TrackRecord(ME, "", "Yeti", "ko", 99.4),
                TrackRecord(OTHERS, "", "", "ko", 99.4),
            ),
            has_audio=True,
            preview=lines[0][3] if lines else "",
        )

    def play_meeting(self, lines: int = 9, *, partial: bool = True) -> None:
        """Publishes the events of a live meeting up to its `lines`-th line."""
        wall_s, publish = time.time(), self.bus.publish
        self.started_s = wall_s - 96
        publish(ev.RecogniserChanged(ev.RecogniserState.READY, "large-v3-turbo", "cuda", "float16"))
        self._live = "s-live"
        self.add_session("s-live", TITLES[0][1], wall_s - 96, SessionState.RECORDING, 1, ())
        publish(ev.SessionStarted("s-live", TITLES[0][1], (ME, OTHERS), wall_s - 96))
        for track, device in ((ME, "Yeti"), (OTHERS, "Speakers")):
            publish(ev.SourceChanged(track, ev.SourceState.LIVE, device, "", wall_s))
        for number, (track, start_s, end_s, text) in enumerate(MEETING[:lines], 1):
            if number == 9:
                publish(ev.GapDeclared(ME, 64.9, 67.3, "unplugged", wall_s))
            words = words_of(text, start_s, end_s)
            publish(ev.WordsCommitted(track, end_s, wall_s, text, words, "ko"))
            publish(
                ev.SegmentCommitted(track, number, start_s, end_s, end_s, wall_s, text, words,
                                    "ko", 0.93, number)
            )  # fmt: skip
        publish(
            ev.SegmentSuppressed(OTHERS, 68.0, 70.4, 71.0, wall_s, "시청해주셔서 감사합니다.", (),
                                 "ko", 0.31, "phrase", 1)
        )  # fmt: skip
        if partial and lines < len(MEETING):
            track, start_s, end_s, text = MEETING[lines]
            words = words_of(text, start_s, end_s)
            half = len(words) // 2
            publish(
                ev.WordsCommitted(track, end_s - 3, wall_s, "".join(w.text for w in words[:half]),
                                  words[:half], "ko")
            )  # fmt: skip
            rest = "".join(w.text for w in words[half:-2])
            publish(ev.HypothesisUpdated(track, end_s, wall_s, rest, words[half:-2], "ko"))
        self.publish_levels()
        for track in (ME, OTHERS):
            total, gap = 96 * ev.SAMPLE_RATE_HZ, 38_400 if track is ME else 0
            publish(ev.LedgerUpdated(track, total, total - gap, gap, total * 6 // 10,
                                     total - total * 6 // 10 - 16_000, 16_000))  # fmt: skip
            publish(ev.LagMeasured(track, 0.8, 0.14, wall_s))
        self.publish_keywords(lines)

    def publish_keywords(self, lines: int = 9, source: str = "Qwen2.5-7B-Instruct") -> None:
        """What the first `lines` lines of the live meeting are about."""
        said = [(n, start_s, text) for n, (_, start_s, _, text) in enumerate(MEETING[:lines], 1)]
        wall_s, end_s = time.time(), MEETING[lines - 1][2]
        numbers = tuple(number for number, _, _ in said)
        found = ev.KeywordsFound(ME, found_in(said), numbers, wall_s, end_s, 1.4, source)
        self.bus.publish(found)

    def publish_levels(self, mic_dbfs: float = -27.0, system_dbfs: float = -16.0) -> None:
        self.bus.publish(ev.LevelMeasured(ME, mic_dbfs, mic_dbfs + 9))
        self.bus.publish(ev.LevelMeasured(OTHERS, system_dbfs, system_dbfs + 8))

    def leave(self) -> None:
        """Nothing more is taken in, as after a browser's stop; words may still come."""
        self._live = None

    def finish(self) -> None:
        """The live session ends."""
        session_id, self._live = self._live or "s-live", None
        self.add_session(session_id, TITLES[0][1], time.time() - 96)
        self.bus.publish(ev.SessionFinished(session_id, 99.4, time.time()))

    # Backend ---------------------------------------------------------------------------------
    @property
    def settings(self) -> Settings:
        return self._settings

    def save_settings(self) -> None:
        self.calls.append(("save_settings",))

    def start_capture(self) -> None:
        self.calls.append(("start_capture",))
        self._live = "s-live"
        self.started_s = wall_s = time.time()
        self.add_session("s-live", TITLES[0][1], wall_s, SessionState.RECORDING, 1, ())
        self.bus.publish(ev.SessionStarted("s-live", TITLES[0][1], (ME, OTHERS), wall_s))

    @property
    def _audio_s(self) -> float:
        return time.time() - self.started_s

    def pause_capture(self) -> None:
        self.calls.append(("pause_capture",))
        self.bus.publish(ev.SessionPaused("s-live", self._audio_s, time.time()))

    def resume_capture(self) -> None:
        self.calls.append(("resume_capture",))
        self.bus.publish(ev.SessionResumed("s-live", self._audio_s, time.time()))

    def stop_capture(self) -> None:
        self.calls.append(("stop_capture",))
        self.finish()

    def finish_later(self) -> None:
        self.calls.append(("finish_later",))
        self.finish()

    def works_on(self, session_id: str) -> bool:
        return session_id in (self._live, *self.in_work)

    def transcribe_file(self, path: Path) -> None:
        self.calls.append(("transcribe_file", path))
        task = f"file:{path.name}"
        self.bus.publish(ev.ProgressReported(task, path.name, 750.0, 1980.0, "s"))

    def cancel_task(self, task: str) -> None:
        self.calls.append(("cancel_task", task))
        self.bus.publish(ev.ProgressReported(task, task, 1, 2, "s", finished=True))

    @property
    def live_session_id(self) -> str | None:
        return self._live

    def devices(self) -> Sequence[DeviceRecord]:
        return (
            DeviceRecord("yeti", "Blue Yeti USB", ME, True, 2, 48_000),
            DeviceRecord("internal", "내장 마이크", ME, False, 2, 48_000),
            DeviceRecord("speakers", "내장 오디오 아날로그 스테레오", OTHERS, True, 2, 48_000),
            DeviceRecord("hdmi", "HDMI · Dell U2720Q", OTHERS, False, 2, 48_000),
        )

    def models(self) -> Sequence[ModelRecord]:
        def model(name: str, label: str, size: float, memory: float, **more: bool) -> ModelRecord:
            return ModelRecord(
                name, label, name in self.installed, round(size * 1e6), round(memory * 1e6), "",
                "en" if name == "basic" else "multilingual", **more,
            )  # fmt: skip

        return (
            model("large-v3-turbo", "Whisper large-v3-turbo", 1620, 2540, recommended=True),
            model("large-v3", "Whisper large-v3", 3090, 4520),
            model("medium", "Whisper medium", 1530, 2500),
            model("small", "Whisper small", 484, 1100),
            model("tiny", "Whisper tiny", 78, 390),
            model("basic", "Basic recogniser", 38, 120, basic=True),
        )

    def download_model(self, name: str) -> None:
        self.calls.append(("download_model", name))
        self.bus.publish(ev.ProgressReported(f"model:{name}", name, 0.62e9, 1.53e9, "bytes"))

    def import_model(self, folder: Path) -> ModelRecord:
        self.calls.append(("import_model", folder))
        return self.models()[0]

    def remove_model(self, name: str) -> None:
        self.calls.append(("remove_model", name))
        self.installed.discard(name)

    def sessions(self) -> Sequence[SessionRecord]:
        return tuple(self.records.values())

    def segments(self, session_id: str) -> Sequence[SegmentRecord]:
        if session_id not in self.rows:
            raise NotFoundError("This session does not exist any more.", hint="Choose another one.")
        return tuple(self.rows[session_id])

    def suppressed(self, session_id: str) -> Sequence[SuppressedRecord]:
        return tuple(self.held.get(session_id, ()))

    def gaps(self, session_id: str) -> Sequence[GapRecord]:
        return tuple(self.holes.get(session_id, ()))

    def search(self, text: str, session_id: str | None = None) -> Sequence[SearchHit]:
        hits = []
        for record in self.records.values():
            for row in self.rows[record.session_id]:
                at = row.text.find(text)
                if at >= 0:
                    hits.append(
                        SearchHit(record.session_id, record.title, row.segment_id, row.track,
                                  row.start_s, row.text, ((at, at + len(text)),))
                    )  # fmt: skip
        return hits

    def rename_session(self, session_id: str, title: str) -> None:
        self.calls.append(("rename_session", session_id, title))
        self.records[session_id] = dataclasses.replace(self.records[session_id], title=title)

    def delete_session(self, session_id: str) -> None:
        self.calls.append(("delete_session", session_id))
        del self.records[session_id], self.rows[session_id]

    def recover_session(self, session_id: str) -> None:
        self.calls.append(("recover_session", session_id))
        record = dataclasses.replace(self.records[session_id], state=SessionState.RECOVERED)
        self.records[session_id] = record

    def edit_segment(self, segment_id: int, text: str) -> None:
        self.calls.append(("edit_segment", segment_id, text))
        self._replace(segment_id, text=text)

    def bookmark_segment(self, segment_id: int, on: bool) -> None:
        self.calls.append(("bookmark_segment", segment_id, on))
        self._replace(segment_id, bookmarked=on)

    def rename_track(self, session_id: str, track: Track, name: str) -> None:
        self.calls.append(("rename_track", session_id, track, name))

    def restore_suppressed(self, suppressed_id: int) -> None:
        self.calls.append(("restore_suppressed", suppressed_id))
        for held in self.held.values():
            held[:] = [h for h in held if h.suppressed_id != suppressed_id]

    def export_session(self, session_id: str, target: Path, format_name: str) -> Path:
        self.calls.append(("export_session", session_id, target, format_name))
        return target

    def session_audio(
        self, session_id: str, track: Track, start_s: float, duration_s: float
    ) -> NDArray[np.float32]:
        self.calls.append(("session_audio", session_id, track, start_s, duration_s))
        end_s = self.records[session_id].duration_s
        seconds = max(0.0, min(duration_s, end_s - start_s))
        return np.full(round(seconds * ev.SAMPLE_RATE_HZ), 0.1, dtype=np.float32)

    def _replace(self, segment_id: int, **values: object) -> None:
        for rows in self.rows.values():
            for i, row in enumerate(rows):
                if row.segment_id == segment_id:
                    rows[i] = dataclasses.replace(row, **values)  # type: ignore[arg-type]
