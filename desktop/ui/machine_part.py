"""Puts the services and the charts into the window.  GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop.ui.charts.page import ChartsPage
from desktop.ui.control.machine_room import MachineRoomController
from desktop.ui.ports import MachineRoomBackend
from desktop.ui.views.services_page import ServicesPage

if TYPE_CHECKING:
    from desktop.ui.main_window import MainWindow


def add_machine_room(
    window: MainWindow, backend: MachineRoomBackend, say: Callable[[str], str]
) -> MachineRoomController:
    """The pages of the machine, tied to it.  `say` translates what the servers report."""
    services = ServicesPage(window.theme, say)
    window.pages.add("services", "services", services)
    window.commands.services_requested.connect(lambda: window.pages.show_page("services"))
    charts = ChartsPage(window.theme, say)
    window.pages.add("charts", "charts", charts)
    room = MachineRoomController(backend, window.backend, window.runner, window.bridge, services)
    window.bridge.machine_measured.connect(charts.add_measurement)
    window.bridge.service_changed.connect(charts.add_service)
    room.services_read.connect(charts.show_services)
    charts.looked.connect(room.look)
    return room
