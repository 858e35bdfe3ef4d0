"""Indexes, changes and removes documents until it is killed; says what is certain.

Run as ``python ingest_program.py DATA PAPERS SEED``.  Each line on standard output is a promise:
``added NAME`` and ``removed NAME`` are printed after the library has said so.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from document_shelf import Shelf  # noqa: E402 - found by the line above

NAMES = [f"paper-{i:02}.txt" for i in range(24)]
WORDS = ["gardener", "plumber", "baker", "painter", "sailor", "miner"]


def paper(choice: random.Random) -> str:
    """A few to a few hundred chunks."""
    count = choice.choice([1, 3, 20, 120])
    return "\n\n".join(
        f"Paragraph {i}: the {choice.choice(WORDS)} works. " * 8 for i in range(count)
    )


def main() -> None:
    data, papers, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    choice = random.Random(seed)
    papers.mkdir(exist_ok=True)
    shelf = Shelf(data)
    library = shelf.open()
    print("ready", flush=True)
    while True:
        name = choice.choice(NAMES)
        known = {document.name: document.document_id for document in library.documents()}
        if name in known and choice.random() < 0.3:
            print(f"removing {name}", flush=True)
            library.remove(known[name])
            print(f"removed {name}", flush=True)
            continue
        print(f"adding {name}", flush=True)
        unfinished = papers / f"{name}.new"  # killed in between, an empty paper would be left
        unfinished.write_text(paper(choice), encoding="utf-8")
        unfinished.replace(papers / name)
        library.add([papers / name])
        print(f"added {name}", flush=True)
        if choice.random() < 0.2:
            library.wait(choice.random() * 2)


if __name__ == "__main__":
    main()
