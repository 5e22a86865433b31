"""From start to quit in a real terminal of 80 by 24: asking, comparing and voting; finding, judging and coming back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from kotae.transcripts.read import latest, read
from tests.cli.command import KOTAE
from tests.scripted_server import answers
from tests.terminal.served import Served
from tests.terminal.tmux import Terminal, needs_tmux
from tests.tui import flagged_conversation
from tests.written import Said, write

pytestmark = [needs_tmux, pytest.mark.timeout(120)]


async def of_either(writer: asyncio.StreamWriter, request: dict[str, Any]) -> None:
    """Answers as one of two models."""
    text = "Only Controllers." if request["model"] == "tuned" else "Any user."
    await answers(text)(writer, request)


def test_two_answers_are_compared_voted_on_by_a_key_and_gone_on_from(
    tmp_path: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOTAE_BACKENDS__FINETUNED__MODEL", "tuned")
    served.plays(of_either)
    kept = tmp_path / "kept"
    with Terminal(tmp_path, [*served.command, "--backend", "base", "--record", kept]) as terminal:
        terminal.sees("Ask about the manual")
        terminal.types("/compare base finetuned")
        terminal.keys("Enter")
        terminal.sees("Ctrl+G asks base, finetuned")
        terminal.types("Are you there?")
        terminal.keys("Enter")
        terminal.sees("Any user.")
        terminal.types("Who may reopen it?")
        terminal.keys("C-g")
        terminal.sees("Better?  1 base  2 finetuned")
        terminal.sees("Only Controllers.")
        terminal.sees("Any user.")
        terminal.keys("2")
        terminal.sees("picked from 2 answers")
        terminal.types("For how long?")
        terminal.keys("Enter")
        terminal.sees("❯ For how long?")
        terminal.sees("Ready")
        terminal.keys("C-q")
        assert terminal.ended() == 0
    path = latest(kept)
    assert path is not None
    conversation = read(path)
    [vote] = conversation.preferences
    last = list(conversation.turns.values())[-1]
    assert (vote.outcome, vote.winner) == ("better", vote.turns[1])
    assert conversation.turns[vote.winner].backend == "finetuned"
    assert (last.question, last.parent) == ("For how long?", vote.winner)


def test_a_conversation_is_found_in_japanese_its_flag_judged_and_all_is_there_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOTAE_FLAGS__ENABLED", "false")  # no manual is indexed for this
    kept = tmp_path / "kept"
    path = flagged_conversation.write(kept, "ja")
    write(kept, "other", Said("Who may post?", answer="Every role."), day=3)
    (tmp_path / "first").mkdir()
    with Terminal(tmp_path / "first", [KOTAE, "--record", kept]) as terminal:
        terminal.sees("Ask about the manual")
        terminal.keys("C-f")
        terminal.sees("Who may post?")
        terminal.types("保管済み")
        screen = terminal.sees("1 found")
        assert "Who may post?" not in screen
        terminal.keys("Enter")
        terminal.sees("❯ 期間はどのように再開しますか")
        terminal.keys("F8")
        terminal.keys("C-o")
        terminal.sees("Nothing in the manual says so.")
        terminal.keys("F9")
        terminal.sees("✓ confirmed by you")
        terminal.keys("C-o")
        terminal.sees("?✓監査センター")
        terminal.keys("C-q")
        assert terminal.ended() == 0
    assert read(path).turns["t1"].flags[0].verdict == "confirmed"
    (tmp_path / "again").mkdir()
    with Terminal(tmp_path / "again", [KOTAE, "--record", kept, "--resume", path.stem]) as terminal:
        terminal.sees("?✓監査センター")
        terminal.keys("C-q")
        assert terminal.ended() == 0
