"""What every command has: ``--quiet``, ``--verbose``, the console and the data directory."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from desktop.cli.console import Console
from desktop.paths import Paths

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Shell:
    """What a command works with."""

    console: Console = field(default_factory=Console)
    paths: Paths = field(default_factory=Paths.default)


def _remember(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    shell = context.ensure_object(Shell)
    if value and parameter.name is not None:
        setattr(shell.console, parameter.name, True)
    return value


quiet_option = click.option(
    "--quiet", "-q", is_flag=True, expose_value=False, callback=_remember, is_eager=True,
    help="Print results and errors only.",
)  # fmt: skip
verbose_option = click.option(
    "--verbose", "-v", is_flag=True, expose_value=False, callback=_remember, is_eager=True,
    help="Print what happens in detail.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def command(function: Callable[Concatenate[Shell, P], R]) -> Callable[P, R]:
    """Gives a command its `Shell`, the common options and a log file."""
    return _wrapped(function, log_to_console=True)


def silent_command(function: Callable[Concatenate[Shell, P], R]) -> Callable[P, R]:
    """As `command`, but log messages reach the terminal only with ``--verbose``."""
    return _wrapped(function, log_to_console=False)


def _wrapped(
    function: Callable[Concatenate[Shell, P], R], *, log_to_console: bool
) -> Callable[P, R]:
    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from desktop import logs

        shell = click.get_current_context().ensure_object(Shell)
        verbose = shell.console.verbose
        name = logs.ANSWERS if function.__name__ == "rag_server" else logs.COMMANDS
        console = log_to_console or verbose
        logs.configure(shell.paths.logs, name=name, verbose=verbose, console=console)
        return function(shell, *args, **kwargs)

    decorated: Any = quiet_option(verbose_option(run))
    return decorated  # type: ignore[no-any-return]  # click's options return what they are given
