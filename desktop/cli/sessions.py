"""``malgeul sessions``: the transcripts that are kept."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from desktop.cli import library, recovery
from desktop.cli.console import clock, held_back, moment, printable
from desktop.cli.document_access import forget_meeting
from desktop.cli.exit_codes import ExitCode
from desktop.cli.formats import FORMATS, format_meant, write_session
from desktop.cli.options import Shell, command, json_option
from desktop.errors import NotFoundError
from desktop.records import (
    SearchHit,
    SegmentRecord,
    SessionActivity,
    SessionRecord,
    SessionState,
)

_NONE_YET = "No sessions yet."
session_argument = click.argument("session", metavar="SESSION")


@click.group(short_help="List, read, search, export, recover and delete transcripts.")
def sessions() -> None:
    """List, read, search, export, recover and delete transcripts.

    SESSION is the id that `list` shows, its beginning when that is unambiguous, or `last`.

    \b
    Examples:
      malgeul sessions list
      malgeul sessions show last
      malgeul sessions search "예산"
      malgeul sessions export last --format docx --output minutes
    """


@sessions.command("list")
@click.option("--limit", type=click.IntRange(min=1), help="Show the newest N only.", metavar="N")
@json_option
@command
def list_command(shell: Shell, limit: int | None, as_json: bool) -> int:
    """List sessions, newest first."""
    with library.open_for_reading(shell.paths) as store:
        found = store.sessions()[:limit] if store is not None else []
    doing = library.activities(shell.paths, found)
    if as_json:
        shell.console.result_json(
            [{**dataclasses.asdict(each), "activity": doing[each.session_id]} for each in found]
        )
    elif not found:
        shell.console.note(_NONE_YET)
    else:
        headings = ("SESSION", "STARTED", "LENGTH", "LINES", "STATE", "TITLE")
        shell.console.table(headings, [_row(each, doing[each.session_id]) for each in found])
    return ExitCode.OK


def _row(record: SessionRecord, doing: str) -> tuple[str, ...]:
    started = time.strftime("%Y-%m-%d %H:%M", time.localtime(record.started_wall_s))
    ended = record.state is not SessionState.RECORDING
    state = record.state.value if ended else doing
    title = record.title or record.preview
    length = clock(record.duration_s) if record.duration_s or ended else "-"
    return (
        *(record.session_id, started, length, str(record.segment_count)),
        *(state, " ".join(title.split())[:60]),
    )


@sessions.command()
@session_argument
@json_option
@command
def show(shell: Shell, session: str, as_json: bool) -> int:
    """Print a transcript, a line each, with the time and who spoke."""
    with library.open_for_reading(shell.paths) as store:
        record = library.find_session(store.sessions() if store else [], session)
        assert store is not None
        lines = store.segments(record.session_id)
        doubtful = store.suppressed(record.session_id)
        gaps = store.gaps(record.session_id) if as_json else []
    if as_json:
        shell.console.result_json(
            {
                **dataclasses.asdict(record),
                "segments": [dataclasses.asdict(line) for line in lines],
                "suppressed": [dataclasses.asdict(line) for line in doubtful],
                "gaps": [dataclasses.asdict(gap) for gap in gaps],
            }
        )
        return ExitCode.OK
    names = {track.track: track.name or track.track.value for track in record.tracks}
    for line in lines:
        shell.console.result(_shown(line, names.get(line.track, ""), len(names) > 1))
    _tell_what_is_not_shown(shell, lines, sum(not line.restored for line in doubtful))
    _tell_unfinished(shell, record)
    return ExitCode.OK


def _tell_unfinished(shell: Shell, record: SessionRecord) -> None:
    """Nobody should take a part for all that was said."""
    doing = library.activities(shell.paths, [record])[record.session_id]
    if doing == SessionActivity.INTERRUPTED:
        shell.console.warn(
            "The session was interrupted; what was said last may be missing.\n"
            f"  malgeul sessions recover {record.session_id} transcribes it."
        )
    elif doing != SessionActivity.FINISHED:
        shell.console.warn("The session is not finished; this is what is transcribed so far.")


def _tell_what_is_not_shown(
    shell: Shell, lines: Sequence[SegmentRecord], held_back_count: int
) -> None:
    """Nobody should take an empty or thinned transcript for silence."""
    if held_back_count:
        none = "" if lines else "The session has no lines but "
        shell.console.note(
            f"{none}{held_back(held_back_count)}.\n"
            "  --json shows what was held back; the window brings it back (Held-back lines)."
        )
    elif not lines:
        shell.console.note("The session has no lines.")


def _shown(line: SegmentRecord, name: str, several: bool) -> str:
    mark = "★ " if line.bookmarked else ""
    speaker = f"{name}: " if several and name else ""
    return printable(f"[{moment(line.start_s)}] {mark}{speaker}{' '.join(line.text.split())}")


@sessions.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--session", "within", metavar="SESSION", help="Search in one session only.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=200, show_default=True, metavar="N",
    help="Show N lines at most, the newest of all sessions, or the first of one.",
)  # fmt: skip
@json_option
@command
def search(
    shell: Shell, words: tuple[str, ...], within: str | None, limit: int, as_json: bool
) -> int:
    """Find lines that hold all WORDS, also inside Korean words.

    Quotation marks keep words together.  Exit code 3 when nothing was found.

    \b
    Examples:
      malgeul sessions search 예산 확인
      malgeul sessions search '"budget plan"' --session last
    """
    hits: list[SearchHit] = []
    with library.open_for_reading(shell.paths) as store:
        if within is not None:
            sessions_there = store.sessions() if store is not None else []
            within = library.find_session(sessions_there, within).session_id
        if store is not None:
            hits = store.search(" ".join(words), within, limit + 1)
    more = len(hits) > limit
    hits = hits[:limit]
    if as_json:
        shell.console.result_json([dataclasses.asdict(hit) for hit in hits])
    for hit in () if as_json else hits:
        text = " ".join(hit.text.split())
        shell.console.result(printable(f"{hit.session_id}  [{moment(hit.start_s)}] {text}"))
    if not hits:
        shell.console.note("Nothing found.")
        return ExitCode.NOT_FOUND
    if more:
        shell.console.note(f"There are more than these {limit}; --limit shows further ones.")
    return ExitCode.OK


@sessions.command(short_help="Write a transcript into a file, or to stdout.")
@session_argument
@click.option(
    "--format", "-f", "format_name", type=click.Choice(FORMATS),
    help="Default: what the ending of PATH says, else txt.",
)  # fmt: skip
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), metavar="PATH",
    help="File to write, or a folder in which the file gets the session's title.",
)  # fmt: skip
@command
def export(shell: Shell, session: str, format_name: str | None, output: Path | None) -> int:
    """Write a transcript as text, subtitles, JSON, Markdown or a Word document.

    Without --output it goes to stdout; a Word document goes to the current folder.

    \b
    Examples:
      malgeul sessions export last --output minutes.docx
      malgeul sessions export last --format srt --output subtitles
    """
    with library.open_for_reading(shell.paths) as store:
        record = library.find_session(store.sessions() if store else [], session)
        assert store is not None
        write_session(shell, store, record, format_name or format_meant(output), output)
    _tell_unfinished(shell, record)
    return ExitCode.OK


@sessions.command(short_help="Finish sessions that were interrupted.")
@click.argument("session", required=False, metavar="[SESSION]")
@command
def recover(shell: Shell, session: str | None) -> int:
    """Finish sessions that were interrupted: all of them, or the one named.

    What had been recorded but not yet transcribed is transcribed now.
    """
    return recovery.recover(shell, session)


@sessions.command(short_help="Delete transcripts and recordings for good.")
@click.argument("session", nargs=-1, required=True, metavar="SESSION...")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@command
def delete(shell: Shell, session: tuple[str, ...], yes: bool) -> int:
    """Delete transcripts and their recordings for good, in every backup too."""
    if not library.any_yet(shell.paths):
        raise NotFoundError(_NONE_YET, code="not_found.session")
    with library.open_for_writing(shell.paths) as store:
        there = store.sessions()
        chosen = {
            record.session_id: record
            for record in (library.find_session(there, wanted) for wanted in session)
        }
        if not yes:
            _ask(shell, list(chosen.values()))
        for session_id in chosen:
            store.delete_session(session_id)
            forget_meeting(shell.paths, session_id)
            shell.console.note(f"Deleted {session_id}.")
    return ExitCode.OK


def _ask(shell: Shell, chosen: list[SessionRecord]) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("Deleting cannot be undone: add --yes to do it without a question.")
    for record in chosen:
        # No other Malgeul runs: nothing is done with it.
        shell.console.note("  ".join(map(printable, _row(record, SessionActivity.INTERRUPTED))))
    click.confirm("Delete these for good?", abort=True, err=True)
