"""Pictures of flags and of what the inspector says about them; taken anew as in `test_snapshots.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from tests.tui import flagged_conversation
from tests.tui.conftest import AppOf
from tests.tui.test_snapshots import Snap, screens, still

if TYPE_CHECKING:
    from pathlib import Path

    from kotae.language import Language


@screens
@pytest.mark.parametrize(
    "keys",
    [(), ("ctrl+o", "f8", "f8"), ("ctrl+o", "f8", "f8", "f8", "f8", "f8")],
    ids=["flags", "confirmed", "rejected"],
)
def test_flags_look_as_they_did(
    snap_compare: Snap,
    app_of: AppOf,
    transcripts: Path,
    size: tuple[int, int],
    lang: Language,
    theme: str,
    keys: Sequence[str],
) -> None:
    path = flagged_conversation.write(transcripts, lang)
    app = app_of(lang=lang, theme=theme, resume=path)
    assert snap_compare(app, terminal_size=size, run_before=still(*keys, resumed=True))
