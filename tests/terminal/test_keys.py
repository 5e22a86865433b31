"""Keys of the settings file, in a real terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from kotae import paths
from tests.cli.command import KOTAE
from tests.terminal.tmux import Terminal, needs_tmux

pytestmark = [needs_tmux, pytest.mark.timeout(120)]


def settings(keys: str) -> None:
    paths.settings_file().parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file().write_text(f"[keys]\n{keys}\n", encoding="utf-8")


# The folders of `paths` are those of the process's start; the program that is started has its own.
@pytest.fixture(autouse=True)
def in_the_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "settings_file", lambda: home / ".config" / "kotae" / "settings.toml")


def test_keys_that_can_not_be_had_end_the_start_with_one_line(tmp_path: Path) -> None:
    settings('retry = "r"')
    # The shell waits, so that what was said can still be seen.
    with Terminal(tmp_path, ["sh", "-c", f"{KOTAE} chat; echo status $?; read key"], width=120) as terminal:
        screen = terminal.sees("status 1")
    assert "kotae: Settings: `keys.retry`: the prompt needs r for typing." in screen
    assert "Traceback" not in screen


def test_keys_that_were_moved_are_named_and_work(tmp_path: Path) -> None:
    settings('next_backend = "alt+j"\nnewline = "alt+q"\nsettings = []\nquit = "ctrl+f2"\nhelp = "ctrl+f1"')
    command: list[str | Path] = [KOTAE, "--base-url", "http://127.0.0.1:9/v1", "--model", "m"]
    with Terminal(tmp_path, command) as terminal:
        terminal.sees("Alt+J backend")
        terminal.keys("M-j")
        terminal.sees("▸rag")
        terminal.types("one")
        terminal.keys("M-q")
        terminal.types("two")
        lines = [line.strip() for line in terminal.sees("two").splitlines()]
        assert lines[lines.index("two") - 1] == "one"
        terminal.types("\u001b[1;5P")  # Ctrl+F1
        screen = terminal.sees("Esc closes")
        assert "Ctrl+F1" in screen or "Alt+J" in screen
        terminal.keys("Escape")
        terminal.sees("Alt+J backend")
        terminal.types("\u001b[1;5Q")  # Ctrl+F2
        assert terminal.ended() == 0
