"""The picture in the README: `python -m tests.tui.picture OUT.svg [en|ja] [THEME]`."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kotae.settings import ChatSettings, Settings
from tests.tui import sample_conversation
from tests.tui.conftest import ready
from tests.tui.scripted import Scripted, engine_of, loads
from tests.tui.stillness import stand_still
from tui.app import KotaeApp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae.language import Language


async def picture(
    folder: Path,
    *,
    lang: Language = "en",
    theme: str = "",
    size: tuple[int, int] = (120, 36),
    keys: Sequence[str] = ("ctrl+o",),
) -> str:
    """The screen as SVG: a conversation with a flagged base answer and a rag answer, after `keys` were pressed."""
    engine = engine_of(
        Scripted("base"),
        Scripted("rag", "rag"),
        Scripted("finetuned", "finetuned"),
        Scripted("quote", "quote"),
    )
    app = KotaeApp(
        Settings(chat=ChatSettings(theme=theme)),
        load_engine=loads(engine),
        transcripts=folder,
        backend="rag",
        resume=sample_conversation.write(folder, lang),
        lang=lang,
    )
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        await stand_still(pilot)
        await pilot.press(*keys)
        await stand_still(pilot)
        return app.export_screenshot(title="Kotae")


def main(out: str, lang: str = "en", theme: str = "") -> None:
    """Writes the picture to `out`."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        svg = asyncio.run(
            picture(Path(folder) / "transcripts", lang="ja" if lang == "ja" else "en", theme=theme)
        )
    Path(out).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
