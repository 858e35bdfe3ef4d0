"""``malgeul transcribe``: files to text."""

from __future__ import annotations

from pathlib import Path

import click

from desktop.cli.exit_codes import ExitCode
from desktop.cli.formats import FORMATS
from desktop.cli.options import Shell, command


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@click.option(
    "--model", "-m", metavar="MODEL", help="A model of `malgeul models list`, or a folder."
)
@click.option(
    "--language", "-l", type=click.Choice(["ko", "en", "auto"]), help="Default: the setting (ko)."
)
@click.option(
    "--format", "-f", "format_name", type=click.Choice(FORMATS), default="txt", show_default=True
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Write a file for each input into DIR.  Without it, text goes to stdout.",
)  # fmt: skip
@click.option("--live", is_flag=True, help="Use the live path, as for a microphone.")
@click.option("--realtime", is_flag=True, help="Live, at the speed of sound.")
@click.option("--events", is_flag=True, help="Print every event as a line of JSON instead.")
@command
def transcribe(
    shell: Shell,
    *,
    files: tuple[Path, ...],
    model: str | None,
    language: str | None,
    format_name: str,
    output: Path | None,
    live: bool,
    realtime: bool,
    events: bool,
) -> int:
    """Transcribe audio or video files of any kind.

    \b
    Examples:
      malgeul transcribe talk.mp3
      malgeul transcribe lecture.mp4 --format srt --output subtitles
      malgeul transcribe meeting.m4a --language ko --format json > meeting.json
      malgeul transcribe talk.mp3 --live --events
    """
    return ExitCode.OK
