"""Pictures of comparisons; `pytest --snapshot-update tests/tui/test_compare_snapshots.py` takes them anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kotae.events import Delta, Finished
from tests.tui import compared_conversation
from tests.tui.conftest import AppOf, chat, ready, shown, until
from tests.tui.scripted import Scripted, engine_of
from tests.tui.stillness import stand_still
from tests.tui.test_snapshots import Snap, screens
from tui.transcript.view import TranscriptView
from tui.widgets.compare import CompareView

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import pytest
    from textual.pilot import Pilot

    from kotae.language import Language


def _voting(*keys: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    """Puts the answers of the conversation that was resumed side by side, and presses `keys`."""

    async def run(pilot: Pilot[None]) -> None:
        screen = chat(pilot)
        await until(pilot, lambda: screen._said[1])
        await ready(pilot)
        await screen.run_action("vote")
        await until(pilot, lambda: screen.query(CompareView) and "SmolLM2" in shown(pilot))
        await pilot.press(*keys)
        if "2" in keys:
            await until(pilot, lambda: not screen.query(CompareView))
            # The scroll bar goes by guesses for what was never on view: have all of it on view once.
            view = screen.query_one(TranscriptView)
            for scroll in (view.scroll_home, view.scroll_end):
                scroll(animate=False)
                await stand_still(pilot)
        await stand_still(pilot)

    return run


@screens
def test_columns_look_as_they_did(
    snap_compare: Snap, app_of: AppOf, transcripts: Path, size: tuple[int, int], lang: Language, theme: str
) -> None:
    app = app_of(lang=lang, theme=theme, resume=compared_conversation.write(transcripts, lang))
    assert snap_compare(app, terminal_size=size, run_before=_voting("tab", "f8"))


@screens
def test_the_conversation_after_the_vote_looks_as_it_did(
    snap_compare: Snap, app_of: AppOf, transcripts: Path, size: tuple[int, int], lang: Language, theme: str
) -> None:
    app = app_of(lang=lang, theme=theme, resume=compared_conversation.write(transcripts, lang))
    assert snap_compare(app, terminal_size=size, run_before=_voting("2"))


@screens
def test_a_blind_comparison_looks_as_it_did_while_it_streams(
    snap_compare: Snap,
    app_of: AppOf,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    lang: Language,
    theme: str,
) -> None:
    monkeypatch.setattr("tui.comparison.secrets.SystemRandom.shuffle", lambda self, names: names.reverse())
    answers = compared_conversation.ANSWERS[lang]
    engine = engine_of(
        *(
            Scripted(name, steps=(Delta(answer), *gates, Finished("stop")))
            for (name, answer), gates in zip(answers.items(), ((), (asyncio.Event(),), ()), strict=True)
        )
    )

    async def run(pilot: Pilot[None]) -> None:
        screen = await ready(pilot)
        screen.action_blind()
        screen.prompt.insert(compared_conversation.QUESTION[lang])
        await pilot.press("ctrl+g")
        await until(pilot, lambda: screen.query(CompareView))
        comparison = screen.query_one(CompareView).comparison
        await until(
            pilot,
            lambda: [column.state for column in comparison.columns] == ["done", "answering", "done"],
        )
        await until(pilot, lambda: screen.answering.state == "answering" and not screen.answering._checking)
        await pilot.press("right")
        await stand_still(pilot)

    assert snap_compare(app_of(engine, lang=lang, theme=theme), terminal_size=size, run_before=run)
