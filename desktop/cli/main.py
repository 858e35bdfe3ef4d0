"""The command group, and the one place where errors become messages and exit codes.

Runs on the main thread.  Importing it loads nothing heavy: commands import what they need.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from desktop import __version__
from desktop.cli import (
    ask,
    devices,
    doctor,
    documents,
    models,
    record,
    runtimes,
    services,
    sessions,
    transcribe,
)
from desktop.cli.console import Console
from desktop.cli.exit_codes import ExitCode, epilog, exit_code_for
from desktop.cli.options import Shell, command, quiet_option, verbose_option
from desktop.cli.patterns import FilesArgument
from desktop.cli.streams import Announcer, abandon_stdout, prepare_streams
from desktop.errors import MalgeulError, StorageError

PROGRAM = "malgeul"
# What the system says of a path that a person can put right.
_PATH_ERRNOS = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EIO, errno.ENOTDIR, errno.ELOOP}
    | {errno.ENAMETOOLONG, getattr(errno, "EDQUOT", errno.ENOSPC)}
)

_EXAMPLES = """\b
Examples:
  malgeul                                     open the window
  malgeul --headless                          no window: show everything in a browser
  malgeul transcribe talk.mp3                 print what is said in a file
  malgeul transcribe *.mp4 --format srt --output subtitles
  malgeul record --source both --seconds 600  caption a meeting for ten minutes
  malgeul sessions search "예산"               find a word in all transcripts
  malgeul models get turbo                    fetch a better recognition model
  malgeul index ~/Documents                   read documents, so that they can be asked
  malgeul ask "다음 회의는 언제인가요?"          answer from the indexed documents
  malgeul doctor                              what works here and what does not
"""


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"{_EXAMPLES}\n\n{epilog()}",
)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.option(
    "--headless", is_flag=True, help="Run without a window; the browser mirror shows everything."
)
@click.option("--listen", is_flag=True, help="With --headless: begin to listen at once.")
@quiet_option
@verbose_option
@click.pass_context
def cli(context: click.Context, *, headless: bool, listen: bool) -> int:
    """Live captions for meetings, entirely on your own machine.

    Without a command the window opens.  Everything Malgeul keeps lies in one data directory
    (`malgeul doctor` shows where); the variable MALGEUL_HOME chooses another one.
    """
    if context.invoked_subcommand is not None:
        return ExitCode.OK
    shell = context.ensure_object(Shell)
    return _run_headless(shell, listen=listen) if headless else _open_window(shell)


for _command in (
    transcribe.transcribe, record.record, sessions.sessions, models.models, devices.devices,
    doctor.doctor, services.services, runtimes.runtimes, ask.ask, ask.search, ask.rag_server,
    documents.index, documents.documents,
):  # fmt: skip
    cli.add_command(_command)


@cli.command("open", short_help="Open the window with files.")
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path), cls=FilesArgument)
@command
def open_files(shell: Shell, files: tuple[Path, ...]) -> int:
    """Open the window with FILES as if they were dropped on it.

    Sound and video are transcribed, documents and folders are indexed. A window that is open
    already takes them.
    """
    return _open_window(shell, files)


def _run_headless(shell: Shell, *, listen: bool) -> int:
    """Everything but the window; prints the address of the browser mirror."""
    from desktop import logs
    from desktop.app import run_headless

    verbose = shell.console.verbose
    logs.configure(shell.paths.logs, verbose=verbose, console=verbose)
    with contextlib.closing(Announcer()) as announce:
        return run_headless(shell.paths, announce, capture=listen)


def _open_window(shell: Shell, files: Sequence[Path] = ()) -> int:
    """Loads Qt and the window only now."""
    if sys.platform == "linux" and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise MalgeulError(
            "There is no display, so the window cannot open.",
            hint="Start Malgeul in a desktop session, or use a command: malgeul --help",
            code="display.missing",
        )
    try:
        from desktop.app import run_window
    except ImportError as error:
        if (error.name or "").split(".")[0] == "desktop":
            raise
        raise MalgeulError(
            f"The window cannot open: {error}.",
            hint="Run `malgeul doctor` to see what is missing. Transcribing works without it.",
            code="qt.missing",
        ) from error
    from desktop import logs

    logs.configure(shell.paths.logs, verbose=shell.console.verbose)
    return run_window(shell.paths, files=files)


def run(arguments: Sequence[str]) -> int:
    """Runs one command line and returns its exit code; never raises."""
    shell = Shell()
    console = shell.console
    try:
        return _invoke(arguments, shell)
    except click.ClickException as error:
        error.show()
        _tell_of_dashes(console, error, arguments)
        return error.exit_code
    except (click.Abort, EOFError, KeyboardInterrupt):
        console.note("\nInterrupted.")
        return ExitCode.INTERRUPTED
    except MalgeulError as error:
        logging.getLogger(__name__).info("failed: %s", error.code, exc_info=True)
        console.error(error)
        return exit_code_for(error)
    except BrokenPipeError:
        abandon_stdout()
        return ExitCode.OK  # `malgeul sessions list | head` got what it wanted
    except Exception as error:  # noqa: BLE001 - the last line of defence: a message, no traceback
        return _report_unexpected(console, shell, error)


def _tell_of_dashes(
    console: Console, error: click.ClickException, arguments: Sequence[str]
) -> None:
    """A file may be called "-talk.mp3", which a shell's * hands over as it is."""
    if isinstance(error, click.NoSuchOption):
        for name in arguments:
            if name.startswith("-") and os.path.lexists(name):
                console.note(f"  Write the file “{name}” as ./{name}")
                return


def _invoke(arguments: Sequence[str], shell: Shell) -> int:
    """As click's `main`, which would end the process with 1 where nobody reads the output."""
    try:
        with cli.make_context(PROGRAM, list(arguments), obj=shell) as context:
            return int(cli.invoke(context) or 0)
    except click.exceptions.Exit as ended:
        return ended.exit_code


def _path_error(error: OSError) -> StorageError:
    """A file or folder that cannot be used, wherever it was needed."""
    return StorageError(
        f"{os.fsdecode(error.filename)} cannot be used: {os.strerror(error.errno or 0)}.",
        hint="Check the path and who may use it; MALGEUL_HOME chooses another data directory.",
        code="storage.io",
    )


def _report_unexpected(console: Console, shell: Shell, error: Exception) -> ExitCode:
    from desktop import logs

    logging.getLogger(__name__).info("unexpected", exc_info=error)  # INFO: to the file only
    if isinstance(error, OSError) and error.filename is not None and error.errno in _PATH_ERRNOS:
        console.error(_path_error(error))
        return ExitCode.STORAGE
    console.error(
        MalgeulError(
            f"Something unexpected went wrong: {type(error).__name__}: {error}",
            hint=f"The log has the details: {logs.current_file() or shell.paths.logs}",
        )
    )
    return ExitCode.FAILED


def _terminate(number: int, frame: FrameType | None) -> None:
    """SIGTERM ends a command as Ctrl+C does: what was done is kept."""
    raise KeyboardInterrupt


def main() -> NoReturn:
    """The entry point of the program."""
    prepare_streams()
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(run(sys.argv[1:]))
