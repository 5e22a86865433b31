from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from backends.retrieval.folder import PARTIAL
from backends.retrieval.spool import Spool, key_of, name_for

KEYS = [key_of(f"text {number}") for number in range(5)]
VECTORS = np.arange(20, dtype=np.float32).reshape(5, 4)


def filled(path: Path) -> Path:
    with Spool(path) as spool:
        spool.add(KEYS[:3], VECTORS[:3])
        spool.add(KEYS[3:], VECTORS[3:])
    return path


def held(path: Path) -> list[bool]:
    with Spool(path) as spool:
        return [key in spool for key in KEYS]


def vectors_of(spool: Spool, keys: list[bytes]) -> NDArray[np.float32]:
    return spool.vectors(np.asarray([spool.place(key) for key in keys]))


def test_vectors_are_found_by_their_texts_at_once_and_later(tmp_path: Path) -> None:
    with Spool(tmp_path / "spool") as spool:
        assert (len(spool), spool.width) == (0, 0)
        assert not (tmp_path / "spool").exists()
        spool.add(KEYS[:3], VECTORS[:3])
        np.testing.assert_array_equal(vectors_of(spool, [KEYS[2], KEYS[0]]), VECTORS[[2, 0]])
        assert KEYS[3] not in spool
    with Spool(tmp_path / "spool") as spool:
        assert (len(spool), spool.width) == (3, 4)
        spool.add(KEYS[3:], VECTORS[3:])
        np.testing.assert_array_equal(vectors_of(spool, KEYS), VECTORS)
    assert held(tmp_path / "spool") == [True] * 5


@pytest.mark.parametrize("lost", range(1, 40))
def test_a_torn_tail_costs_its_own_record_only(tmp_path: Path, lost: int) -> None:
    path = filled(tmp_path / "spool")
    path.write_bytes(path.read_bytes()[:-lost])
    whole = 4 if lost <= 36 else 3
    assert held(path) == [True] * whole + [False] * (5 - whole)
    with Spool(path) as spool:
        spool.add(KEYS[whole:], VECTORS[whole:])
    with Spool(path) as spool:
        np.testing.assert_array_equal(vectors_of(spool, KEYS), VECTORS)


def test_a_record_that_was_damaged_is_passed_over(tmp_path: Path) -> None:
    path = filled(tmp_path / "spool")
    data = bytearray(path.read_bytes())
    data[-36 * 3 + 20] ^= 1  # in the third vector
    path.write_bytes(data)
    assert held(path) == [True, True, False, True, True]
    path.write_bytes(data[: -36 * 2] + bytes(72))  # blocks that never reached the disk
    assert held(path) == [True, True, False, False, False]


@pytest.mark.parametrize(
    "content",
    [b"", b"kotae", b"mine, and longer than the head of a spool", b"kotae vectors 1\n" + b"\xff" * 50],
)
def test_what_is_no_spool_is_overwritten(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "spool"
    path.write_bytes(content)
    assert held(path) == [False] * 5
    filled(path)
    assert held(path) == [True] * 5


def test_vectors_of_another_width_are_given_up(tmp_path: Path) -> None:
    path = filled(tmp_path / "spool")
    with Spool(path) as spool:
        spool.add([KEYS[0]], VECTORS[:1, :2])
        assert (len(spool), spool.width) == (1, 2)
    assert held(path) == [True] + [False] * 4


def test_each_encoder_has_its_own_file() -> None:
    assert PARTIAL.fullmatch(name_for("a"))
    assert name_for("a") != name_for("b")


def test_a_link_in_its_place_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    (tmp_path / "spool").symlink_to(victim)
    with Spool(tmp_path / "spool") as spool, pytest.raises(OSError, match="symbolic link"):
        spool.add([key_of("a")], np.ones((1, 4), dtype=np.float32))
    assert victim.read_text() == "mine"
