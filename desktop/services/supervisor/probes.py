"""Asking a server whether it is ready, by its own protocol and never by "still alive".

Runs on the supervisor's event loop; a probe opens one loopback connection and closes it.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What came of asking; `detail` says why not, or which version answered."""

    passed: bool
    detail: str = ""


class Probe(Protocol):
    """One question to a server."""

    async def ask(self, host: str, port: int) -> ProbeResult:
        """Asks once.  Must not raise for anything the other side does; the caller limits time."""


@dataclass(frozen=True, slots=True)
class TcpProbe:
    """Somebody accepts connections.  Says nothing about who: combine it."""

    async def ask(self, host: str, port: int) -> ProbeResult:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError as error:
            return ProbeResult(False, connection_problem(error))
        await close(writer)
        return ProbeResult(True)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every question in turn; the first that fails is the answer."""

    probes: tuple[Probe, ...]

    async def ask(self, host: str, port: int) -> ProbeResult:
        result = ProbeResult(True)
        for probe in self.probes:
            result = await probe.ask(host, port)
            if not result.passed:
                break
        return result


async def ask(probe: Probe, host: str, port: int, timeout_s: float) -> ProbeResult:
    """Asks within `timeout_s`; silence, garbage and refusals are all answers, never exceptions."""
    try:
        async with asyncio.timeout(timeout_s):
            return await probe.ask(host, port)
    except TimeoutError:
        return ProbeResult(False, f"no answer within {timeout_s:g} s")
    except OSError as error:
        return ProbeResult(False, connection_problem(error))
    except Exception as error:  # noqa: BLE001 - whatever the other side sends, watching goes on
        return ProbeResult(False, f"an answer that is not understood: {str(error)[:120]}")


def connection_problem(error: OSError) -> str:
    """A failed connection in a few words."""
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens on the port yet"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "the connection was cut"
    return error.strerror or str(error)


async def close(writer: asyncio.StreamWriter) -> None:
    """Closes a connection whatever its state."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
