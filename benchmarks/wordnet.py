"""Opposites and synonyms of English words from WordNet 3 (Fellbaum 1998; Princeton's licence, which is permissive).

Read where Debian's package `wordnet-base` puts it, while the reader is trained; none of it is kept.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("/usr/share/wordnet")
_PARTS = ("adj", "adv", "noun", "verb")
_FEW_SENSES, _SHORTEST = 2, 4
_OPPOSITE = "!"
_FORM = re.compile("(?:ed|ing|s)$")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words of one piece, in their base form."""

    opposites: dict[str, list[str]]
    synonyms: dict[str, list[str]]
    """Of words that have few senses, all of them as one part of speech, and that are met in texts."""


def lexicon(folder: Path = FOLDER) -> Lexicon:
    """Reads all of it.

    Raises:
        OSError: it is not there.
    """
    opposites: defaultdict[str, set[str]] = defaultdict(set)
    parts: defaultdict[str, list[tuple[int, list[str]]]] = defaultdict(list)
    met: set[str] = set()
    """Words with a sense that somebody tagged in a text."""
    for part in _PARTS:
        words, turned = _synsets(folder / f"data.{part}")
        for line in _lines(folder / f"index.{part}"):
            cells = line.split()
            lemma, pointers = cells[0], int(cells[3])
            senses = cells[6 + pointers :]
            parts[lemma].append((len(senses), words[senses[0]]))
            if int(cells[5 + pointers]):
                met.add(lemma)
            for sense in senses[:_FEW_SENSES]:
                opposites[lemma] |= turned[sense, lemma]
    # `received` is a word of its own here as well, and `laws` one for the Pentateuch: what may be another word's form is left out.
    forms = {line.split()[0] for part in _PARTS for line in _lines(folder / f"{part}.exc")}
    synonyms = {}
    for lemma, found in parts.items():
        meanings, near = found[0]
        others = [word for word in near if word != lemma and _plain(word)]
        alone = len(found) == 1 and meanings <= _FEW_SENSES and lemma in met
        if alone and others and len(lemma) >= _SHORTEST and lemma not in forms and not _FORM.search(lemma):
            synonyms[lemma] = others
    return Lexicon(
        {word: sorted(others) for word, others in opposites.items() if others and _plain(word)}, synonyms
    )


def _synsets(path: Path) -> tuple[dict[str, list[str]], defaultdict[tuple[str, str], set[str]]]:
    """The words of each synset, by its offset, and the opposites of its words, by offset and word."""
    words: dict[str, list[str]] = {}
    pointers: list[tuple[str, str, str, str]] = []
    for line in _lines(path):
        cells = line.split(" | ")[0].split()
        count = int(cells[3], 16)
        words[cells[0]] = [cells[4 + 2 * at].split("(")[0].lower() for at in range(count)]
        rest = cells[5 + 2 * count :]
        pointers += [
            (cells[0], rest[4 * at + 1], rest[4 * at + 3][:2], rest[4 * at + 3][2:])
            for at in range(int(cells[4 + 2 * count]))
            if rest[4 * at] == _OPPOSITE
        ]
    turned: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for here, there, own, other in pointers:
        # Words are numbered from 1; 0 means the whole synset, which opposites never are.
        if (word := words[there][int(other, 16) - 1]) and _plain(word):
            turned[here, words[here][int(own, 16) - 1]].add(word)
    return words, turned


def _plain(word: str) -> bool:
    return word.isascii() and word.isalpha()


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith(" ")]
