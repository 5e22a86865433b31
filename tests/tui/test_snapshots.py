"""Pictures of the screens; `pytest --snapshot-update tests/tui/test_snapshots.py` takes them anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from tests.tui import sample_conversation
from tests.tui.conftest import AppOf, chat, ready, until
from tests.tui.stillness import stand_still

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from kotae.language import Language

SMALL, LARGE = (80, 24), (120, 40)
Snap = Callable[..., bool]


def still(*keys: str, resumed: bool = False) -> Callable[[Pilot[Any]], Any]:
    """Waits for everything to be loaded, presses `keys`, and stops what moves."""

    async def run(pilot: Pilot[Any]) -> None:
        screen = chat(pilot)
        if resumed:
            await until(pilot, lambda: screen._said[1])  # that it was resumed: said when it is shown
        await ready(pilot)
        await stand_still(pilot)
        await pilot.press(*keys)
        await stand_still(pilot)

    return run


screens = pytest.mark.parametrize(
    ("size", "lang", "theme"),
    [
        (SMALL, "en", "kotae-dark"),
        (SMALL, "ja", "kotae-light"),
        (LARGE, "ja", "kotae-dark"),
        (LARGE, "en", "kotae-light"),
    ],
    ids=["80x24-en-dark", "80x24-ja-light", "120x40-ja-dark", "120x40-en-light"],
)
"""Both sizes, languages and themes, each with each once."""


@screens
@pytest.mark.parametrize(
    ("keys", "resumed"),
    [
        ((), False),
        ((), True),
        (("ctrl+o", "f7"), True),
        (("ctrl+o",), True),
        (("ctrl+t",), True),
        (("f1",), False),
    ],
    ids=["empty", "conversation", "inspector", "search", "query", "help"],
)
def test_it_looks_as_it_did(
    snap_compare: Snap,
    app_of: AppOf,
    transcripts: Path,
    size: tuple[int, int],
    lang: Language,
    theme: str,
    keys: Sequence[str],
    resumed: bool,
) -> None:
    path = sample_conversation.write(transcripts, lang) if resumed else None
    app = app_of(lang=lang, theme=theme, backend="rag" if resumed else "base", resume=path)
    assert snap_compare(app, terminal_size=size, run_before=still(*keys, resumed=resumed))
