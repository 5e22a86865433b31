"""Which passages need a vector, and encoding those that have none yet."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from backends.retrieval.encoder import Encoder, foreign_share
from backends.retrieval.marks import search_text
from backends.retrieval.previous import KeptVectors
from backends.retrieval.search import FOREIGN
from backends.retrieval.spool import Spool
from kotae.conversation import Passage
from kotae.errors import IndexFolderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WINDOW = 4096
"""Passages held at once, to be sorted by length: texts of like length are encoded together."""
AT_ONCE = 64
"""Passages encoded between two looks at whether to stop."""
GATHERED = 8192
"""Vectors read at once on their way into the index."""

Report = Callable[[str, int, int], None]
"""Told the stage, what is done and the total (0: not known)."""


def readable(
    passages: Sequence[Passage], scripts: dict[str, bool], check: Callable[[], None]
) -> NDArray[np.int32]:
    """The passages that the encoder can read. The others get no vector: it would outvote a lexical search that was right.

    Args:
        scripts: for each script other than Latin, whether the encoder has words for it.
    """
    import numpy as np

    unknown = [name for name, reads in scripts.items() if not reads]
    if not unknown:
        return np.arange(len(passages), dtype=np.int32)
    found = []
    for at, passage in enumerate(passages):
        check()
        if foreign_share(search_text(passage), unknown) <= FOREIGN:
            found.append(at)
    return np.asarray(found, dtype=np.int32)


def encode(
    passages: Sequence[Passage],
    keys: NDArray[np.uint8],
    wanted: NDArray[np.int32],
    kept: KeptVectors | None,
    spool: Spool,
    encoder: Encoder,
    report: Report,
    check: Callable[[], None],
) -> tuple[int, int]:
    """Have the vector of every wanted passage at hand, in `kept` or in `spool`.

    A text that occurs more than once is encoded once.

    Args:
        keys: the key of each passage's text, shape (passages, KEY).
        wanted: the passages that get a vector.
        check: is called between two batches, and may raise.

    Returns:
        How many were encoded, and how many an unfinished build had left in `spool`.
    """
    new: dict[bytes, int] = {}
    taken_up = set()
    for at in wanted.tolist():
        key = keys[at].tobytes()
        if kept is not None and key in kept:
            continue
        if key in spool:
            taken_up.add(key)
        else:
            new.setdefault(key, at)
    done, total = len(taken_up), len(taken_up) + len(new)
    report("Building the index", done, total)
    for window in _pieces(list(new.values()), WINDOW):
        texts = [search_text(passages[at]) for at in window]
        order = sorted(range(len(window)), key=lambda place: -len(texts[place]))
        batches = list(_pieces(order, AT_ONCE))
        random.Random(0).shuffle(batches)  # noqa: S311  # else the time left would fall and rise with every window
        for places in batches:
            check()
            found = encoder.encode([texts[place] for place in places])
            spool.add([keys[window[place]].tobytes() for place in places], found)
            done += len(places)
            report("Building the index", done, total)
            time.sleep(0.002)  # a search that waits for the encoder goes first
    return len(new), len(taken_up)


class Gathered:
    """The vectors of the `wanted` passages in their order, each from where it is. All of them have to be there.

    Raises:
        IndexFolderError: vectors that claim to be of one encoder differ in width.
    """

    def __init__(
        self, keys: NDArray[np.uint8], wanted: NDArray[np.int32], kept: KeptVectors | None, spool: Spool
    ) -> None:
        import numpy as np

        self._kept, self._spool = kept, spool
        self._is_kept = np.zeros(len(wanted), dtype=bool)
        self._places = np.zeros(len(wanted), dtype=np.int64)
        for number, at in enumerate(wanted.tolist()):
            key = keys[at].tobytes()
            if kept is not None and key in kept:
                self._is_kept[number] = True
                self._places[number] = kept.place(key)
            else:
                self._places[number] = spool.place(key)
        widths = set()
        if kept is not None and self._is_kept.any():
            widths.add(kept.width)
        if not self._is_kept.all():
            widths.add(spool.width)
        if len(widths) > 1:
            raise IndexFolderError(
                "The vectors of the old index can't be used beside new ones: their widths differ.",
                "Delete the index's folder and build it again.",
            )
        self.width = widths.pop() if widths else 0

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        """Some thousand at a time, shape (some, width)."""
        import numpy as np

        for start in range(0, len(self), GATHERED):
            here = slice(start, start + GATHERED)
            is_kept, places = self._is_kept[here], self._places[here]
            found = np.empty((len(places), self.width), dtype=np.float32)
            if self._kept is not None and is_kept.any():
                found[is_kept] = self._kept.vectors(places[is_kept])
            if not is_kept.all():
                found[~is_kept] = self._spool.vectors(places[~is_kept])
            yield found


def _pieces(values: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
