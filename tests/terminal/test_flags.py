"""Flags in a real terminal: the keys that judge them arrive."""

from __future__ import annotations

from pathlib import Path

import pytest

from kotae.transcripts.read import read
from tests.cli.command import KOTAE
from tests.terminal.tmux import Terminal, needs_tmux
from tests.tui import flagged_conversation

pytestmark = [needs_tmux, pytest.mark.timeout(120)]


def test_function_keys_and_alt_letters_judge_a_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOTAE_FLAGS__ENABLED", "false")  # no manual is indexed for this
    path = flagged_conversation.write(tmp_path / "kept")
    command: list[str | Path] = [KOTAE, "chat", "--record", tmp_path / "kept", "--resume", "last"]
    with Terminal(tmp_path, command) as terminal:
        terminal.sees("4 of 7 claims have no support")
        terminal.keys("F8")
        for key, mark in (("F9", "✓"), ("F10", "✗"), ("M-y", "✓"), ("M-x", "✗")):
            terminal.keys(key)
            terminal.sees(f"?{mark}Audit Center")
        terminal.keys("C-q")
        assert terminal.ended() == 0
    assert read(path).turns["t1"].flags[0].verdict == "rejected"
