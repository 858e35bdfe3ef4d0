"""``malgeul record``: a live session without a window."""

from __future__ import annotations

import click

from desktop.cli.exit_codes import ExitCode
from desktop.cli.options import Shell, command


@click.command()
@click.option(
    "--source", type=click.Choice(["mic", "system", "both"]), default="both", show_default=True
)
@click.option(
    "--device", metavar="NAME", help="A name of `malgeul devices`.  Default: follow the system."
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Stop after N seconds.  Default: at Ctrl+C.",
)
@command
def record(shell: Shell, source: str, device: str | None, seconds: float | None) -> int:
    """Record and caption a microphone, what the computer plays, or both."""
    return ExitCode.OK
