from __future__ import annotations

import pytest

from kotae.conversation import Turn
from kotae.events import Delta, Finished, Opened, Progress
from kotae.pace import Pace
from tests.tui.transcript.host import Host
from tui.feed import Feed, progress
from tui.strings import strings
from tui.transcript.view import TranscriptView


def test_progress_shows_the_rate_and_the_time_left_in_the_reader_s_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = 0.0
    monkeypatch.setattr("tui.feed.monotonic", lambda: at)
    english, japanese = Pace(), Pace()
    for done in range(0, 700, 100):
        event = Progress("Building the index", done, 30_000, "passages")
        shown = (progress(event, strings("en"), english), progress(event, strings("ja"), japanese))
        at += 1.0
    assert shown == (
        "Building the index 2% · 100/s · 5 min left",
        "索引を作成中 2% · 毎秒 100 件 · 残り 5 分",
    )
    assert progress(Progress("Reading the manual"), strings("en"), english) == "Reading the manual…"


async def test_the_last_words_are_shown_as_soon_as_the_answer_has_ended() -> None:
    turn = Turn(id="t", question="Why?", backend="base", started="2026-01-01T00:00:00+00:00")
    app = Host()
    async with app.run_test(size=(60, 20)):
        view = app.query_one(TranscriptView)
        feed = Feed(view, strings("en"), lambda _: "$primary")
        feed.take(Opened(turn), turn)
        feed.take(Delta("The first words. "), turn)
        view.flush()
        feed.take(Delta("The last words."), turn)
        feed.take(Finished("stop"), turn)
        # Nothing was waited for, so no timer has run.
        assert "The last words." in "\n".join(view.render_line(y).text for y in range(view.size.height))
