"""A talk in a real terminal: prepared questions by one key, presentation, a screenshot, and the recording of it played back."""

from __future__ import annotations

from pathlib import Path

import pytest

from kotae.transcripts.read import latest
from tests.cli.command import KOTAE
from tests.scripted_server import answers
from tests.terminal.served import Served
from tests.terminal.tmux import Terminal, needs_tmux

pytestmark = [needs_tmux, pytest.mark.timeout(400)]


def test_a_talk_is_given_and_played_back(tmp_path: Path, served: Served) -> None:
    served.plays(answers("Only the Controller."), answers("All of them."))
    script = tmp_path / "questions.txt"
    script.write_text("# a talk\nWho may reopen it?\n誰が再開できますか？\n", encoding="utf-8")
    kept, pictures = tmp_path / "kept", tmp_path / "pictures"
    options = ("--script", script, "--backend", "base", "--record", kept, "--screenshots", pictures)
    (tmp_path / "given").mkdir()
    with Terminal(tmp_path / "given", [*served.command, *options]) as terminal:
        terminal.sees("1/2 Who may reopen it?")
        terminal.keys("M-g")
        terminal.sees("Alt+G or Enter sends it")
        terminal.keys("M-g")
        terminal.sees("Only the Controller.")
        terminal.keys("F12")
        terminal.sees("B A S E")
        terminal.keys("M-s")
        terminal.sees("Saved as")
        terminal.keys("M-w")
        terminal.sees("2/2 誰が再開できますか")
        terminal.keys("M-g")
        terminal.sees("2/2 Alt+G or Enter sends it")
        terminal.keys("M-g")
        terminal.sees("All of them.")
        terminal.sees("2/2 all asked")
        terminal.keys("C-q")
        assert terminal.ended() == 0
    assert len(list(pictures.glob("kotae-*.svg"))) == 1
    transcript = latest(kept)
    assert transcript is not None
    before = transcript.read_bytes()
    (tmp_path / "played").mkdir()
    with Terminal(
        tmp_path / "played", [KOTAE, "transcript", "replay", "last", "--record", kept, "--speed", "16"]
    ) as terminal:
        terminal.sees("❯ Who may reopen it?")
        terminal.keys("End")
        assert "Only the Controller." in terminal.sees("All of them.")
        terminal.sees("The end")
        terminal.keys("q")
        assert terminal.ended() == 0
    assert transcript.read_bytes() == before
