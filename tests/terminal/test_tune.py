"""Training by a service, followed in a real terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import KOTAE
from tests.terminal.served import beside
from tests.terminal.tmux import Terminal, needs_tmux
from tests.tuning_server import KEY, MODELS, TuningService

pytestmark = [needs_tmux, pytest.mark.timeout(120)]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[TuningService]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    service = TuningService(unending=True)
    with beside(service):
        monkeypatch.setenv("OPENAI_BASE_URL", service.base_url)
        yield service


@pytest.fixture
def command(tmp_path: Path) -> list[str | Path]:
    rows = tmp_path / "rows.jsonl"
    said = [
        {"messages": [{"role": "user", "content": f"{n}?"}, {"role": "assistant", "content": f"{n}."}]}
        for n in range(12)
    ]
    rows.write_text("".join(json.dumps(one) + "\n" for one in said), encoding="utf-8")
    return [KOTAE, "tune", "run", rows, "--model", MODELS[0], "--yes"]


def test_the_curve_is_drawn_while_it_grows_and_nothing_of_it_stays_after_ctrl_c(
    tmp_path: Path, service: TuningService, command: list[str | Path]
) -> None:
    with Terminal(tmp_path, command) as terminal:
        terminal.sees("loss by step")
        screen = terminal.sees("100%  ")
        assert "20 min left" in screen
        assert "loss 0.900" in screen
        assert max(map(len, screen.splitlines())) <= 77
        terminal.keys("C-c")
        screen = terminal.sees("Job 1 goes on without being followed.")
        terminal.sees("Stopped.")
        assert terminal.ended() == 1
        assert "loss by step" not in terminal.screen()
    assert service.jobs["ftjob-0001"]["status"] == "running"


def test_a_small_terminal_has_room_for_how_far_it_is(
    tmp_path: Path, service: TuningService, command: list[str | Path]
) -> None:
    with Terminal(tmp_path, command, width=50, height=12) as terminal:
        screen = terminal.sees("loss 0.900")
        assert "Training" in screen
        assert "loss by step" not in screen
        terminal.keys("C-c")
        terminal.sees("Stopped.")
