"""Banners: the same notice again stays as it is."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.events import NoticeRaised, Severity
from desktop.ui.theme import Theme
from desktop.ui.views.banner import MAX_SHOWN, Banner, BannerStack


def notice(code: str, message: str = "The disk is full.") -> NoticeRaised:
    return NoticeRaised(Severity.ERROR, code, message, "Free some space.", "retry")


def shown(stack: BannerStack) -> list[Banner]:
    return [b for b in stack.findChildren(Banner) if not b.isHidden()]


def test_the_same_notice_again_keeps_its_banner_and_focus(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    stack = BannerStack(Theme("light", host), host)
    stack.raise_notice(notice("disk"))
    (banner,) = shown(stack)
    stack.raise_notice(notice("disk"))
    assert shown(stack) == [banner]
    stack.raise_notice(notice("disk", "The disk is almost full."))
    assert shown(stack) != [banner]


def test_a_notice_behind_others_comes_forward_when_it_is_raised_again(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    stack = BannerStack(Theme("light", host), host)
    for number in range(MAX_SHOWN + 1):
        stack.raise_notice(notice(f"n{number}", f"Message {number}."))
    assert "n0" not in {banner.notice.code for banner in shown(stack)}
    stack.raise_notice(notice("n0"))
    assert "n0" in {banner.notice.code for banner in shown(stack)}


def test_a_low_window_shows_one_at_a_time_and_a_high_one_three(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    stack = BannerStack(Theme("light", host), host)
    host.resize(960, 600)
    for number in range(MAX_SHOWN):
        stack.raise_notice(notice(f"n{number}", f"Message {number}."))
    assert [(b.notice.code, b._more.text()) for b in shown(stack)] == [("n2", "+2")]
    stack.clear_notice("n2")
    assert [(b.notice.code, b._more.text()) for b in shown(stack)] == [("n1", "+1")]
    stack.clear_notice("n1")
    assert [(b.notice.code, b._more.isHidden()) for b in shown(stack)] == [("n0", True)]
    for number in (1, 2):
        stack.raise_notice(notice(f"n{number}", f"Message {number}."))
    host.resize(960, 800)
    stack.raise_notice(notice("n3", "Message 3."))
    assert len(shown(stack)) == MAX_SHOWN


def test_what_two_parts_say_in_the_same_words_is_shown_and_dismissed_once(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(960, 800)
    stack = BannerStack(Theme("light", host), host)
    for code in ("audio.lost.mic", "audio.lost.system"):
        stack.raise_notice(notice(code, "The sound server cannot be reached."))
    stack.raise_notice(notice("disk"))
    latest, lost = sorted(
        shown(stack), key=lambda banner: banner.notice.code == "audio.lost.system"
    )
    assert (latest.notice.code, lost.notice.code) == ("disk", "audio.lost.system")
    stack.clear_notice("audio.lost.system")  # one of them is there again, the other still is not
    assert {banner.notice.code for banner in shown(stack)} == {"disk", "audio.lost.mic"}
    stack.raise_notice(notice("audio.lost.system", "The sound server cannot be reached."))
    next(b for b in shown(stack) if b.notice.code != "disk").dismissed.emit("audio.lost.system")
    assert stack.codes == ["disk"]


def test_a_banner_that_goes_leaves_no_other_button_chosen(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    other = QPushButton("other", host)
    stack = BannerStack(Theme("light", host), host)
    host.resize(960, 800)
    host.show()
    host.activateWindow()
    qtbot.waitUntil(host.isActiveWindow)
    stack.raise_notice(notice("disk"))
    (banner,) = shown(stack)
    banner._close.setFocus()
    qtbot.waitUntil(banner._close.hasFocus)
    banner._close.click()
    assert stack.codes == []
    assert host.hasFocus()
    assert not other.hasFocus()


def test_in_a_narrow_window_the_button_stands_below_the_words(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    banner = Banner(Theme("light", host), notice("disk"), host)
    host.resize(900, 400)
    host.show()
    for width, below in ((800, False), (330, True), (800, False)):
        banner.resize(width, banner.heightForWidth(width))
        banner.resize(width, banner.heightForWidth(width))
        qtbot.waitUntil(
            lambda b=below: (banner._action.y() > banner._hint.geometry().bottom()) == b
        )
