from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_settings_page_says_what_the_code_says() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "make_settings.py"))["page"]
    source = (ROOT / "kotae" / "settings.py").read_text(encoding="utf-8")
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == made(source), (
        "run python docs/make_settings.py"
    )
