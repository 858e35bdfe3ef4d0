"""Messages from below the interface: each has Korean, and Korean keeps what stands in them."""

from __future__ import annotations

import errno
import json
import os
import re
import string
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from message_templates import templates

from desktop import events as ev
from desktop.services.gpu.telemetry import Card, Reading
from desktop.services.runtimes import qdrant_binary
from desktop.services.runtimes.catalogue import runtimes
from desktop.services.runtimes.models import MODELS
from desktop.services.stack import vllm
from desktop.services.stack.openai_server import OUT_OF_GPU_MEMORY, missing_hint
from desktop.services.stack.plans import plan_services
from desktop.services.supervisor.spec import EmbeddedPlan
from desktop.settings import ServicesSettings, VllmSettings
from desktop.ui.messages import FOLDER, Messages, load_catalogue
from desktop.ui.views.service_words import INSTALLABLE, hint_text, reason_text

GROUPS = json.loads((FOLDER / "messages_ko.json").read_text(encoding="utf-8"))
MESSAGES: dict[str, str] = GROUPS["messages"]
STATES: dict[str, str] = json.loads((FOLDER / "services_ko.json").read_text(encoding="utf-8"))[
    "services"
]
CLICKS: dict[str, str] = json.loads((FOLDER / "messages_en.json").read_text(encoding="utf-8"))[
    "messages"
]
COMMAND = re.compile(r"malgeul [a-z]")
KEY = re.compile(r"\b(services|recognition|retrieval|documents|audio|web)\.[a-z]+")
SYSTEM: dict[str, str] = GROUPS["system"]
FIELD = re.compile(r"\{\d+\}")
HANGUL = re.compile("[가-힣]")

# Two words or more, but for no one to read in the window.
NO_MESSAGES = {
    "Whisper {0}",
    "Whisper {0}, {1}",
    "language model",  # the name of a share; the window has its own word
    "Whisper tiny",
    "Whisper base",
    "Whisper small",
    "Whisper medium",
    "Whisper large-v3 turbo",
    "Whisper large-v2",
    "Whisper large-v3",
    "blob {0}\x00",  # hashed
    "[Desktop Entry]\n",
    "no digest",  # becomes another message
    "out of memory",  # searched for in what libraries write
    "driver version is insufficient",
    "no cuda-capable device",
    "cuda support",
    "compute type",
    "no sound",  # exports have their own words
    "{0} cannot be a session id",  # a mistake in the program
    "{0} {1} ORDER BY started_wall_s DESC, session_key DESC",
    "line {0}",  # too short to be told from a name; stands among SQLite's own English
    "suppressed line {0}",
    "row of {0} without its session",
    "malgeul: window ready",  # for scripts
    "malgeul: ready at",
}
VALUES = st.text(string.ascii_letters + string.digits + "/\\_-()[]%한글말모델", min_size=1)


def test_every_message_has_korean_and_none_is_left_over() -> None:
    """A new message must be added to messages_ko.json (or, if nobody sees it, to NO_MESSAGES)."""
    found = templates()
    missing = {text: place for text, place in found.items() if text not in NO_MESSAGES}
    for text in MESSAGES:
        missing.pop(text, None)
    assert missing == {}, "without Korean"
    assert sorted(set(MESSAGES) - set(found)) == [], "no longer in the source"
    assert sorted(NO_MESSAGES - set(found)) == [], "no longer in the source"
    assert NO_MESSAGES.isdisjoint(MESSAGES)


def test_korean_keeps_the_fields() -> None:
    for english, korean in (MESSAGES | SYSTEM).items():
        assert sorted(FIELD.findall(english)) == sorted(FIELD.findall(korean)), english
        if english != "[Errno {0}] {1}":
            assert HANGUL.search(korean), english
        assert english[0].isspace() <= korean[0].isspace(), english
        # A fragment ends without a full stop, a sentence with one, in both languages.
        if not english.endswith(("}", ")")) and ": " not in english:
            assert english.endswith(".") == korean.endswith("."), english


def test_the_states_of_servers_stand_in_the_source() -> None:
    source = "".join(
        re.sub(r'"\s*\n\s*f?"', "", file.read_text(encoding="utf-8"))
        for file in sorted((FOLDER.parents[1] / "desktop" / "services").rglob("*.py"))
    )
    for english, korean in STATES.items():
        assert sorted(FIELD.findall(english)) == sorted(FIELD.findall(korean)), english
        pieces = [piece for piece in FIELD.split(english) if len(piece.strip()) > 8]
        assert [piece for piece in pieces if piece.strip("() ") not in source] == [], english
    told = "port 8000 is held by nginx (process 7); 8001 is used instead"
    assert reason_text(told, Messages("ko").translate) == (
        "8000번 포트는 이미 nginx(프로세스 7)에서 쓰고 있습니다; 대신 8001번을 씁니다"
    )
    told = "it ended by itself with exit code 1; it ended 5 times in 5 minutes"
    assert reason_text(told, str).startswith("It ended by itself with exit code 1; it ended 5")


def test_why_a_server_is_not_there_is_said_in_korean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reasons and hints of plans are no errors, so the search for messages does not see them."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    for name in ("vllm", "vllm-cpu", "embedding"):
        for program in ("python", "vllm"):
            path = tmp_path / "ready/runtimes" / name / "bin" / program
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
            path.chmod(0o755)
    say = Messages("ko").translate
    own = ServicesSettings(vllm=VllmSettings(model="somebody/unknown"))
    cards = [Reading(reason="there is no NVIDIA driver")]
    cards += [Reading((Card(0, "RTX", 24 << 30, gib << 30),)) for gib in (2, 23)]
    said = [(sign.reason, sign.hint) for sign in (*OUT_OF_GPU_MEMORY, *vllm.OUT_OF_MEMORY)]
    for reading, home, wished in product(cards, ("bare", "ready"), (ServicesSettings(), own)):
        plans = plan_services(wished, tmp_path / home, reading=reading)
        said += [(p.reason, p.hint) for p in plans if isinstance(p, EmbeddedPlan)]
    assert len(set(said)) > 8
    for reason, hint in said:
        for part in reason.split("; "):
            assert HANGUL.search(say(part)), part
        assert not hint or HANGUL.search(say(hint)), hint


def test_a_hint_names_where_to_click() -> None:
    known = {each.name: each.label for each in (*runtimes(card=False), *MODELS)}
    assert known | {qdrant_binary.NAME: qdrant_binary.LABEL} == INSTALLABLE
    hint = missing_hint("Qwen/Qwen2.5-7B-Instruct", "services.vllm.model")
    assert hint_text(hint, str) == ("Install Qwen2.5 7B under Environments below.")
    assert hint_text("malgeul runtimes install vllm-cpu", str) == (
        "Install vLLM (processor) under Environments below."
    )
    assert hint_text("Close other programs.", str) == "Close other programs."


def test_the_window_names_what_to_click_in_both_languages() -> None:
    """Commands are for the command line; a key of the settings needs the file it stands in."""
    texts = MESSAGES | STATES
    assert set(CLICKS) <= set(texts), "no longer in the source"
    for english, said in CLICKS.items():
        assert sorted(FIELD.findall(english)) == sorted(FIELD.findall(said)), english
        assert Messages("en").translate(english) == said
    for english, korean in texts.items():
        for said in (CLICKS.get(english, english), korean):
            assert not COMMAND.search(said), said
            assert not KEY.search(said) or "settings.json" in said, said
    told = Messages("en").translate("Get it with: malgeul models get turbo")
    assert told == "Get turbo under Models."


def test_the_words_of_the_system_are_the_systems() -> None:
    known = {os.strerror(number) for number in errno.errorcode}
    own = {text for text in SYSTEM if "{" not in text}
    resolver = {
        "Temporary failure in name resolution",
        "Name or service not known",
        "timed out",
        "The read operation timed out",
    }
    network = {  # httpx says these
        "All connection attempts failed",
        "Server disconnected without sending a response",
    }
    database = {"file is not a database", "database disk image is malformed"}
    if os.name == "posix":
        assert own - resolver - network - database <= known


@pytest.mark.parametrize("english", [text for text in MESSAGES if FIELD.search(text)])
def test_every_template_is_recognised(english: str) -> None:
    values = {0: "/home/mina/a.wav", 1: "USB Audio (hw:1)", 2: "boom 17"}
    said = Messages("ko").translate(_fill(english, values))
    assert said == _fill(MESSAGES[english], values)


@given(english=st.sampled_from(sorted(MESSAGES)), values=st.tuples(VALUES, VALUES, VALUES))
@settings(max_examples=150, deadline=None)
def test_what_stands_in_a_message_stands_in_its_translation(
    english: str, values: tuple[str, str, str]
) -> None:
    filled = dict(enumerate(values))
    said = Messages("ko").translate(_fill(english, filled))
    for field in FIELD.findall(english):
        assert filled[int(field[1:-1])] in said


@given(st.one_of(st.text(), st.lists(st.sampled_from(sorted(MESSAGES))).map(" ".join)))
@settings(max_examples=150, deadline=None)
def test_translating_never_fails(text: str) -> None:
    said = Messages("ko").translate(text)
    assert bool(said.strip()) == bool(text.strip())
    if not any(english in text for english in CLICKS):
        assert Messages("en").translate(text) == text


def test_a_hostile_text_is_answered_at_once() -> None:
    text = "“x” cannot be downloaded from y: " * 60
    assert Messages("ko").translate(text)
    assert Messages("ko").translate("a" * 100_000) == "a" * 100_000


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        (  # a message in a message, and a cause nobody knows
            "The model in /m could not be loaded on cuda: CUDA error. The processor is used"
            " instead.",
            "/m 폴더의 모델을 불러올 수 없었습니다 (장치: cuda): CUDA error."
            " 대신 프로세서(CPU)를 사용합니다.",
        ),
        (  # a fragment that became a sentence
            "What the computer plays cannot be captured.",
            "컴퓨터에서 나는 소리를 녹음할 수 없습니다.",
        ),
        (  # a name before the message
            "a.mp4: “a.mp4” is cut off: 3 s of the 10 s it should have were read.",
            "a.mp4: ‘a.mp4’ 파일이 중간에 끊겨 있습니다: 3초를 읽었습니다 (원래 10초).",
        ),
        (  # the system's reason
            "Settings could not be saved to /x: No space left on device",
            "설정을 /x 위치에 저장할 수 없었습니다: 디스크에 남은 공간이 없습니다",
        ),
        ("Hello there. Free some space.", "Hello there. 공간을 비우세요."),
        ("Nothing anybody wrote: at all.", "Nothing anybody wrote: at all."),
    ],
)
def test_messages_are_put_together(english: str, korean: str) -> None:
    assert Messages("ko").translate(english) == korean


def test_events_are_translated_in_the_language_in_force() -> None:
    messages = Messages("ko")
    notice = ev.NoticeRaised(
        ev.Severity.ERROR, "model.x", "The recogniser is closed.", "Free some space.", "models"
    )
    said = messages.event(notice)
    assert said == ev.NoticeRaised(
        ev.Severity.ERROR, "model.x", "인식기가 닫혀 있습니다.", "공간을 비우세요.", "models"
    )
    lost = ev.SourceChanged(
        ev.Track.MIC, ev.SourceState.LOST, "USB", "the device was unplugged", wall_s=1.0
    )
    assert getattr(messages.event(lost), "detail", "") == "장치 연결이 끊어졌습니다"
    other = ev.NoticeCleared("model.x")
    assert messages.event(other) is other
    messages.language = "en"
    assert messages.event(notice) == notice


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            "port 6379 is held by another program (a Redis whose password is not known)",
            "6379번 포트는 이미 다른 프로그램(비밀번호를 모르는 Redis입니다)에서 쓰고 있습니다",
        ),
        (
            "port 8000 is held by a program (process 7) (no list of models)",
            "8000번 포트는 이미 어떤 프로그램(프로세스 7, 모델 목록이 없습니다)에서 쓰고 있습니다",
        ),
        (
            "What answers at h:1 is not a language model: it sends text/html of another kind.",
            "h:1에서 응답하는 것은 언어 모델이 아닙니다: 다른 종류의 응답을 보냅니다 (text/html).",
        ),
        (
            "The embedding server cannot be used: All connection attempts failed.",
            "임베딩 서버를 쓸 수 없습니다: 연결되지 않았습니다.",
        ),
    ],
)
def test_no_english_stands_within_korean(told: str, said: str) -> None:
    assert Messages("ko").translate(told) == said


def test_the_end_of_a_sentence_ends_what_a_field_holds() -> None:
    """“… is used instead” is a message too, of ports."""
    say = Messages("ko").translate
    told = "Recognition does not run on the graphics card: ended with code 3."
    assert say(f"{told} The processor is used instead.") == (
        "그래픽 카드에서 인식이 실행되지 않습니다: 코드 3번으로 끝났습니다. "
        "대신 프로세서(CPU)를 사용합니다."
    )
    told = say("“Q. A. Kim” cannot be opened: it does not exist.")
    assert told == "‘Q. A. Kim’ 파일을 열 수 없습니다: 파일이 없습니다."


def test_without_a_catalogue_messages_stay_english(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "messages_ko.json").write_text("{", encoding="utf-8")
    catalogue = load_catalogue("ko", tmp_path)
    assert catalogue.plain == {}
    assert catalogue.templates == ()
    assert "no messages" in caplog.text


def _fill(template: str, values: dict[int, str]) -> str:
    return FIELD.sub(lambda field: values[int(field[0][1:-1])], template)
