from __future__ import annotations

import pytest

from kotae.events import Progress
from kotae.pace import Pace
from tui.feed import progress
from tui.strings import strings


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
