"""Pictures of the list of conversations and its dialogs, and of a conversation with branches."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.tui.conftest import AppOf, chat, ready, until
from tests.tui.stillness import stand_still
from tests.tui.test_snapshots import Snap, screens
from tests.written import Said, write
from tui.screens.conversations import ConversationsScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from kotae.language import Language


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The list tells times by the user's clock."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def fill(folder: Path) -> None:
    """What someone has asked in a few weeks."""
    write(
        folder,
        "a",
        Said(
            "Who can reopen a closed period?",
            answer="Only a user with the role Controller, and a reason has to be given.",
            backend="rag",
        ),
        Said("And for how long?", backend="base"),
        title="Reopening, as sales asked",
        pinned=True,
        day=4,
    )
    write(
        folder,
        "b",
        Said(
            "締めた期間を再開できるのは誰ですか？",
            answer="締めた期間を再開できるのは、経理責任者の役割を持つ利用者だけです。理由の入力が必要です。",
            backend="rag",
        ),
        Said("締めた期間を再開できるのは誰ですか？", backend="base", parent=None),
        Said("締めた期間を再開できるのは誰ですか？", backend="finetuned", parent=None),
        Said("いつまでですか？", backend="quote"),
        day=18,
    )
    for day in range(5, 17):
        write(
            folder, f"c{day:02}", f"Question of day {day}: what does a soft close do to open orders?", day=day
        )


def still(*keys: str, words: str = "") -> Callable[[Pilot[Any]], Any]:
    """Opens the list, waits for it, types and presses, and stops what moves."""

    async def run(pilot: Pilot[Any]) -> None:
        await ready(pilot)
        await pilot.press("ctrl+f")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConversationsScreen))
        screen = pilot.app.screen
        assert isinstance(screen, ConversationsScreen)
        await until(pilot, lambda: screen._reading is None)
        await pilot.press(*words)
        await stand_still(pilot)
        await pilot.press(*keys)
        await stand_still(pilot)

    return run


@screens
@pytest.mark.parametrize(
    ("keys", "words", "filled"),
    [
        (("down",), "", True),
        ((), "再開", True),
        ((), "nowhere", True),
        ((), "", False),
        (("f2",), "", True),
        (("f8",), "", True),
    ],
    ids=["list", "search", "found nothing", "empty", "rename", "delete"],
)
def test_it_looks_as_it_did(
    snap_compare: Snap,
    app_of: AppOf,
    transcripts: Path,
    size: tuple[int, int],
    lang: Language,
    theme: str,
    keys: tuple[str, ...],
    words: str,
    filled: bool,
) -> None:
    if filled:
        fill(transcripts)
    app = app_of(lang=lang, theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=still(*keys, words=words))


@screens
def test_branches_look_as_they_did(
    snap_compare: Snap,
    app_of: AppOf,
    transcripts: Path,
    size: tuple[int, int],
    lang: Language,
    theme: str,
) -> None:
    path = write(
        transcripts,
        "forked",
        "What is a period?" if lang == "en" else "期間とは何ですか？",
        "Who closes it?" if lang == "en" else "誰が締めますか？",
        Said("Who reopens it?" if lang == "en" else "誰が再開しますか？", parent="t1"),
        Said("When?" if lang == "en" else "いつですか？", parent="t3"),
        head="t3",
    )

    async def run(pilot: Pilot[Any]) -> None:
        screen = chat(pilot)
        await until(pilot, lambda: screen.session.begun)
        await ready(pilot)
        await pilot.press("ctrl+up", "alt+e")
        await stand_still(pilot)

    app = app_of(lang=lang, theme=theme, resume=path)
    assert snap_compare(app, terminal_size=size, run_before=run)
