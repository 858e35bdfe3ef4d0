"""Korean keywords with the real analyser in its process: one process for the whole file."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from desktop.errors import ServiceError
from desktop.events import KeywordCategory
from desktop.services.keywords.basic import BasicExtractor
from desktop.services.keywords.morphology import MorphologicalAnalyser

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def extractor() -> Iterator[BasicExtractor]:
    extractor = BasicExtractor()
    extractor.extract("준비", "ko")  # the process belongs to the file, not to the first test
    yield extractor
    extractor.close()


def texts(extractor: BasicExtractor, text: str) -> list[str]:
    return [keyword.text for keyword in extractor.extract(text, "ko", limit=20)]


def test_particles_are_left_out_and_count_as_one(extractor: BasicExtractor) -> None:
    found = extractor.extract(
        "회의를 열었다.\n회의가 길었다.\n회의는 끝났고 회의에서 정했다.", "ko"
    )
    (meeting,) = [keyword for keyword in found if "회의" in keyword.text]
    assert meeting.text == "회의"
    assert len(meeting.spans) == 4


def test_compound_nouns_keep_their_spacing(extractor: BasicExtractor) -> None:
    found = texts(extractor, "쿠버네티스 클러스터에 데이터베이스 서버를 올렸습니다.")
    assert "쿠버네티스 클러스터" in found
    assert "데이터베이스 서버" in found


def test_spaced_and_joined_compounds_have_one_key(extractor: BasicExtractor) -> None:
    joined, spaced = (
        extractor.extract(text, "ko")[0] for text in ("인공지능이 왔다.", "인공 지능이 왔다.")
    )
    assert joined.key == spaced.key == "인공지능"


def test_the_root_of_a_verb_is_no_keyword(extractor: BasicExtractor) -> None:
    assert texts(extractor, "계속 논의하고 검증했습니다.") == []


def test_small_talk_gives_nothing(extractor: BasicExtractor) -> None:
    assert texts(extractor, "네 그래서 제 생각에는 음 그게 좀 어려울 것 같습니다.") == []


def test_time_words_begin_no_keyword(extractor: BasicExtractor) -> None:
    assert "오늘 예산 회의" not in texts(extractor, "오늘 예산 회의가 있습니다.")
    assert "예산 회의" in texts(extractor, "오늘 예산 회의가 있습니다.")


@pytest.mark.parametrize(
    ("text", "keyword", "category"),
    [
        ("김철수 부장님이 오셨습니다.", "김철수 부장", KeywordCategory.PERSON),
        ("어제 이영희 씨를 만났다.", "이영희", KeywordCategory.PERSON),
        ("내일 부산에서 만납시다.", "부산", KeywordCategory.PLACE),
        ("삼성전자가 발표했다.", "삼성전자", KeywordCategory.COMPANY),
        ("데이터베이스를 바꿨다.", "데이터베이스", KeywordCategory.TECHNOLOGY),
        ("GPU 서버를 샀다.", "GPU 서버", KeywordCategory.EQUIPMENT),
        ("배달 서비스가 열렸다.", "배달 서비스", KeywordCategory.SERVICE),
        ("새 스마트폰이 나왔다.", "스마트폰", KeywordCategory.PRODUCT),
        ("마케팅 예산이 늘었다.", "마케팅 예산", KeywordCategory.OTHER),
    ],
)
def test_categories(
    extractor: BasicExtractor, text: str, keyword: str, category: KeywordCategory
) -> None:
    found = {k.text: k.category for k in extractor.extract(text, "ko", limit=20)}
    assert found.get(keyword) is category, found


@pytest.mark.parametrize(
    "text",
    [
        "😀 데이터베이스를 👩‍💻 데이터베이스가",
        "예산안 검토\nthe machine learning pipeline\r\n예산안 통과",
        "ㅋㅋㅋ ㅎㅎ",
        "가" * 3000,
        "\ud800 예산안을",
        "\x00\x01 예산안을",
        "예산안\u200b을",
    ],
)
def test_keywords_stand_where_they_say(extractor: BasicExtractor, text: str) -> None:
    try:
        found = extractor.extract(text, "ko", limit=20)
    except ServiceError:
        assert "\ud800" in text  # refused, not wrong
        return
    for keyword in found:
        first = text[slice(*keyword.spans[0])]
        assert " ".join(first.split()) == keyword.text


def test_english_lines_beside_korean_ones(extractor: BasicExtractor) -> None:
    found = texts(extractor, "예산안을 확인했습니다.\nWe will use the machine learning pipeline.")
    assert found == ["machine learning pipeline", "예산안"]


def test_a_killed_analyser_is_started_again() -> None:
    """faults: P1"""
    analyser = MorphologicalAnalyser()
    try:
        assert analyser.analyse("회의를")[0].form == "회의"
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.NoSuchProcess):  # others may be ending just now
                if any("kiwi_child" in part for part in child.cmdline()):
                    child.kill()
        assert analyser.analyse("예산을")[0].form == "예산"
    finally:
        analyser.close()


def test_closing_ends_a_load_under_way() -> None:
    analyser = MorphologicalAnalyser()
    failures: list[ServiceError] = []

    def ask() -> None:
        try:
            analyser.analyse("회의")
        except ServiceError as error:
            failures.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.2)
    analyser.close()
    asking.join(5.0)
    assert not asking.is_alive()
    assert len(failures) == 1
    with pytest.raises(ServiceError):
        analyser.analyse("회의")


def test_an_analyser_started_ahead_loads_once(tmp_path: Path) -> None:
    go, begun = tmp_path / "go", tmp_path / "begun"
    says = (
        "import sys, time, pathlib as p; sys.stdin.reconfigure(encoding='utf-8')\n"
        f"open({str(begun)!r}, 'a').write('x')\n"
        f"while not p.Path({str(go)!r}).exists(): time.sleep(0.01)\n"
        "print('{\"ready\": true}', flush=True)\n"
        'for line in sys.stdin: print(\'{"tokens": [["a", "NNG", 0, 1]]}\', flush=True)'
    )
    analyser = MorphologicalAnalyser([sys.executable, "-c", says])
    try:
        analyser.start()  # returns while it loads
        analyser.start()
        go.touch()
        assert [analyser.analyse("회의")[0].form for _ in range(2)] == ["a", "a"]
        assert begun.read_text(encoding="ascii") == "x"
    finally:
        analyser.close()
    analyser.start()  # closed: nothing to load
    assert analyser._child is None


def test_an_analyser_that_cannot_be_started_ahead_is_told_at_the_first_text() -> None:
    analyser = MorphologicalAnalyser(["/nowhere/python"])
    analyser.start()
    with pytest.raises(ServiceError):
        analyser.analyse("회의")
    analyser.close()


def test_a_missing_analyser_is_told() -> None:
    says = 'print(\'{"error": "ModuleNotFoundError: kiwipiepy"}\')'
    analyser = MorphologicalAnalyser([sys.executable, "-c", says])
    try:
        with pytest.raises(ServiceError, match="kiwipiepy"):
            analyser.analyse("회의")
    finally:
        analyser.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal")
def test_the_analyser_dies_with_a_killed_application() -> None:
    """faults: P1, P17"""
    says = (
        "from desktop.services.keywords.morphology import MorphologicalAnalyser as A;"
        "import psutil, time; a = A(); a.analyse('회의');"
        "print(psutil.Process().children()[0].pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", says], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as application:
        assert application.stdout is not None
        child = psutil.Process(int(application.stdout.readline()))
        application.kill()
    deadline = time.monotonic() + 2.0
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the analyser outlived its application"
        time.sleep(0.01)
