"""Writes the background word lists beside this file; run by hand when kiwipiepy's model changes.

    python make_background.py path/to/bert/vocab.txt

Korean: Kiwi numbers its morphemes by how often its training text had them; numbers from
`FIRST_TRAINED` to `LAST_TRAINED` are in that order, later ones come from dictionaries.
English: the whole words of BERT's uncased vocabulary, which is ordered by frequency too.
"""

import sys
from pathlib import Path

from kiwipiepy import Kiwi

HERE = Path(__file__).parent
FIRST_TRAINED, LAST_TRAINED = 64, 34_000
NOUNS = {"NNG", "NNP", "XR"}
FIRST_WORD = 1996  # "the"


def korean() -> list[str]:
    kiwi = Kiwi(num_workers=1)
    found: dict[str, None] = {}
    for number in range(FIRST_TRAINED, LAST_TRAINED):
        morpheme = kiwi.morpheme(number)
        if str(morpheme.tag) in NOUNS and morpheme.form.strip():
            found.setdefault(morpheme.form)
    return list(found)


def english(vocabulary: Path) -> list[str]:
    lines = vocabulary.read_text(encoding="utf-8").splitlines()[FIRST_WORD:]
    return [word for word in lines if len(word) > 1 and word.isascii() and word.isalpha()]


def main() -> None:
    for name, words in (("ko-nouns.txt", korean()), ("en-words.txt", english(Path(sys.argv[1])))):
        (HERE / name).write_text("\n".join(words) + "\n", encoding="utf-8")
        print(name, len(words))


if __name__ == "__main__":
    main()
