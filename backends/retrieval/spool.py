"""Vectors on their way into an index, kept so that a build that was cut short can be gone on with.

One append-only file beside the index, named for the encoder. A record is the key of a text, its vector, and a checksum over both;
what does not check is passed over, so that it does not matter how the last writer ended. Keys are digests of texts: whatever has
happened to the manual meanwhile, a vector is found by the text it was made of.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

KEY = 16
"""Bytes of a key."""
WIDEST = 8192
"""The most numbers that a vector may have."""
_MAGIC = b"kotae vectors 1\n"
_AT_ONCE = 4096


def key_of(text: str) -> bytes:
    """What a text's vector is found by."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY).digest()


def name_for(encoder_digest: str) -> str:
    """The file's name for an encoder."""
    return f".partial-{hashlib.sha256(encoder_digest.encode()).hexdigest()[:16]}"


class Spool:
    """The vectors in the file `path`, those that were found there and those that are added. Nothing is written before the first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[bytes, int] = {}
        self._width = 0
        self._count = 0
        self._file: Any = None
        self._read()

    def __contains__(self, key: bytes) -> bool:
        return key in self._places

    def __len__(self) -> int:
        return len(self._places)

    @property
    def width(self) -> int:
        """Numbers in a vector; 0 when there is none."""
        return self._width

    def place(self, key: bytes) -> int:
        """Where a text's vector is, for `vectors`."""
        return self._places[key]

    def vectors(self, places: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors at some places, in their order."""
        if self._file is not None:
            self._file.flush()
        found: NDArray[np.float32] = self._records(self._count)["vector"][places]
        return found

    def add(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Append vectors of the texts with these keys."""
        import numpy as np

        if self._file is None:
            self._begin(vectors.shape[1])
        records = np.zeros(len(keys), dtype=self._kind)
        records["key"] = np.frombuffer(b"".join(keys), dtype=f"V{KEY}")
        records["vector"] = vectors
        records["check"] = _checks(records)
        self._file.write(records.tobytes())
        self._file.flush()
        for at, key in enumerate(keys, start=self._count):
            self._places[key] = at
        self._count += len(keys)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop writing; the file stays."""
        if self._file is not None:
            self._file.close()

    @property
    def _kind(self) -> Any:
        import numpy as np

        return np.dtype([("key", f"V{KEY}"), ("vector", "<f4", (self._width,)), ("check", "<u4")])

    @property
    def _head(self) -> bytes:
        return _MAGIC + self._width.to_bytes(4, "little")

    def _records(self, count: int) -> Any:
        import numpy as np

        return np.memmap(self._path, dtype=self._kind, mode="r", offset=len(self._head), shape=(count,))

    def _begin(self, width: int) -> None:
        """Open for appending, behind the last whole record; what another kind of encoder left is overwritten."""
        if width != self._width:
            self._width, self._count = width, 0
            self._places.clear()
        self._file = open(  # noqa: SIM115 - it is open as long as this is
            self._path, "r+b" if self._count else "wb", opener=_never_elsewhere
        )
        if self._count:
            self._file.truncate(len(self._head) + self._count * self._kind.itemsize)
            self._file.seek(0, 2)
        else:
            self._file.write(self._head)

    def _read(self) -> None:
        try:
            with self._path.open("rb") as file:
                head = file.read(len(self._head))
            size = self._path.stat().st_size
        except OSError:
            return
        width = int.from_bytes(head[len(_MAGIC) :], "little")
        if not head.startswith(_MAGIC) or not 0 < width <= WIDEST:
            return
        self._width = width
        self._count = (size - len(head)) // self._kind.itemsize
        for start in range(0, self._count, _AT_ONCE):
            records = self._records(self._count)[start : start + _AT_ONCE]
            for at, (key, good) in enumerate(
                zip(records["key"], _checks(records) == records["check"], strict=True)
            ):
                if good:
                    self._places[key.tobytes()] = start + at


def _never_elsewhere(path: str, flags: int) -> int:
    """Opens a file, but not one that a link leads to: whoever made the folder could name any."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def _checks(records: Any) -> Any:
    import numpy as np

    held = records.dtype.itemsize - 4
    return np.asarray([zlib.crc32(record.tobytes()[:held]) for record in records], dtype=np.uint32)
