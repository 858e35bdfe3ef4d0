"""``malgeul doctor``: what works on this machine and what to do about the rest."""

from __future__ import annotations

import dataclasses
import sys

import click

from desktop.cli.exit_codes import ExitCode
from desktop.cli.options import Shell, json_option, silent_command

_MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}


@click.command(short_help="Check what works on this machine.")
@json_option
@silent_command
def doctor(shell: Shell, as_json: bool) -> int:
    """Check this machine: libraries, sound, storage, models, graphics processor.

    Every finding says what to do about it.  Exit code 1 when something essential fails;
    warnings are about what a person may want but the app does without.
    """
    from desktop.cli import doctor_services
    from desktop.engine.doctor import State, examine

    found = []
    more = (("servers", doctor_services.check),)
    for finding in examine(shell.paths, more):
        found.append(finding)
        if not as_json:
            mark, colour = _MARKS[finding.state.value]
            painted = click.style(mark, fg=colour) if sys.stdout.isatty() else mark
            shell.console.result(f"{painted}  {finding.title}: {finding.detail}")
            if finding.fix:
                shell.console.result(f"      -> {finding.fix}")
    healthy = all(finding.state is not State.FAIL for finding in found)
    if as_json:
        shell.console.result_json(
            {"healthy": healthy, "findings": [dataclasses.asdict(finding) for finding in found]}
        )
    return ExitCode.OK if healthy else ExitCode.FAILED
