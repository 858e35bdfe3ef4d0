"""``malgeul models``: the recognition models on this machine."""

from __future__ import annotations

import dataclasses
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desktop.cli.byte_progress import ByteProgress
from desktop.cli.console import size
from desktop.cli.exit_codes import ExitCode
from desktop.cli.options import Shell, command, json_option
from desktop.errors import MalgeulError, NotFoundError
from desktop.records import ModelRecord

if TYPE_CHECKING:
    from desktop.engine.asr.modelstore import ModelStore

_LANGUAGES = {"multilingual": "Korean, English, ...", "en": "English"}


def _store(shell: Shell) -> ModelStore:
    from desktop.engine.asr.modelstore import ModelStore

    return ModelStore(shell.paths.models)


def require_model(shell: Shell, name: str) -> None:
    """Makes sure that a model named on the command line can be used.

    Raises:
        NotFoundError: it is not installed; the message names what there is.
        ModelError: it is damaged.
    """
    from desktop.engine.asr.catalogue import find_spec

    if name in ("auto", "basic"):
        return
    try:
        _store(shell).resolve(name)
    except NotFoundError:
        find_spec(name)  # of no model at all: names those there are
        raise


@click.group(short_help="List, fetch, import and remove recognition models.")
def models() -> None:
    """List, fetch, import and remove recognition models.

    Larger models hear better and need more memory; `list` marks the one that suits this machine.

    \b
    Examples:
      malgeul models list
      malgeul models get                 the recommended one
      malgeul models get turbo
      malgeul models import ./my-model   a CTranslate2 Whisper folder, no network needed
    """


@models.command("list")
@click.option("--installed", is_flag=True, help="Only those that are on this machine.")
@json_option
@command
def list_command(shell: Shell, installed: bool, as_json: bool) -> int:
    """List the models there are and those that can be fetched."""
    found = [model for model in _store(shell).list() if model.installed or not installed]
    if as_json:
        shell.console.result_json([dataclasses.asdict(model) for model in found])
        return ExitCode.OK
    headings = ("NAME", "STATE", "SIZE", "MEMORY", "LANGUAGES", "MODEL")
    shell.console.table(headings, [_row(model) for model in found])
    return ExitCode.OK


def _row(model: ModelRecord) -> tuple[str, ...]:
    state = "installed" if model.installed else "-"
    if model.recommended:
        state = "installed, recommended" if model.installed else "recommended"
    languages = _LANGUAGES.get(model.languages, model.languages)
    sizes = (size(model.size_bytes), size(model.memory_bytes))
    return (model.name, state, *sizes, languages, model.label)


@models.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@command
def get(shell: Shell, names: tuple[str, ...]) -> int:
    """Download models; without a NAME the one that suits this machine.

    An interrupted download goes on where it stopped.  Prints the folder of each.
    """
    from desktop.engine.asr.catalogue import find_spec

    store = _store(shell)
    wanted = names or tuple(model.name for model in store.list() if model.recommended)
    specs = [find_spec(name) for name in wanted]  # a wrong name ends it before any download
    with shell.console.progress() as view:
        for spec in specs:
            record = store.download(
                spec.name, ByteProgress(view, "model", spec.name), threading.Event()
            )
            shell.console.report(record.path)
    return ExitCode.OK


@models.command("import", short_help="Copy a model folder into the data directory.")
@click.argument("folder", type=click.Path(path_type=Path))
@command
def import_command(shell: Shell, folder: Path) -> int:
    """Copy a model FOLDER (CTranslate2 Whisper) into the data directory; prints its name."""
    shell.console.result(_store(shell).import_folder(folder.absolute()).name)
    return ExitCode.OK


@models.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@command
def remove(shell: Shell, names: tuple[str, ...], yes: bool) -> int:
    """Delete installed models."""
    if "basic" in names:
        raise MalgeulError(
            "The basic recogniser is a part of Malgeul and cannot be removed.",
            hint="It is used only while no other model is installed.",
            code="model.basic",
        )
    if not yes and sys.stdin.isatty():
        click.confirm(f"Delete {', '.join(names)}?", abort=True, err=True)
    for name in names:
        _store(shell).remove(name)
        shell.console.note(f"Removed {name}.")
    return ExitCode.OK
