"""Passages and arrays on the disk: written as they come, read where they are wanted.

Of a million passages a search hands out ten. So their texts stay in the file, and what is held in memory is where each begins.
Arrays are NumPy's own format without objects. The shape of everything is checked when it is opened; what an entry holds is
checked where it is used, by whoever uses it.
"""

from __future__ import annotations

import mmap
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, overload

import msgspec

from backends.retrieval.folder import damaged
from backends.retrieval.manifest import PASSAGES
from kotae.conversation import Passage
from kotae.errors import IndexFolderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STARTS = "passage-starts.npy"
FILES = (PASSAGES, _STARTS)
_LOADING = Lock()
"""NumPy parses the head of a file as a Python literal, which two threads can't do at once before Python 3.12 (its issue 106905)."""


class PassageWriter:
    """Writes the passages of an index into `folder`, one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = (folder / PASSAGES).open("wb")
        self._starts = array("q", [0])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def add(self, passage: Passage) -> None:
        """Write one more."""
        written = self._file.write(msgspec.json.encode(passage) + b"\n")
        self._starts.append(self._starts[-1] + written)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file, and write where each passage begins unless something went wrong."""
        import numpy as np

        self._file.close()
        if kind is None:
            save_array(self._folder / _STARTS, np.frombuffer(self._starts, dtype=np.int64))


class Passages(Sequence[Passage]):
    """The passages that `PassageWriter` wrote into `folder`, read from the disk one at a time.

    Args:
        count: how many there have to be.

    Raises:
        OSError, ValueError: a file is missing or does not fit the other. Reading a passage that is none raises
            `IndexFolderError`.
    """

    def __init__(self, folder: Path, count: int) -> None:
        import numpy as np

        self._folder = folder
        self._starts = load_array(folder / _STARTS, np.int64, (count + 1,))
        with (folder / PASSAGES).open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._starts[0] != 0 or self._starts[-1] != len(self._data) or np.any(np.diff(self._starts) <= 0):
            raise ValueError("the passages don't lie where they should")
        self._decoder = msgspec.json.Decoder(Passage)

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, at: int) -> Passage: ...
    @overload
    def __getitem__(self, at: slice) -> list[Passage]: ...
    def __getitem__(self, at: int | slice) -> Passage | list[Passage]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        at %= len(self)
        try:
            return self._decoder.decode(self._data[self._starts[at] : self._starts[at + 1]])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise self.damaged(f"passage {at} can't be read") from None

    def __iter__(self) -> Iterator[Passage]:
        for at in range(len(self)):
            yield self[at]

    def damaged(self, why: str) -> IndexFolderError:
        """The error for passages that turn out not to be what was written."""
        return damaged(self._folder.parent, why)


def save_array(path: Path, values: NDArray[Any]) -> None:
    """Write an array as NumPy does, without objects."""
    import numpy as np

    np.save(path, values, allow_pickle=False)


class ArrayWriter:
    """Writes an array of known shape to `path`, its first axis in pieces."""

    def __init__(self, path: Path, dtype: Any, shape: tuple[int, ...]) -> None:
        import numpy as np

        self._dtype = np.dtype(dtype)
        self._file = path.open("wb")
        header = {"descr": np.lib.format.dtype_to_descr(self._dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)

    def add(self, values: NDArray[Any]) -> None:
        """The next piece."""
        import numpy as np

        np.ascontiguousarray(values, dtype=self._dtype).tofile(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()


def load_array(path: Path, dtype: Any, shape: tuple[int, ...], *, mapped: bool = False) -> NDArray[Any]:
    """An array that has to be of this type and shape; `mapped` leaves it on the disk until it is looked at.

    Raises:
        OSError: it is missing.
        ValueError: it is something else.
    """
    import numpy as np

    values = mapped_array(path)  # takes up no more than there is, whatever it claims to be
    if values.dtype != np.dtype(dtype) or values.shape != shape:
        raise ValueError(f"{path.name} has the wrong type or size")
    if not values.flags.c_contiguous:
        raise ValueError(f"{path.name} is stored by columns")
    return np.asarray(values) if mapped else np.array(values)


def mapped_array(path: Path) -> NDArray[Any]:
    """Whatever array is in a file, on the disk until it is looked at.

    Raises:
        OSError: it is missing.
        ValueError: it is none.
    """
    import numpy as np

    try:
        with _LOADING, np.errstate(over="ignore"):
            return np.lib.format.open_memmap(path, mode="r")
    except OSError:
        raise
    except Exception as error:  # heads are parsed as Python is, and whatever that makes of a forged one
        raise ValueError(f"{path.name} has the wrong type or size") from error


def ascending(starts: NDArray[np.int64], end: int) -> bool:
    """Whether `starts` cut 0..`end` into pieces, some of them empty."""
    import numpy as np

    return bool(len(starts) and starts[0] == 0 and starts[-1] == end and not np.any(np.diff(starts) < 0))
