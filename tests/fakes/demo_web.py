# ruff: noqa: E402, E501
"""Takes pictures of the browser mirror with a scripted meeting, in headless Chromium.

``python -m tests.fakes.demo_web FOLDER [--language ko] [--page live|ask|status|empty]``: one of a
desktop's window, light, and one of a phone, dark.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "integration/web"))  # as pytest has it
sys.path.insert(0, str(TESTS))

from mirror_site import Site, serving

from desktop import events as ev

CHROMIUM = Path("/usr/bin/chromium")
DESKTOP = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
PHONE = {
    "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "color_scheme": "dark",
    "is_mobile": True, "has_touch": True,
}  # fmt: skip
TABS = {"ask": "answers", "status": "machine"}
LINES = (
    (ev.Track.MIC, 3, "그럼 3분기 예산부터 확인하겠습니다."),
    (ev.Track.SYSTEM, 9, "네, 서버 증설 비용이 지난번보다 12% 늘었습니다."),
    (
        ev.Track.SYSTEM,
        15,
        "대부분 그래픽 카드 교체 때문이고요, 견적서는 어제 공유 폴더에 올려 두었습니다.",
    ),
    (ev.Track.MIC, 24, "견적서 17쪽의 납기 일정은 그대로인가요?"),
    (ev.Track.SYSTEM, 29, "아닙니다. 부산 데이터 센터 쪽은 2주 밀려서 11월 말로 바뀌었습니다."),
    (ev.Track.MIC, 38, "알겠습니다. 김서연 팀장님과 다시 이야기해서 이번 주 안에 결정합시다."),
    (
        ev.Track.SYSTEM,
        46,
        "그리고 보안 점검 결과도 공유드리겠습니다. 외부로 나가는 연결은 하나도 없었습니다.",
    ),
)
KEYWORDS = (
    ("예산", ev.KeywordCategory.OTHER, 5), ("그래픽 카드", ev.KeywordCategory.EQUIPMENT, 3),
    ("서버 증설", ev.KeywordCategory.SERVICE, 3), ("견적서", ev.KeywordCategory.OTHER, 2),
    ("납기 일정", ev.KeywordCategory.OTHER, 2), ("부산 데이터 센터", ev.KeywordCategory.PLACE, 2),
    ("김서연", ev.KeywordCategory.PERSON, 1), ("보안 점검", ev.KeywordCategory.PRODUCT, 1),
)  # fmt: skip
QUOTE = "그래픽 카드 교체 비용은 전년 대비 12% 증가하였으며, 납기는 발주일로부터 6주로 한다. 부산 데이터 센터의 경우 11월 말까지 설치를 마친다."
PASSAGES = (
    ev.Passage("p1", "d1", "2026 서버 견적서.pdf", ev.PassageKind.DOCUMENT, QUOTE, page=17,
               matches=((0, 9),), reasons=("그래픽 카드", "부산 데이터 센터")),
    ev.Passage("p2", "d2", "예산 편성 지침.docx", ev.PassageKind.DOCUMENT, "분기 예산의 변경은 팀장 승인을 거쳐 매월 25일까지 제출한다.",
               page=3, reasons=("예산",)),
)  # fmt: skip
ANSWER = "그래픽 카드 교체 때문에 비용이 12% 늘었습니다 [1]. 변경은 매월 25일까지 제출합니다 [2]."


def play(publish: Callable[[ev.Event], None]) -> None:
    """The meeting up to a line that is still being said."""
    now_s = time.time()
    publish(ev.SessionStarted("demo", "3분기 예산 회의", (ev.Track.MIC, ev.Track.SYSTEM), now_s))
    for number, (track, at, text) in enumerate(LINES, 1):
        publish(
            ev.SegmentCommitted(
                track, number, at, at + 4, at + 4, now_s, text, (), "ko", 0.9, number
            )
        )
    for rank, (text, kind, count) in enumerate(KEYWORDS):
        places = tuple(ev.KeywordOccurrence(n + 1, LINES[n][1]) for n in range(count))
        found = ev.Keyword(text, text, kind, 0.9 - rank / 20, places)
        publish(ev.KeywordsFound(ev.Track.MIC, (found,), (1,), now_s, 50.0, 0.3))
    publish(ev.PassagesFound(PASSAGES, ("예산",), now_s, 50.0, 0.1))
    publish(
        ev.WordsCommitted(ev.Track.MIC, 52.0, now_s, "좋습니다. 그러면 다음 안건으로", (), "ko")
    )
    publish(ev.HypothesisUpdated(ev.Track.MIC, 53.0, now_s, " 넘어가서 채용 계획을", (), "ko"))


def ask(publish: Callable[[ev.Event], None]) -> None:
    """A question with its answer."""
    parts = ANSWER.split(". ")
    sentences = (
        ev.AnswerSentence(f"{parts[0]}.", (1,), ev.Support.SUPPORTED),
        ev.AnswerSentence(parts[1], (2,), ev.Support.WEAK),
    )
    publish(ev.AnswerStarted("a1", "", "비용이 왜 늘었나요?", time.time()))
    publish(ev.AnswerExtended("a1", ANSWER))
    publish(ev.AnswerFinished("a1", ev.Answer(ANSWER, "basic", PASSAGES, sentences), time.time()))


def picture(
    browser: object, site: Site, target: Path, page_name: str, locale: str, **look: object
) -> None:
    context = browser.new_context(locale=locale, **look)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(site.server.address())
    page.wait_for_selector("#empty:visible" if page_name == "empty" else ".line")
    if page_name in TABS:
        page.click(f"#tab-{TABS[page_name]}")
    page.wait_for_timeout(1_500)
    page.screenshot(path=str(target))
    context.close()


def main(arguments: list[str]) -> int:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", choices=("ko", "en"), default="ko")
    parser.add_argument("--page", choices=("live", "ask", "status", "empty"), default="live")
    options = parser.parse_args(arguments)
    language, name = options.language, options.page
    locale = {"ko": "ko-KR", "en": "en-US"}[language]
    suffix = "" if name == "live" else f"-{name}"
    with tempfile.TemporaryDirectory() as home, serving(Path(home) / "data") as site:
        if name != "empty":
            play(site.application.bus.publish)
        if name == "ask":
            ask(site.application.bus.publish)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
            )
            folder = options.folder
            picture(
                browser, site, folder / f"web{suffix}-{language}-light.png", name, locale, **DESKTOP
            )
            picture(
                browser,
                site,
                folder / f"web-phone{suffix}-{language}-dark.png",
                name,
                locale,
                **PHONE,
            )
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
