"""``malgeul devices``: what sound can be captured here."""

from __future__ import annotations

import dataclasses

import click

from desktop.cli.exit_codes import ExitCode
from desktop.cli.options import Shell, json_option, silent_command
from desktop.events import Track
from desktop.records import DeviceRecord

_KINDS = {Track.MIC: "microphone", Track.SYSTEM: "system sound"}


@click.command()
@json_option
@silent_command
def devices(shell: Shell, as_json: bool) -> int:
    """List microphones and the outputs whose sound can be captured.

    Give a NAME of the list to `malgeul record --device`.  A star marks the default.
    """
    from desktop.engine.audio.devices import list_devices

    found = list_devices()
    if as_json:
        shell.console.result_json([dataclasses.asdict(device) for device in found])
        return ExitCode.OK
    if not found:
        shell.console.note("No sound devices.  Run `malgeul doctor` to see why.")
        return ExitCode.OK
    shell.console.table(("KIND", "", "NAME", "DEVICE"), [_row(device) for device in found])
    return ExitCode.OK


def _row(device: DeviceRecord) -> tuple[str, ...]:
    return (
        _KINDS.get(device.track, device.track.value),
        "*" if device.is_default else "",
        device.name,
        f"{device.label}  ({device.channels} ch, {device.rate_hz} Hz)",
    )
