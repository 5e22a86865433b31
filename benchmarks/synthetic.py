"""Manuals, vectors and questions that are made up, of any number."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VOCABULARY = 200_000
WIDTH = 384
PER_TOPIC = 12
TOPIC_SHARE = 0.7


class Words:
    """Draws words by Zipf's law, flattened at the top where stop words would be (Mandelbrot)."""

    def __init__(self, seed: int) -> None:
        import numpy as np

        self._rng = np.random.default_rng(seed)
        self._shares = np.cumsum(1 / (np.arange(VOCABULARY) + 20.0))
        self._words = np.asarray([_word(number) for number in range(VOCABULARY)])

    def texts(self, count: int, words: int) -> Iterator[str]:
        """Texts of so many words."""
        import numpy as np

        for start in range(0, count, 1000):
            draws = self._rng.random((min(1000, count - start), words)) * self._shares[-1]
            for row in np.searchsorted(self._shares, draws):
                yield " ".join(self._words[row])


def _word(number: int) -> str:
    letters, number = [], number + 95 * 95
    while number:
        number, rest = divmod(number, 95)
        letters.append("bcdfghjklmnprstvwxz"[rest // 5] + "aeiou"[rest % 5])
    return "".join(letters)


class SyntheticEncoder:
    """Takes an encoder's place: a vector for any text, at no cost.

    Vectors are topics with Gaussian noise. Their spectrum and the share of noise are fitted to all-MiniLM-L6-v2 on sentences of
    Wikipedia and of help pages: neighbours are about as similar (0.74 for the nearest, 0.58 for the tenth), and the lists of an
    inverted file find about as many of them.
    """

    name = "synthetic"
    digest = "synthetic"
    is_loaded = True

    def __init__(self, passages: int, seed: int = 1) -> None:
        import numpy as np

        self._rng = np.random.default_rng(seed)
        self._spread = (np.arange(WIDTH) + 1.0) ** -0.25
        self._spread /= np.sqrt((self._spread**2).sum())
        topics = np.random.default_rng(0).standard_normal((max(1, passages // PER_TOPIC), WIDTH))
        self._topics = (topics * self._spread).astype(np.float32)

    def reads(self, texts: Iterable[str]) -> dict[str, bool]:
        """All of it is Latin."""
        for _ in texts:
            pass
        return {}

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Vectors, whatever the texts."""
        import numpy as np

        topics = self._topics[self._rng.integers(0, len(self._topics), len(texts))]
        noise = self._rng.standard_normal((len(texts), WIDTH)) * self._spread
        vectors = TOPIC_SHARE**0.5 * topics + (1 - TOPIC_SHARE) ** 0.5 * noise
        return np.ascontiguousarray(
            vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32
        )


def queries(passages: int, count: int) -> list[tuple[str, NDArray[np.float32]]]:
    """Questions of six words, and their vectors, shape (1, WIDTH)."""
    vectors = SyntheticEncoder(passages, seed=2).encode([""] * count)
    return [(query, vectors[at : at + 1]) for at, query in enumerate(Words(2).texts(count, 6))]


def pages(folder: Path, passages: int, seed: int) -> Path:
    """A manual of about so many passages, from sentences of the sample manual in random order."""
    draw = random.Random(seed)  # noqa: S311
    files = sorted((Path(__file__).parents[1] / "sample_manual" / "en").rglob("*.md"))
    sentences = [
        sentence
        for page in files
        for line in page.read_text(encoding="utf-8").splitlines()
        if line and line[0].isalpha()
        for sentence in re.split(r"(?<=[.]) ", line)
    ]
    folder.mkdir()
    for number in range(passages // 4):
        sections = (
            f"## Section {part}\n\n{' '.join(draw.choices(sentences, k=11))}\n" for part in range(1, 5)
        )
        text = "\n".join((f"# Page {number}\n", *sections))
        (folder / f"{number}.md").write_text(text, encoding="utf-8")
    return folder
