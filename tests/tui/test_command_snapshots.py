"""Pictures of what is offered while something is typed, of the palette, the settings and the choice of a code block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from kotae.conversation import Passage, Turn
from kotae.events import Delta, Finished
from kotae.settings import load
from kotae.settings_file import SettingsFile
from kotae.transcripts.record import Recorder
from tests.tui.conftest import AppOf, chat, until
from tests.tui.paged import paged
from tests.tui.scripted import Scripted, engine_of, loads
from tests.tui.stillness import stand_still
from tests.tui.test_snapshots import screens, still
from tui.app import KotaeApp
from tui.screens.choice import ChoiceScreen
from tui.screens.settings import SettingsScreen

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from kotae.language import Language

Snap = Callable[..., bool]


@screens
@pytest.mark.parametrize(
    "typed", ["/", "/copy", "/backend ", "Why, see @"], ids=["all", "one", "names", "pages"]
)
def test_what_is_offered_looks_as_it_did(
    snap_compare: Snap, app_of: AppOf, size: tuple[int, int], lang: Language, theme: str, typed: str
) -> None:
    async def run(pilot: Pilot[Any]) -> None:
        await still(*typed)(pilot)
        await until(pilot, lambda: chat(pilot).query_one("#completions").display)
        await pilot.press("down")
        await stand_still(pilot)

    assert snap_compare(app_of(paged(), lang=lang, theme=theme), terminal_size=size, run_before=run)


@screens
@pytest.mark.parametrize("key", ["ctrl+p", "ctrl+s"], ids=["palette", "settings"])
def test_palette_and_settings_look_as_they_did(
    snap_compare: Snap, app_of: AppOf, size: tuple[int, int], lang: Language, theme: str, key: str
) -> None:
    async def run(pilot: Pilot[Any]) -> None:
        await still(key)(pilot)
        await stand_still(pilot)

    assert snap_compare(app_of(lang=lang, theme=theme), terminal_size=size, run_before=run)


@screens
def test_a_setting_that_is_wrong_looks_as_it_did(
    snap_compare: Snap,
    transcripts: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    lang: Language,
    theme: str,
) -> None:
    monkeypatch.setenv("KOTAE_BACKENDS__BASE__MODEL", "qwen3:4b")

    async def run(pilot: Pilot[Any]) -> None:
        await still("ctrl+s", "tab", "tab", *"x", "ctrl+s")(pilot)
        assert isinstance(pilot.app.screen, SettingsScreen)
        await stand_still(pilot)

    app = KotaeApp(
        load({"chat": {"theme": theme}}),
        load_engine=loads(engine_of(Scripted("base"))),
        transcripts=transcripts,
        settings_file=SettingsFile(overrides={"chat": {"theme": theme}}),
        lang=lang,
    )
    assert snap_compare(app, terminal_size=size, run_before=run)


@screens
def test_the_choice_of_a_code_block_looks_as_it_did(
    snap_compare: Snap, app_of: AppOf, transcripts: Path, size: tuple[int, int], lang: Language, theme: str
) -> None:
    said = "One:\n\n```python\nprint(1)\n```\n\nTwo:\n\n```\nつづき\nの行\n```\n"
    page = Passage(id="p", document="closing/periods.md", title="会計期間", text="…")
    recorder = Recorder(transcripts, "20260102T030405-aaaaaa", created="2026-01-02T03:04:05+00:00")
    turn = Turn(
        id="t", question="How, by @closing/periods.md?", backend="base", started="2026-01-02T03:04:05"
    )
    recorder.opened(turn)
    recorder.attached("t", (page,))
    recorder.event("t", Delta(said), 0.5)
    recorder.event("t", Finished("stop"), 1.5)
    recorder.closed(replace(turn, status="stop", answer=said, first_token=0.5, total=1.5))
    recorder.close()

    async def run(pilot: Pilot[Any]) -> None:
        await still("alt+k", resumed=True)(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceScreen))
        await stand_still(pilot)

    app = app_of(lang=lang, theme=theme, resume=recorder.path)
    assert snap_compare(app, terminal_size=size, run_before=run)
