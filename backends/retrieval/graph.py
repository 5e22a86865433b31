"""Which documents a passage leads to: those it links to, and those whose title it mentions.

An answer that takes two pages is found by going on from the first: the page on shipments says that charges are posted to the
freight account, and the page that is titled so says where that appears. Titles are found with the automaton of Aho and Corasick
(1975); the more passages mention a title, the less it says.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.retrieval.groups import Numbering
from backends.retrieval.passages import SEPARATOR
from backends.retrieval.stored import ascending, load_array, save_array
from backends.retrieval.text import is_unspaced, normalise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kotae.conversation import Passage

FILES = ("lead-starts.npy", "lead-groups.npy", "lead-weights.npy")
LINK = 1.0
"""What a link counts; a mention counts up to as much."""
_SHORTEST = 2
"""Characters of a title that is looked for."""
_LONGEST = 100
_MOST_TITLES = 300_000
"""With more, titles are a catalogue, and mentions are chance."""
_ADDITION = re.compile(r"\s*[(（_].*$")
"""`Mercury (planet)` is mentioned as `Mercury`."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Edges from passages to groups (see `groups`), by passage."""

    starts: NDArray[np.int64]
    targets: NDArray[np.int32]
    weights: NDArray[np.float32]
    """0..1."""

    def leads(self, passage: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The groups that a passage leads to, and how strongly."""
        here = slice(self.starts[passage], self.starts[passage + 1])
        return self.targets[here], self.weights[here]

    def all_leads(
        self, passages: NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """The edges of some passages: each one's place in `passages`, its group and its weight."""
        import numpy as np

        first, counts = self.starts[passages], self.starts[passages + 1] - self.starts[passages]
        place = np.repeat(np.arange(len(passages)), counts)
        at = np.arange(len(place)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
        return place, self.targets[at], self.weights[at]


class Collector:
    """Gathers titles and texts while the passages go by.

    Args:
        scratch: a folder for texts that are set aside.
    """

    def __init__(self, scratch: Path) -> None:
        self._path = scratch / "texts-for-mentions"
        self._file = self._path.open("w", encoding="utf-8", errors="surrogatepass", newline="\n")
        self._numbering = Numbering()
        self._groups = array("i")
        self._titles: dict[str, list[int]] = {}
        self._documents: dict[str, int] = {}
        self._links: list[tuple[int, str]] = []

    def add(self, passage: Passage, _terms: Sequence[str]) -> None:
        """The next passage."""
        known = len(self._numbering)
        group = self._numbering.of(passage)
        if group == known and len(self._titles) < _MOST_TITLES:
            for name in _names(passage.title.partition(SEPARATOR)[0]):
                self._titles.setdefault(name, []).append(group)
        self._links.extend((len(self._groups), target) for target in passage.links)
        self._documents.setdefault(passage.document, group)
        self._groups.append(group)
        self._file.write(" ".join(normalise(passage.text).split()) + "\n")

    def save(self, folder: Path) -> None:
        """Write `FILES` into `folder`."""
        import numpy as np

        self._file.close()
        passages, names, titles = array("i"), array("i"), list(self._titles)
        mentioned: Counter[int] = Counter()
        for passage, found in self._mentions({name: at for at, name in enumerate(titles)}):
            mentioned.update(found)
            passages.extend([passage] * len(found))
            names.extend(found)
        count = len(self._groups)
        worth = [
            float(np.log(count / mentioned[at]) / np.log(count)) if mentioned[at] and count > 1 else 0.0
            for at in range(len(titles))
        ]
        edges: dict[tuple[int, int], float] = {}
        for passage, name in zip(passages, names, strict=True):
            for group in self._titles[titles[name]]:
                if group != self._groups[passage]:
                    edges[passage, group] = max(worth[name], edges.get((passage, group), 0.0))
        for passage, document in self._links:
            target = self._documents.get(document)
            if target is not None and target != self._groups[passage]:
                edges[passage, target] = LINK
        _write(folder, edges, count)

    def _mentions(self, numbers: dict[str, int]) -> Iterator[tuple[int, list[int]]]:
        """For each passage the titles that stand in it, of two that overlap the longer."""
        import ahocorasick

        automaton = ahocorasick.Automaton()
        for name, number in numbers.items():
            automaton.add_word(name, (number, len(name)))
        if not numbers:
            return
        automaton.make_automaton()
        with self._path.open(encoding="utf-8", errors="surrogatepass", newline="\n") as file:
            for passage, line in enumerate(file):
                found: dict[int, None] = {}
                last = -1
                for end, (number, length) in automaton.iter_long(line):
                    start = end - length + 1
                    if start > last and _stands_alone(line, start, end + 1):
                        found[number] = None
                        last = end
                if found:
                    yield passage, list(found)


def _names(title: str) -> set[str]:
    full = " ".join(normalise(title).split())
    return {name for name in (full, _ADDITION.sub("", full)) if _SHORTEST <= len(name) <= _LONGEST}


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is no part of a longer word, in scripts that tell."""
    return not (
        _one_word(text[start - 1 : start], text[start]) or _one_word(text[end - 1], text[end : end + 1])
    )


def _one_word(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum() and not is_unspaced(left) and not is_unspaced(right)


def _write(folder: Path, edges: dict[tuple[int, int], float], passages: int) -> None:
    import numpy as np

    starts_file, targets_file, weights_file = (folder / name for name in FILES)
    order = sorted(edges)
    sources = np.fromiter((passage for passage, _ in order), dtype=np.int64, count=len(order))
    save_array(starts_file, np.searchsorted(sources, np.arange(passages + 1)).astype(np.int64))
    save_array(targets_file, np.fromiter((group for _, group in order), dtype=np.int32, count=len(order)))
    save_array(weights_file, np.fromiter((edges[edge] for edge in order), dtype=np.float32, count=len(order)))


def load(folder: Path, passages: int) -> Graph:
    """What a `Collector` saved of so many passages.

    Raises:
        OSError, ValueError: a file is missing or does not fit the others.
    """
    import numpy as np

    starts_file, targets_file, weights_file = (folder / name for name in FILES)
    starts = load_array(starts_file, np.int64, (passages + 1,))
    if starts.size == 0 or not ascending(starts, int(starts[-1])):
        raise ValueError("the passages' edges overlap")
    shape = (int(starts[-1]),)
    targets = load_array(targets_file, np.int32, shape)
    if len(targets) and (targets.min() < 0 or targets.max() >= passages):
        raise ValueError("an edge leads nowhere")
    return Graph(starts, targets, load_array(weights_file, np.float32, shape))
