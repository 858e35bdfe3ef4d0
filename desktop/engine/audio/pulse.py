"""A look into the PulseAudio (or PipeWire-pulse) server.  One connection belongs to one thread.

Needed because PortAudio cannot see monitors, and because a captured source that disappears makes
the server move our stream silently to another one: only the server knows where it really hangs.
"""

from __future__ import annotations

import functools
import logging
import os
import time
from dataclasses import dataclass
from typing import Any

from desktop.engine.audio.source import NO_SERVER
from desktop.errors import AudioError

_log = logging.getLogger(__name__)

TAG = "malgeul.stream"
_NO_INDEX = 0xFFFFFFFF
# pulsectl waits for the whole time-out even when connected at once: a short one comes first.
_CONNECT_TIMEOUTS_S = (0.02, 0.2, 2.0)


@dataclass(frozen=True, slots=True)
class PulseSourceInfo:
    """A source that can be captured; `monitor` is set when it is what a sink plays."""

    index: int
    name: str
    label: str
    monitor: bool
    channels: int
    rate_hz: int


@dataclass(frozen=True, slots=True)
class PulseSnapshot:
    """The server's state at one moment.

    Args:
        outputs: our own running captures by tag: (stream index, index of the source it hangs on).
    """

    default_source: str
    default_monitor: str
    sources: tuple[PulseSourceInfo, ...]
    outputs: dict[str, tuple[int, int]]

    def by_name(self, name: str) -> PulseSourceInfo | None:
        return next((source for source in self.sources if source.name == name), None)


class PulseServer:
    """A connection to the sound server."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._news = True  # what happened before the first look counts as news

    @classmethod
    def connect(cls) -> PulseServer:
        """Connects to the user's running server; never starts one.

        Raises:
            AudioError: code ``audio.no_server``.
        """
        try:
            import pulsectl
        except (ImportError, OSError) as error:
            raise _no_server(error) from error
        client = _client_class()("malgeul", connect=False)
        failure: Exception | None = None
        for timeout_s in _CONNECT_TIMEOUTS_S:
            try:
                client.connect(autospawn=False, timeout=timeout_s)
                break
            except pulsectl.PulseError as error:
                failure = error
        else:
            client.close()
            raise _no_server(failure) from failure
        server = cls(client)
        client.event_callback_set(server._on_event)
        client.event_mask_set("server", "source", "sink", "source_output")
        return server

    def snapshot(self) -> PulseSnapshot:
        """Reads the server's state, in one or two milliseconds.

        Raises:
            AudioError: the server has gone.
        """
        try:
            server = self._client.server_info()
            sources = self._client.source_list()
            sinks = {sink.name: sink.monitor_source_name for sink in self._client.sink_list()}
            outputs = self._client.source_output_list()
            tags = self._client_tags() if any(_untagged(output) for output in outputs) else {}
        except self._errors() as error:
            raise _no_server(error) from error
        return PulseSnapshot(
            default_source=server.default_source_name or "",
            default_monitor=sinks.get(server.default_sink_name, ""),
            sources=tuple(
                PulseSourceInfo(
                    index=source.index,
                    name=source.name,
                    label=source.description or source.name,
                    monitor=source.monitor_of_sink != _NO_INDEX,
                    channels=source.channel_count,
                    rate_hz=source.sample_spec.rate,
                )
                for source in sources
            ),
            outputs={
                tag: (output.index, output.source)
                for output in outputs
                if (tag := output.proplist.get(TAG) or tags.get(output.client))
            },
        )

    def _client_tags(self) -> dict[int, str]:
        """Tags by client, for servers that do not hand a client's properties to its streams."""
        return {
            client.index: client.proplist[TAG]
            for client in self._client.client_list()
            if TAG in client.proplist
        }

    def move(self, output_index: int, source_index: int) -> bool:
        """Hangs one of our streams on another source; False when the server refuses."""
        try:
            self._client.source_output_move(output_index, source_index)
        except self._errors() as error:
            _log.info("the stream could not be moved: %s", error)
            return False
        return True

    def wait_change(self, timeout_s: float) -> bool:
        """Returns True as soon as the server has news, False when the time is over.

        Raises:
            AudioError: the server has gone.
        """
        started_s = time.monotonic()
        try:
            if not self._news:
                self._client.event_listen(timeout=timeout_s)
        except self._errors() as error:
            # A dead connection fails at once: do not let the caller spin on it.
            time.sleep(max(0.0, min(0.05, timeout_s - (time.monotonic() - started_s))))
            raise _no_server(error) from error
        news, self._news = self._news, False
        return news

    def _on_event(self, _event: object) -> None:
        import pulsectl

        self._news = True
        raise pulsectl.PulseLoopStop

    def close(self) -> None:
        self._client.close()

    @staticmethod
    def _errors() -> tuple[type[Exception], ...]:
        import pulsectl

        return (pulsectl.PulseError, pulsectl.PulseDisconnected)


def _untagged(output: Any) -> bool:
    """One of our own captures that does not carry its tag."""
    ours = output.proplist.get("application.process.id") == str(os.getpid())
    return ours and TAG not in output.proplist


@functools.cache
def _client_class() -> Any:
    """pulsectl's client without its one dangling pointer."""
    import pulsectl

    class Client(pulsectl.Pulse):  # type: ignore[misc]  # it has no types
        def _pulse_info_cb(self, kind: Any, found: list[Any], *rest: Any) -> None:
            before = len(found)
            super()._pulse_info_cb(kind, found, *rest)
            for info in found[before:]:
                if hasattr(info, "sample_spec"):
                    # It points into libpulse's memory, which is free after this callback.
                    spec = info.sample_spec
                    info.sample_spec = type(spec).from_buffer_copy(spec)

    return Client


def _no_server(error: Exception | None) -> AudioError:
    _log.debug("no sound server: %s", error)
    return AudioError(
        "The sound server (PulseAudio or PipeWire) cannot be reached.",
        hint="Start it, for example by logging in to the desktop again.",
        code=NO_SERVER,
    )
