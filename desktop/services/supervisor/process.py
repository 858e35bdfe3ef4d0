"""One launch of a service: its launcher process, the three pipes to it, and its end.

Lives on the supervisor's event loop.  The pipes are read all the time, so that a service never
blocks on a full one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.errors import ServiceError
from desktop.interpreter import python_command
from desktop.services.supervisor.identity import ProcessIdentity, kill_marked

_STARTED_WITHIN_S = 15.0
_REAP_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class ProcessOutcome:
    """How a launch ended.  `code` is None when the launcher was killed before it could tell."""

    code: int | None

    def __str__(self) -> str:
        if self.code is None:
            return "its launcher was killed"
        if self.code < 0:
            with contextlib.suppress(ValueError):
                return f"it was killed by {signal.Signals(-self.code).name}"
            return f"it was killed by signal {-self.code}"
        return f"it ended by itself with exit code {self.code}"


def launcher_command() -> list[str]:
    """The command line of the launcher shim; never shows what it will run."""
    name = "launcher_windows.py" if sys.platform == "win32" else "launcher.py"
    return [*python_command(), "-I", "-S", str(Path(__file__).with_name(name))]


class _Reader(asyncio.Protocol):
    """Hands over what arrives and remembers the end."""

    def __init__(self, on_data: Callable[[bytes], None]) -> None:
        self._on_data = on_data
        self.ended = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self._on_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class LaunchedProcess:
    """A running service.  Make one with `launch`."""

    def __init__(self, popen: subprocess.Popen[bytes], run: str) -> None:
        self._popen = popen
        self._run = run
        self._reports = b""
        self._code: int | None = None
        self._kills = 0
        self._started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._transports: list[asyncio.BaseTransport] = []
        self._on_exit: Callable[[ProcessOutcome], None] | None = None
        self._report_reader = _Reader(self._on_report)
        self._report_reader.ended.add_done_callback(self._on_reports_ended)
        self.identity: ProcessIdentity | None = None
        self.pid = 0

    @classmethod
    async def launch(
        cls,
        argv: Sequence[str],
        environment: Mapping[str, str],
        *,
        run: str,
        cwd: Path | None,
        output: Callable[[bytes], None],
        on_exit: Callable[[ProcessOutcome], None],
    ) -> LaunchedProcess:
        """Starts `argv` under a launcher; returns when the program runs (not: is ready).

        `on_exit` is called when the program has ended; what it started may still be there until
        `wait_gone` returns.

        Raises:
            ServiceError: the program is missing or may not be executed (faults: P16).
        """
        popen = _popen()
        process = cls(popen, run)
        process._on_exit = on_exit
        try:
            order = {"argv": list(argv), "environment": dict(environment)}
            process._write(json.dumps({**order, "cwd": None if cwd is None else str(cwd)}) + "\n")
            await process._connect(output)
            async with asyncio.timeout(_STARTED_WITHIN_S):
                process.pid = await process._started
        except BaseException as error:
            process._popen.kill()
            await process.wait_gone()
            if isinstance(error, TimeoutError):
                raise ServiceError("The launcher did not start.", code="service.launch") from error
            raise
        process.identity = ProcessIdentity.of(process.pid)
        return process

    async def _connect(self, output: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        pipes = ((self._report_reader, self._popen.stdout), (_Reader(output), self._popen.stderr))
        for reader, pipe in pipes:
            transport, _ = await loop.connect_read_pipe(
                lambda r=reader: r,  # type: ignore[misc]  # `r` is bound now
                pipe,
            )
            self._transports.append(transport)

    def _write(self, text: str) -> None:
        """To the launcher; one that has gone needs no orders."""
        assert self._popen.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._popen.stdin.write(text.encode())
            self._popen.stdin.flush()

    @property
    def running(self) -> bool:
        """False once the program itself has ended."""
        return self._code is None

    def terminate(self) -> None:
        """Asks the service's process group to end."""
        self._write("T")

    def kill(self) -> None:
        """Kills the service and all that comes from it; asked again, the launcher as well."""
        self._kills += 1
        self._write("K")
        if self._kills > 1:
            self._popen.kill()

    def _on_report(self, data: bytes) -> None:
        self._reports += data
        *lines, self._reports = self._reports.split(b"\n")
        for line in lines:
            self._heed(json.loads(line))

    def _heed(self, report: dict[str, Any]) -> None:
        match report.get("event"):
            case "started" if not self._started.done():
                self._started.set_result(int(report["pid"]))
            case "error" if not self._started.done():
                self._started.set_exception(_launch_error(report))
            case "exited":
                self._code = int(report["code"])
                if self._on_exit is not None:
                    self._on_exit(ProcessOutcome(self._code))

    def _on_reports_ended(self, _: asyncio.Future[None]) -> None:
        if not self._started.done():
            self._started.set_exception(
                ServiceError("The launcher ended before the program began.", code="service.launch")
            )
            self._started.exception()  # it may be that nobody waits for it any more

    async def wait_gone(self) -> ProcessOutcome:
        """Until the service, all it started and the launcher are gone."""
        if self._transports:
            await self._report_reader.ended
        else:
            assert self._popen.stdout is not None
            self._popen.stdout.close()
        await self._reap()
        if self._code is None:
            kill_marked(self._run)  # the launcher could not clear up
        await asyncio.sleep(0)  # lets the last output arrive
        for transport in self._transports:
            transport.close()
        for pipe in (self._popen.stdin, self._popen.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        return ProcessOutcome(self._code)

    async def _reap(self) -> None:
        deadline_s = asyncio.get_running_loop().time() + _REAP_WITHIN_S
        while self._popen.poll() is None:
            if asyncio.get_running_loop().time() > deadline_s:
                self._popen.kill()
            await asyncio.sleep(0.005)


def _popen() -> subprocess.Popen[bytes]:
    # The launcher itself sees next to nothing of the environment; the service's goes by pipe.
    environment = {n: os.environ[n] for n in ("PATH", "SYSTEMROOT", "HOME") if n in os.environ}
    command = launcher_command()
    try:
        if sys.platform == "win32":
            from asyncio import windows_utils

            return windows_utils.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                creationflags=subprocess.CREATE_NO_WINDOW,
            )
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        raise ServiceError(
            f"No process could be started: {error.strerror or error}.",
            hint="Close other programs: the system may be out of memory or processes.",
            code="service.launch",
        ) from error


def _launch_error(report: Mapping[str, Any]) -> ServiceError:
    return ServiceError(
        f"The program could not be started: {report.get('message', 'unknown error')}.",
        hint="Check that it is installed and that you may execute it.",
        code="service.not_executable",
    )
