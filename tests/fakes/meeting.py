# ruff: noqa: E501
"""A realistic meeting in Korean and English, and the sessions of a week: what the fakes play."""

from __future__ import annotations

from desktop.events import Track, Word

ME, OTHERS = Track.MIC, Track.SYSTEM
MEETING: tuple[tuple[Track, float, float, str], ...] = (
    (
        OTHERS,
        4.2,
        9.1,
        "네, 다들 들어오셨으니 시작하겠습니다. 오늘은 3분기 출시 일정과 남은 위험 요소를 정리하려고 합니다.",
    ),
    (OTHERS, 9.8, 14.6, "먼저 음성 인식 쪽 진행 상황부터 공유해 주시겠어요?"),
    (
        ME,
        15.4,
        24.9,
        "네, 스트리밍 인식은 지난주에 지연 시간을 0.9초까지 줄였습니다. 한국어는 음절 단위로 합의를 보기 때문에 띄어쓰기가 달라져도 흔들리지 않습니다.",
    ),
    (
        ME,
        25.6,
        31.0,
        "다만 CPU만 있는 노트북에서는 아직 여유가 크지 않아서, 작은 모델로 바꾸는 기준을 정해야 합니다.",
    ),
    (OTHERS, 32.3, 36.8, "Could you say that in English for Sarah? She just joined the call."),
    (
        ME,
        37.9,
        47.5,
        "Sure. Streaming latency is down to about nine tenths of a second, and the transcript survives a crash with at most one second lost.",
    ),
    (
        OTHERS,
        48.4,
        54.7,
        "That's great. What happens when the headset is unplugged in the middle of a sentence?",
    ),
    (
        ME,
        56.0,
        64.2,
        "The gap is marked on the timeline with its cause, the other track keeps recording, and the device is reopened within three seconds.",
    ),
    (OTHERS, 71.9, 76.4, "좋습니다. 그럼 김민서 님, 디자인 쪽은 어떻게 되어 가나요?"),
    (
        OTHERS,
        77.3,
        86.0,
        "자막 오버레이는 투명도와 글자 크기를 사용자가 정할 수 있게 했고, 확정된 글자는 절대 다시 움직이지 않습니다.",
    ),
    (ME, 87.2, 90.0, "화면 공유할 때 정말 편하겠네요."),
    (
        OTHERS,
        91.3,
        99.4,
        "다음 주 수요일까지 사용성 테스트를 끝내고, 결과는 회의록에 붙여 두겠습니다.",
    ),
)
TITLES = (
    ("s-live", "3분기 출시 점검 회의", 0.0),
    ("s-interrupted", "디자인 리뷰", 3.2 * 3600),
    ("s-interview", "Customer interview: Northwind", 5.0 * 3600),
    ("s-weekly", "주간 개발 회의", 26.0 * 3600),
    ("s-lecture", "한국어 음성 인식 세미나 2강: 음향 모델과 언어 모델의 결합", 30.5 * 3600),
    ("s-allhands", "All-hands Q&A", 75.0 * 3600),
)


def words_of(text: str, start_s: float, end_s: float) -> tuple[Word, ...]:
    """Words spread evenly over a line; every eleventh is uncertain."""
    parts = text.split(" ")
    step = (end_s - start_s) / len(parts)
    return tuple(
        Word(
            (" " if i else "") + part,
            start_s + i * step,
            start_s + (i + 1) * step,
            0.38 if i % 11 == 7 else 0.94,
        )
        for i, part in enumerate(parts)
    )
