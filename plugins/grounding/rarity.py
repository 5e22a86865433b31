"""How common content words are in general text, from a table that comes with Kotae (see `flagger.md`)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

RARITY = Path(__file__).with_name("rarity.json")


def rarity(key: str) -> float:
    """Inverse document frequency of a content word in general text, 0..1; 1 for words that are not in the table."""
    return _rarities().get(key, 100) / 100


@cache
def _rarities() -> dict[str, int]:
    table: dict[str, int] = json.loads(RARITY.read_text(encoding="utf-8"))
    return table
