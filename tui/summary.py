"""How much of an answer stands in the manual, in one line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tui.footer import SEPARATOR
from tui.transcript.flags import GLYPHS, Summary

if TYPE_CHECKING:
    from kotae.conversation import Turn
    from tui.strings import Strings

FLAG, CLEAN, CHECKING = "⚑", "✓", "◌"


def checking(text: Strings) -> Summary:
    """While flags may still come."""
    return Summary((f"{CHECKING} {text.checking}",))


def summary(turn: Turn, text: Strings) -> Summary | None:
    """How many claims of a turn that is over have no support, and what was flagged in it; None where nothing was judged.

    What the reader has rejected counts as little as if it had never been flagged.
    """
    flags = Counter(flag.kind for flag in turn.flags if flag.counts)
    said = text.flags
    words = _claims(turn, text)
    if words is None:
        if not flags and turn.claims is None:
            return None
        words = said.outside.format(count=flags.total()) if flags else said.nothing_to_judge
    parts = [f"{FLAG if flags else CLEAN} {words}"]
    if turn.groundedness is not None:
        parts.append(said.groundedness.format(share=f"{turn.groundedness:.2f}"))
    short = SEPARATOR.join(parts)
    kinds = sorted(flags, key=list(GLYPHS).index)
    in_words = "  ".join(
        said.counted.format(glyph=GLYPHS[kind], kind=said.counts[kind], count=flags[kind]) for kind in kinds
    )
    in_glyphs = " ".join(f"{GLYPHS[kind]}{flags[kind]}" for kind in kinds)
    rejected = sum(not flag.counts for flag in turn.flags)
    more = said.rejected_count.format(count=rejected) if rejected else ""
    variants = (
        SEPARATOR.join(filter(None, parts))
        for parts in ((short, in_words, more), (short, in_glyphs, more), (short, in_glyphs), (short,))
    )
    return Summary(tuple(dict.fromkeys(variants)), flagged=bool(flags))


def _claims(turn: Turn, text: Strings) -> str | None:
    """How many claims there are and how many lack support; None where there are none, or nothing was judged."""
    if turn.groundedness is None:
        return None
    claims = turn.claims
    if claims is None:  # recorded before claims were counted
        from kotae.claims import judged

        claims = len(judged(turn.answer)) or 1
    count = round((1 - turn.groundedness) * claims)
    said = text.flags
    if claims == 1:
        return said.only_unsupported if count else said.supported_one
    if count == 1:
        return said.unsupported_one.format(claims=claims)
    return (said.unsupported if count else said.supported).format(count=count, claims=claims)
