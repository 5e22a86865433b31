"""Whether a question asks how something is done. It is asked in the program that is on the screen, so it needs nothing else."""

from __future__ import annotations

import re

_ASKS_HOW = re.compile(
    r"\bhow (?:do|can|could|would|should|may|must|are|is|to)\b|\bwhere (?:do|can) (?:i|we|you)\b"
    r"|\bwhat (?:do|must|should) (?:i|we|you) do to\b|\bis there (?:a|any) way\b"
    r"|どうすれば|どうやって|方法|手順|どのように(?:行|し|設定|登録)|にはどう|するには",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.?!。？！]+[.?!。？！]?")


def asks_how(question: str) -> str:
    """What of a normalised question asks how something is done, without what leads up to it; nothing where nothing does."""
    parts = ((part, _ASKS_HOW.search(part)) for part in _SENTENCE.findall(question))
    return " ".join(
        part[asks.start() :] if asks[0].isascii() else part.strip() for part, asks in parts if asks
    )
