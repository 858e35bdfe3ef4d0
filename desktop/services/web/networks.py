"""This machine's addresses on its networks, as others can reach it.  Any thread."""

from __future__ import annotations

import ipaddress
import socket

from desktop.records import NetworkRecord

ANY = ("0.0.0.0", "::")  # noqa: S104 - told apart, not bound to here


def own_networks() -> list[NetworkRecord]:
    """The addresses (IPv4) of interfaces that are up; home and office networks come first."""
    import psutil

    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    found = [
        NetworkRecord(entry.address, name)
        for name, entries in psutil.net_if_addrs().items()
        for entry in entries
        if name in up and entry.family == socket.AF_INET
        if not ipaddress.ip_address(entry.address).is_loopback
    ]
    return sorted(found, key=_rank)


def _rank(network: NetworkRecord) -> tuple[bool, bool, str]:
    """Bridges of containers and virtual machines are networks too, but nobody's phone is there."""
    virtual = network.name.startswith(("docker", "br-", "veth", "virbr", "vbox", "vmnet", "tun"))
    return virtual, not ipaddress.ip_address(network.address).is_private, network.name
