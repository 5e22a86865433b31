"""Hiding which backend gave which answer, until the reader has voted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kotae.conversation import Turn
    from tui.strings import Strings


def letter(place: int) -> str:
    """What the answer at a place, from 0, is called: A to Z, then A2 and so on."""
    rounds, place = divmod(place, 26)
    return f"{chr(ord('A') + place)}{rounds + 1 if rounds else ''}"


def masked(turn: Turn, called: str, text: Strings) -> Turn:
    """`turn` with nothing in it that tells its backend: no names, searches, messages, timings, tokens, cost or errors."""
    return replace(
        turn,
        backend=called,
        error=text.compare.failed if turn.error else "",
        hint="",
        rewrite=None,
        passages=(),
        prompt=(),
        usage=None,
        first_token=None,
        total=None,
        cost=None,
    )
