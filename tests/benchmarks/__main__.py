"""Runs measurements, each in a process of its own, and prints one Markdown report.

``tests/benchmarks/run [--quick] [NAME...]``; JSON and the report go to ``results/``.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.figures import Figure, table
from benchmarks.machine import describe

NAMES = (
    "streaming",
    "joins",
    "nonspeech",
    "layers",
    "capture",
    "kills",
    "store",
    "ingest",
    "window",
    "memory",
    "keywords",
    "supervisor",
    "charts",
    "retrieval",
    "vectors",
    "web",
    "answers",
)
RESULTS = Path(__file__).with_name("results")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/benchmarks/run", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="small versions: minutes, rough")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(NAMES)
    if unknown:
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    arguments.output.mkdir(parents=True, exist_ok=True)
    if arguments.child:
        measure_here(arguments.child, arguments.output, quick=arguments.quick)
        return 0
    names = arguments.names or list(NAMES)
    failed = [n for n in names if not measure_apart(n, arguments.output, quick=arguments.quick)]
    text = report(arguments.output, names)
    (arguments.output / "report.md").write_text(text, encoding="utf-8")
    print(text)
    for name in failed:
        print(f"The measurement “{name}” failed; see above.", file=sys.stderr)
    return 1 if failed else 0


def measure_here(name: str, output: Path, *, quick: bool) -> None:
    """Measures in this process and writes the JSON."""
    module = importlib.import_module(f"benchmarks.measure_{name}")
    load_before = os.getloadavg()[0]
    began = time.perf_counter()
    figures = module.measure(quick=quick)
    record = {
        "name": name,
        "title": module.TITLE,
        "quick": quick,
        "machine": describe(),
        "load_before": load_before,
        "load_after": os.getloadavg()[0],
        "seconds": round(time.perf_counter() - began, 1),
        "figures": [figure.as_record() for figure in figures],
    }
    (output / f"{name}.json").write_text(
        json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8"
    )


def measure_apart(name: str, output: Path, *, quick: bool) -> bool:
    """Measures in a child process, so that no measurement changes the memory of another."""
    print(f"measuring {name} …", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "benchmarks", "--child", name, "--output", str(output)]
    return subprocess.run(command + ["--quick"] * quick, check=False).returncode == 0


def report(output: Path, names: list[str]) -> str:
    """Everything that was measured, as Markdown."""
    parts = ["# Measured figures", ""]
    for name in names:
        path = output / f"{name}.json"
        if not path.is_file():
            continue
        record = json.loads(path.read_text(encoding="utf-8"))
        load = f"load {record['load_before']:.1f} before, {record['load_after']:.1f} after"
        quick = ", quick version" if record["quick"] else ""
        parts += [f"## {record['title']}", ""]
        parts += [f"{record['machine']}; {load}; {record['seconds']:.0f} s{quick}.", ""]
        parts += [table([Figure.from_record(r) for r in record["figures"]]), ""]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
