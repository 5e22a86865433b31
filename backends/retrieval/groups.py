"""Which passages belong to one document, as a reader counts documents.

A manual page is one file, but a corpus often has a row for each section of a page, with the heading path as the row's title. So
passages belong together when the first name of their titles is the same; without a title, when their page or row is.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backends.retrieval.passages import SEPARATOR
from backends.retrieval.stored import load_array, save_array

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kotae.conversation import Passage

FILES = ("groups.npy",)


class Numbering:
    """Numbers groups in the order in which they are met."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, passage: Passage) -> int:
        """The number of a passage's group."""
        root = passage.title.partition(SEPARATOR)[0]
        key = f"title\0{root}" if root else f"document\0{passage.document}"
        return self._numbers.setdefault(key, len(self._numbers))


class Collector:
    """Numbers the groups while the passages go by."""

    def __init__(self, _scratch: Path) -> None:
        self._numbering = Numbering()
        self._groups = array("i")

    def add(self, passage: Passage, _terms: Sequence[str]) -> None:
        """The next passage."""
        self._groups.append(self._numbering.of(passage))

    def save(self, folder: Path) -> None:
        """Write `FILES` into `folder`."""
        import numpy as np

        save_array(folder / FILES[0], np.frombuffer(self._groups, dtype=np.int32))


def load(folder: Path, passages: int) -> NDArray[np.int32]:
    """The number of each passage's group, from 0, in the order in which the groups begin.

    Raises:
        OSError, ValueError: the file is missing or belongs to other passages.
    """
    import numpy as np

    groups: NDArray[np.int32] = load_array(folder / FILES[0], np.int32, (passages,))
    if groups.min() < 0 or groups.max() >= passages:
        raise ValueError("the passages' groups are numbered wrongly")
    return groups
