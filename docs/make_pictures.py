"""Draws the README's pictures: a real conversation, recorded in docs/images/conversation.jsonl, as the screen shows it.

Run it with `make screenshots`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from kotae.cli.compose import load_engine
from kotae.settings import FlagSettings, Settings
from tui.app import KotaeApp
from tui.screenshot import mended

IMAGES = Path(__file__).parent / "images"
RECORDED = IMAGES / "conversation.jsonl"
PICTURES: dict[str, tuple[str, tuple[int, int], tuple[str, ...]]] = {
    "kotae.svg": ("kotae-dark", (132, 24), ("/", "v", "o", "t", "e", "enter")),
    "kotae-flags.svg": ("kotae-light", (132, 38), ("f8", "ctrl+o")),
}
"""By name: the theme, the size in cells, and the keys: the answers beside each other; the first flag, and why it was raised."""


async def picture(theme: str, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    """The recorded conversation as SVG, after `keys` were pressed."""
    settings = Settings(flags=FlagSettings(enabled=False))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder  # no draft of the developer's in the picture
        transcript = Path(shutil.copy(RECORDED, folder))
        app = KotaeApp(
            settings,
            load_engine=lambda report: load_engine(settings, report),
            transcripts=Path(folder),
            backend="rag",
            resume=transcript,
        )
        async with app.run_test(size=size) as pilot:
            app.theme = theme
            await pilot.pause(3.0)
            for key in keys:
                await pilot.press(key)
                await pilot.pause(0.5)
            await pilot.pause(4.0)  # short messages in the status line go by themselves
            return mended(app.export_screenshot(title="Kotae"))


def main() -> None:
    for name, (theme, size, keys) in PICTURES.items():
        (IMAGES / name).write_text(asyncio.run(picture(theme, size, keys)), encoding="utf-8")


if __name__ == "__main__":
    main()
