"""Editor and pager in a real terminal, in place of the screen and back."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kotae.conversation import Turn
from kotae.transcripts.record import Recorder
from tests.cli.command import KOTAE
from tests.terminal.tmux import Terminal, needs_tmux

pytestmark = [needs_tmux, pytest.mark.timeout(120)]


def program(folder: Path, name: str, body: str) -> Path:
    """A shell script to be run in place of an editor."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o700)
    return path


def recorded(folder: Path) -> None:
    from kotae.events import Delta, Finished

    recorder = Recorder(folder, "20260101T000000-aaaaaa", created="2026-01-01T00:00:00+00:00")
    recorder.opened(Turn(id="t", question="Why?", backend="base", started="2026-01-01T00:00:00+00:00"))
    recorder.event("t", Delta("Because of **this** \x1b[31mred."), 0.1)
    recorder.event("t", Finished("stop"), 0.2)
    recorder.close()


def test_the_question_is_written_in_the_editor_and_the_answer_read_in_the_pager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = program(
        tmp_path,
        "ed",
        'echo "IN THE EDITOR: $1 $2"; read key; printf "first\\nsecond\\n" > "$2"; echo x > "$2~"',
    )
    pager = program(tmp_path, "pg", f'cp -p "$1" {tmp_path}/seen; echo "IN THE PAGER"; read key; exit 1')
    monkeypatch.setenv("VISUAL", f"{editor} --wait")
    monkeypatch.setenv("PAGER", str(pager))
    monkeypatch.setenv("KOTAE_FLAGS__ENABLED", "false")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    recorded(tmp_path / "kept")
    command: list[str | Path] = [
        KOTAE,
        "--base-url",
        "http://127.0.0.1:9/v1",
        "--model",
        "m",
        "--record",
        tmp_path / "kept",
    ]
    with Terminal(tmp_path, [*command, "--resume"]) as terminal:
        terminal.sees("Because of this")
        terminal.sees("Ready")
        terminal.keys("M-o")
        terminal.sees("IN THE PAGER")
        terminal.keys("Enter")
        terminal.sees("Because of this")
        seen = tmp_path / "seen"
        assert seen.read_text(encoding="utf-8") == "Because of **this** ␛[31mred."
        assert stat.S_IMODE(seen.stat().st_mode) == 0o600
        terminal.types("draft")
        terminal.sees("draft")
        terminal.keys("M-v")
        screen = terminal.sees("IN THE EDITOR: --wait /")
        terminal.keys("Enter")
        screen = terminal.sees("second")
        assert "first" in screen
        assert "draft" not in screen
        terminal.keys("C-q")
        assert terminal.ended() == 0
    assert not list((tmp_path / "tmp").glob("kotae-*"))
