"""Logs are the user's alone, and stay small."""

from __future__ import annotations

import stat
from pathlib import Path

from kotae import paths


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_log_and_its_folder_are_the_users_alone() -> None:
    with paths.open_log("retrieval") as log:
        log.write(b"one\n")
    path = paths.log_file("retrieval")
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_a_log_that_others_could_read_is_closed_to_them_and_added_to() -> None:
    path = paths.log_file("retrieval")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"old\n")
    path.chmod(0o644)
    with paths.open_log("retrieval") as log:
        log.write(b"new\n")
    assert path.read_bytes() == b"old\nnew\n"
    assert mode(path) == 0o600


def test_a_large_log_is_put_aside_and_begun_anew() -> None:
    path = paths.log_file("retrieval")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * (paths.LARGEST_LOG + 1))
    with paths.open_log("retrieval") as log:
        log.write(b"new\n")
    assert path.read_bytes() == b"new\n"
    assert path.with_name("retrieval.log.1").stat().st_size == paths.LARGEST_LOG + 1
