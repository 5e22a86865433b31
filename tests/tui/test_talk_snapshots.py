"""Pictures of a talk: prepared questions, presentation mode, a recorded conversation; taken anew as in `test_snapshots.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kotae.script import Step
from tests.tui import flagged_conversation, sample_conversation
from tests.tui.conftest import AppOf, shown, until
from tests.tui.stillness import stand_still
from tests.tui.test_replay import play, replay
from tests.tui.test_snapshots import Snap, screens, still
from tui.talk import Talk

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from kotae.language import Language

STEPS = {
    "en": (Step("Who can reopen a closed period?", "rag"), Step("How long does it stay open?")),
    "ja": (Step("締めた期間を再開できるのは誰ですか？", "rag"), Step("いつまで開いていますか？")),
}


@screens
@pytest.mark.parametrize(
    ("present", "keys"),
    [(False, ()), (False, ("alt+g",)), (True, ("alt+g",)), (True, ("f8", "ctrl+o"))],
    ids=["script", "standing", "present", "present-inspector"],
)
def test_a_talk_looks_as_it_did(
    snap_compare: Snap,
    app_of: AppOf,
    transcripts: Path,
    size: tuple[int, int],
    lang: Language,
    theme: str,
    present: bool,
    keys: tuple[str, ...],
) -> None:
    path = sample_conversation.write(transcripts, lang)
    app = app_of(lang=lang, theme=theme, backend="rag", resume=path, talk=Talk(STEPS[lang], present))
    assert snap_compare(app, terminal_size=size, run_before=still(*keys, resumed=True))


@screens
@pytest.mark.parametrize("keys", [("plus", "end"), ("end", "f8", "ctrl+o")], ids=["end", "flag"])
def test_a_recorded_conversation_looks_as_it_did(
    snap_compare: Snap,
    tmp_path: Path,
    size: tuple[int, int],
    lang: Language,
    theme: str,
    keys: tuple[str, ...],
) -> None:
    app, _ = play(flagged_conversation.write(tmp_path, lang), lang=lang, theme=theme)

    async def run(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: "❯" in shown(pilot))
        await pilot.press("space", *keys)
        await until(pilot, lambda: replay(pilot).player.over)
        await stand_still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=run)
