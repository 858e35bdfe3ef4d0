"""``malgeul transcribe``: files to text.  Nothing is stored."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desktop.cli.console import clock, held_back, printable
from desktop.cli.exit_codes import ExitCode, exit_code_for
from desktop.cli.formats import (
    FORMATS,
    Document,
    output_folder,
    prepare_folder,
    rescue_transcript,
    write_transcript,
)
from desktop.cli.interrupts import Interrupt, interruptible
from desktop.cli.keywords import KeywordSource, KeywordWatch, Publish
from desktop.cli.listener import Listener
from desktop.cli.models import require_model
from desktop.cli.options import Shell, command
from desktop.cli.patterns import FilesArgument
from desktop.cli.streams import write_out
from desktop.errors import MalgeulError, NotFoundError, StorageError
from desktop.events import ProgressReported, SessionFinished, SessionStarted, Track

if TYPE_CHECKING:
    from desktop.engine.asr.recogniser import Recogniser
    from desktop.session.offline import Transcript
    from desktop.settings import Settings

PROGRESS_PERIOD_S = 0.25


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...",
    cls=FilesArgument,
)  # fmt: skip
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
    help="Write a file for each input into DIR, in place of one of that name.  Without it, text "
    "goes to stdout, under the file's name where there are several.",
)  # fmt: skip
@click.option("--live", is_flag=True, help="Use the live path, as for a microphone.")
@click.option("--realtime", is_flag=True, help="Live, at the speed of sound.")
@click.option("--events", is_flag=True, help="Print every event as a line of JSON instead.")
@click.option("--keywords", is_flag=True, help="Find keywords; txt, md and json list them.")
@click.option(
    "--llm",
    "llm_url",
    metavar="URL",
    help="Ask this OpenAI-compatible server for keywords; its key comes in MALGEUL_LLM_KEY.  "
    "Without it a running Malgeul's language model is asked, else statistics do.",
)
@click.option("--llm-model", metavar="NAME", default="", help="The model's name at that server.")
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
    keywords: bool,
    llm_url: str | None,
    llm_model: str,
) -> int:
    """Transcribe audio or video files of any kind.

    After Ctrl+C what was recognised so far is still written. What cannot be written where it was
    asked for goes into the data directory; the message says where.

    \b
    Examples:
      malgeul transcribe talk.mp3
      malgeul transcribe lecture.mp4 --format srt --output subtitles
      malgeul transcribe meeting.m4a --language ko --format json > meeting.json
      malgeul transcribe talk.mp3 --live --events
      malgeul transcribe meeting.m4a --keywords
    """
    _require_files(files)
    settings = _settings_in_force(shell, model, language)
    options = _Options(
        settings=settings,
        format_name=format_name,
        output=output,
        live=live or realtime,
        realtime=realtime,
        events=events,
        named_model=model is not None,
    )
    if options.folder is not None:
        prepare_folder(options.folder)
    with interruptible(shell.console) as interrupt, shell.console.progress() as progress:
        listener = Listener(
            shell.console,
            progress,
            as_json=events,
            lines=options.streams_lines,
            on_gone=interrupt.end,
        )
        extractor = KeywordSource(shell.paths, settings, llm_url, llm_model)
        with KeywordWatch(listener, extractor) if keywords else contextlib.nullcontext() as watch:
            return _Work(shell, options, listener, interrupt, watch).run(files)


@dataclass(frozen=True)
class _Options:
    """What was asked for."""

    settings: Settings
    format_name: str
    output: Path | None
    live: bool
    realtime: bool
    events: bool
    named_model: bool

    @property
    def streams_lines(self) -> bool:
        """Live text on stdout: each line as soon as it is final."""
        return self.live and self.prints_text

    @property
    def prints_text(self) -> bool:
        """Plain text of each file on stdout."""
        return self.output is None and self.format_name == "txt" and not self.events

    @property
    def runs_together(self) -> bool:
        """Texts on stdout that are no valid file one after the other."""
        whole_files = self.format_name in ("srt", "vtt", "json")
        return self.output is None and whole_files and not self.events

    @property
    def writes(self) -> bool:
        """The whole transcript is written at the end."""
        return self.output is not None or not (self.events or self.streams_lines)

    @property
    def folder(self) -> Path | None:
        """Where files are written; None where text goes to stdout."""
        return output_folder(self.output, self.format_name) if self.writes else None


def _settings_in_force(shell: Shell, model: str | None, language: str | None) -> Settings:
    """Those of the file, with what the command line says instead."""
    from desktop import settings as settings_file

    if model is not None:
        require_model(shell, model)
    settings = settings_file.load(shell.paths.settings)
    settings.recognition.model = model or settings.recognition.model
    settings.recognition.language = language or settings.recognition.language
    return settings


def _require_files(files: tuple[Path, ...]) -> None:
    missing = [printable(str(path)) for path in files if not path.exists()]
    if missing:
        raise NotFoundError(
            f"There is no file {', '.join(missing)}.",
            hint="Check the spelling and the folder.",
            code="not_found.file",
        )


class _Work:
    """Transcribes one file after the other with one recogniser."""

    def __init__(
        self,
        shell: Shell,
        options: _Options,
        listener: Listener,
        interrupt: Interrupt,
        keywords: KeywordWatch | None,
    ) -> None:
        self._shell = shell
        self._options = options
        self._listener = listener
        self._keywords = keywords
        self._publish: Publish = keywords.publish if keywords is not None else listener
        self._interrupt = interrupt
        self._recogniser: Recogniser | None = None
        self._taken: set[str] = set()
        self._headed = False

    def run(self, files: tuple[Path, ...]) -> int:
        """Every file, also after one that fails; the first failure gives the exit code."""
        code = ExitCode.OK
        self._headed = len(files) > 1 and self._options.prints_text
        if len(files) > 1 and self._options.runs_together:
            self._shell.console.warn(
                f"The {self._options.format_name} of several files follow each other on stdout, "
                "which few programs read; --output DIR writes a file for each."
            )
        try:
            for path in files:
                try:
                    self._one(path)
                except MalgeulError as error:
                    self._shell.console.error(error)
                    code = code or exit_code_for(error)
                if self._interrupt.asked.is_set() or code is ExitCode.NO_MODEL:
                    break
        finally:
            if self._recogniser is not None:
                self._recogniser.close()
        return ExitCode.INTERRUPTED if self._interrupt.by_signal else code

    def _load(self) -> Recogniser:
        from desktop.engine.asr.loading import Loader
        from desktop.engine.asr.modelstore import ModelStore

        paths = self._shell.paths
        loader = Loader(ModelStore(paths.models), paths.root / "calibration.json", self._publish)
        return loader.load(
            self._options.settings.recognition,
            strict=self._options.named_model,
        )

    def _one(self, path: Path) -> None:
        from desktop.engine.audio.media import probe_media
        from desktop.session.offline import transcribe_media

        probe_media(path)  # a file that cannot be read is told before the model is loaded
        if self._recogniser is None:
            self._recogniser = self._load()
        if self._headed:  # as `tail` does: else nobody knows which file said what
            write_out(f"==> {printable(path.name)} <==\n")
        # A session of its own in the stream of events, as a meeting would be.
        self._publish(SessionStarted(path.stem, path.name, (Track.FILE,), time.time()))
        transcript = transcribe_media(
            path,
            self._recogniser,
            self._options.settings,
            publish=self._publish,
            progress=_Progress(path, self._publish),
            cancel=self._interrupt.asked,
            live=self._options.live,
            realtime=self._options.realtime,
        )
        if self._keywords is not None:
            self._keywords.finish()
        self._publish(
            SessionFinished(
                transcript.session.session_id, transcript.session.duration_s, time.time()
            )
        )
        for text in transcript.notices:
            self._shell.console.warn(f"{printable(path.name)}: {text}")
        self._tell_what_is_missing(path, transcript)
        if self._listener.unwritten is not None:
            raise self._rescued(transcript, self._listener.unwritten)
        if self._options.writes and (transcript.complete or transcript.segments):
            self._write(path, transcript)
        elif self._options.streams_lines and self._keywords is not None:
            write_out(self._keywords.listing())

    def _tell_what_is_missing(self, path: Path, transcript: Transcript) -> None:
        """Nobody should take a part, lines held back or an empty text for all that was said."""
        name = printable(path.name)
        if not transcript.complete:
            done = clock(transcript.session.duration_s)
            self._shell.console.warn(f"{name}: only the first {done} were transcribed.")
        if self._options.format_name == "json" or self._options.events:
            return  # both say it themselves
        count = len(transcript.suppressed)
        if count:
            self._shell.console.note(f"{name}: {held_back(count)}; --format json has all.")
        elif transcript.complete and not transcript.segments:
            self._shell.console.note(f"{name}: no speech was found.")

    def _rescued(self, transcript: Transcript, error: StorageError) -> StorageError:
        """Lines that were to be printed one by one, where stdout took them no more."""
        if not self._options.streams_lines:
            return error
        return rescue_transcript(self._shell, self._document(transcript), None, error)

    def _document(self, transcript: Transcript) -> Document:
        return Document(
            transcript.session,
            transcript.segments,
            suppressed=transcript.suppressed,
            gaps=(),
            format_name=self._options.format_name,
            complete=self._complete if self._keywords is not None else None,
        )

    def _write(self, path: Path, transcript: Transcript) -> None:
        """Where it was asked for, or else somewhere: it took long to come by."""
        target = self._target(path) if self._options.output is not None else None
        document = self._document(transcript)
        try:
            write_transcript(self._shell, document, target)
        except StorageError as error:
            raise rescue_transcript(self._shell, document, target, error) from error

    def _complete(self, body: bytes) -> bytes:
        assert self._keywords is not None
        return self._keywords.complete(body, self._options.format_name)

    def _target(self, path: Path) -> Path:
        """DIR/<name>.<format>; two inputs do not overwrite each other.

        Names that differ may become one: long ones are cut, and some systems know no case.
        """
        from desktop.engine.store.export import safe_name

        number = 1
        name = safe_name(path.stem, self._options.format_name)
        while name.casefold() in self._taken:
            number += 1
            name = safe_name(path.stem, self._options.format_name, number)
        self._taken.add(name.casefold())
        return (self._options.output or Path()) / name


class _Progress:
    """Turns positions in a file into events, four a second."""

    def __init__(self, path: Path, publish: Publish) -> None:
        self._title = path.name
        self._task = f"file:{os.fspath(path)}"
        self._publish = publish
        self._due = 0.0

    def __call__(self, done_s: float, total_s: float) -> None:
        finished = done_s >= total_s > 0
        now = time.monotonic()
        if finished or now >= self._due:
            self._due = now + PROGRESS_PERIOD_S
            self._publish(ProgressReported(self._task, self._title, done_s, total_s, "s", finished))
