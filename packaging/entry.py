"""The packaged program's entry.

With ``--python`` it stands in for an interpreter, since a package has none: our own child
programs (the launcher beside a service, Kiwi, document readers, the trial of the graphics card)
run with it as ``malgeul --python [-I] [-S] [-P] FILE | -m MODULE | -c CODE [ARGUMENT...]``.
"""

import multiprocessing
import os
import runpy
import sys


def leave_no_trace() -> None:
    """Takes back what PyInstaller's start put into the environment.

    The libraries it points at are loaded by now.  Other programs that are started from here (the
    system's Python, a browser, a server of the distribution) must find their own; our own
    children get it anew from their own start.
    """
    for name in [name for name in os.environ if name.startswith("_PYI_")]:
        del os.environ[name]
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if before:
        os.environ["LD_LIBRARY_PATH"] = before
    elif getattr(sys, "frozen", False):
        os.environ.pop("LD_LIBRARY_PATH", None)


def run_like_python(arguments: list[str]) -> None:
    """What ``python`` does with these arguments, as far as our children need it."""
    while arguments and arguments[0] in ("-I", "-S", "-P", "-E", "-s", "-u", "-B"):
        del arguments[0]
    if not arguments:
        sys.exit("malgeul --python: nothing to run")
    how, *rest = arguments
    if how == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif how == "-c":
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102
    else:
        sys.argv = arguments
        runpy.run_path(how, run_name="__main__")


if __name__ == "__main__":
    leave_no_trace()
    multiprocessing.freeze_support()
    if sys.argv[1:2] == ["--python"]:
        run_like_python(sys.argv[2:])
    else:
        from desktop.cli.main import main

        main()
