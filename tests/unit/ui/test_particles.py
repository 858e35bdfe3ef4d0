"""Korean particles after words, numbers and names."""

from __future__ import annotations

import pytest

from desktop.ui.messages import Messages
from desktop.ui.particles import resolve_particles


@pytest.mark.parametrize(
    ("both", "one"),
    [
        ("문서을(를) 엽니다", "문서를 엽니다"),
        ("‘회의록’은(는) 없습니다", "‘회의록’은 없습니다"),
        ("파일이(가) 아닙니다", "파일이 아닙니다"),
        ("서울(으)로 갑니다", "서울로 갑니다"),
        ("부산(으)로 갑니다", "부산으로 갑니다"),
        ("종료 코드 1(으)로 끝났습니다", "종료 코드 1로 끝났습니다"),
        ("종료 코드 3(으)로 끝났습니다", "종료 코드 3으로 끝났습니다"),
        ("9(으)로 끝났습니다", "9로 끝났습니다"),
        ("vLLM을(를) 설치합니다", "vLLM을 설치합니다"),
        ("PDF이(가) 아니라 HTML입니다", "PDF가 아니라 HTML입니다"),
        ("BGE-M3은(는) 없습니다", "BGE-M3은 없습니다"),
        ("Qdrant을(를) 씁니다", "Qdrant을(를) 씁니다"),  # nobody knows how it is read
        ("다른 프로그램 (프로세스 12)이(가) 씁니다", "다른 프로그램 (프로세스 12)이 씁니다"),
        ("괄호(설명)는 그대로", "괄호(설명)는 그대로"),
    ],
)
def test_the_form_follows_the_last_sound(both: str, one: str) -> None:
    assert resolve_particles(both) == one


def test_messages_are_said_with_the_right_form() -> None:
    said = Messages("ko").translate("There is no runtime called 임베딩.")
    assert said == "임베딩이라는 실행 환경이 없습니다."
