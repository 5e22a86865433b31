from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.tui.conftest import AppOf, ready, shown, until
from tests.tui.scripted import Scripted, engine_of, loads
from tui import loading

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

    from kotae.engine import Engine


def _write(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "bad.jsonl").write_text(text, encoding="utf-8")


class _Posted:
    """What the loading thread posts."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.engine_there = threading.Event()

    def __call__(self, message: Message) -> None:
        self.messages.append(message)
        if isinstance(message, loading.EngineReady | loading.EngineFailed):
            self.engine_there.set()


@pytest.mark.parametrize("error", [RecursionError("too deep"), TypeError("odd"), OSError("gone")])
def test_whatever_is_wrong_with_the_last_transcript_the_engine_is_loaded(error: Exception) -> None:
    def latest() -> Path:
        raise error

    posted = _Posted()
    loading.start(loads(engine_of(Scripted("base"))), latest, posted)
    assert posted.engine_there.wait(20)
    assert [type(message) for message in posted.messages] == [loading.TranscriptReady, loading.EngineReady]


def test_the_engine_does_not_wait_for_the_transcripts() -> None:
    posted, asked = _Posted(), threading.Event()

    def latest() -> None:
        posted.engine_there.wait(20)
        asked.set()

    loading.start(loads(engine_of(Scripted("base"))), latest, posted)
    assert posted.engine_there.wait(10)
    assert asked.wait(10)


def test_once_all_is_loaded_garbage_is_looked_for_as_usual() -> None:
    before = gc.get_threshold()
    gc.set_threshold(200_000)
    try:
        loading.start(loads(engine_of(Scripted("base"))), lambda: None, _Posted())
        for thread in threading.enumerate():
            if thread.name == "loading":
                thread.join(20)
        assert gc.get_threshold()[0] < 10_000
    finally:
        gc.set_threshold(*before)


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"type": 1}', "\x00\xff", '{"type":"conversation","schema":"x"}']
)
async def test_a_bad_file_among_the_transcripts_keeps_nothing_from_starting(
    app_of: AppOf, transcripts: Path, text: str
) -> None:
    _write(transcripts, text)
    async with app_of().run_test() as pilot:
        await ready(pilot)
        await pilot.press("ctrl+l")
        await pilot.pause()
        assert pilot.app.is_running


async def test_what_the_engine_reports_before_a_question_can_not_steer_the_terminal(app_of: AppOf) -> None:
    def load(report: Callable[[str], None]) -> Engine:
        report("Plugin \x1b]0;x\x07[red]evil[/red]\nwas switched off.")
        return engine_of(Scripted("base"))

    async with app_of(load).run_test(size=(100, 24), notifications=True) as pilot:
        await until(pilot, lambda: "[red]evil[/red] was switched" in shown(pilot))
        picture = shown(pilot)
    assert "␛]0;x␇" in picture
    assert "\x1b" not in picture
