"""Branches and the list in a real terminal: the keys arrive."""

from __future__ import annotations

from pathlib import Path

import pytest

from kotae.transcripts.read import read
from tests.cli.command import KOTAE
from tests.terminal.tmux import Terminal, needs_tmux
from tests.written import Said, write

pytestmark = [needs_tmux, pytest.mark.timeout(120)]


def test_alt_arrows_and_letters_walk_the_tree_and_the_list_finds_japanese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOTAE_FLAGS__ENABLED", "false")  # no manual is indexed for this
    kept = tmp_path / "kept"
    write(kept, "ja", Said("誰が再開できますか", answer="経理責任者だけです。"), day=1)
    path = write(kept, "en", "Left?", Said("Right?", parent=None), day=2)
    command: list[str | Path] = [KOTAE, "chat", "--record", kept, "--resume", path]
    with Terminal(tmp_path, command) as terminal:
        terminal.sees("❯ Right?")
        terminal.keys("M-Left")
        terminal.sees("❯ Left?")
        terminal.keys("M-e")
        terminal.sees("Editing “Left?”")
        terminal.keys("Escape")
        terminal.sees("The question stays as it was.")
        terminal.keys("C-f")
        terminal.sees("Conversations")
        terminal.types("責任")
        terminal.sees("1 found")
        terminal.keys("M-p")
        terminal.sees("★")
        terminal.keys("Enter")
        terminal.sees("経理責任者だけです。")
        terminal.keys("M-r")
        terminal.sees("Enter saves")
        terminal.types("締めの確認")
        terminal.keys("Enter")
        terminal.sees("Now called “締めの確認”.")
        terminal.keys("C-q")
        assert terminal.ended() == 0
    assert read(path).head == "t1"
    conversation = read(kept / "ja.jsonl")
    assert (conversation.title, conversation.pinned) == ("締めの確認", True)
