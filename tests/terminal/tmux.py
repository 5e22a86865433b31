"""A real terminal for tests: tmux on a socket of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


def children_of(pid: int) -> list[int]:
    """The processes below `pid`, from /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(stat.parent.name)
            found += [child, *children_of(child)]
    return found


class Terminal:
    """A command in a tmux window. `screen` is what a person sees; `sees` waits for it."""

    def __init__(
        self, folder: Path, command: Sequence[str | Path], *, width: int = 80, height: int = 24
    ) -> None:
        self._socket = str(folder / "tmux.sock")
        self._status = folder / "status"
        # A shell notes the status: tmux loses it when the program closes the terminal before it ends.
        self._command = f"{shlex.join(map(str, command))}; echo $? > {shlex.quote(str(self._status))}"
        self._size = ("-x", str(width), "-y", str(height))
        self._folder = folder

    def __enter__(self) -> Self:
        conf = self._folder / "tmux.conf"
        conf.write_text(
            'set -g default-terminal "tmux-256color"\nset -g remain-on-exit on\nset -sg escape-time 0\n',
            encoding="utf-8",
        )
        self._tmux("-f", str(conf), "new-session", "-d", *self._size, self._command)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tmux("kill-server", check=False)

    def keys(self, *keys: str) -> None:
        """Sends keys by tmux's names: `Enter`, `C-q`, `F1`."""
        self._tmux("send-keys", *keys)

    def types(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def sees(self, text: str, *, within: float = 60.0) -> str:
        """The screen as soon as `text` is on it; fails with the screen when it does not come in time."""
        deadline = time.monotonic() + within
        while text not in (screen := self.screen()):
            if time.monotonic() > deadline:
                pytest.fail(f"{text!r} did not appear within {within:g} s. The screen:\n{screen}")
            time.sleep(0.05)
        return screen

    def pid(self) -> int:
        """The command's own process."""
        shell = int(self._tmux("display-message", "-p", "#{pane_pid}"))
        return children_of(shell)[0]

    def ended(self, *, within: float = 60.0) -> int:
        """The command's exit status, once it has ended; one that does not end says what its threads wait for."""
        deadline = time.monotonic() + within
        while not (status := self._ended_with()):
            if time.monotonic() > deadline:
                with suppress(OSError, IndexError):
                    os.kill(self.pid(), signal.SIGABRT)  # faulthandler writes where each thread is
                until = time.monotonic() + 5
                while not self._ended_with() and time.monotonic() < until:
                    time.sleep(0.05)
                pytest.fail(f"It did not end within {within:g} s. The screen:\n{self.screen()}")
            time.sleep(0.05)
        return int(status)

    def _ended_with(self) -> str:
        return self._status.read_text(encoding="ascii").strip() if self._status.exists() else ""

    def _tmux(self, *arguments: str, check: bool = True) -> str:
        # UTF-8 whatever the locale, and no tmux of the developer's around it.
        environ = {name: value for name, value in os.environ.items() if name != "TMUX"}
        environ["PYTHONFAULTHANDLER"] = "1"
        done = subprocess.run(
            ["tmux", "-u", "-S", self._socket, *arguments],
            check=check,
            capture_output=True,
            text=True,
            env=environ,
        )
        return done.stdout
