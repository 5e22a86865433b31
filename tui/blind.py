"""Hiding which backend gave which answer, until the reader has voted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kotae.conversation import Turn
    from tui.strings import Strings
    from tui.transcript.blocks import Leaf

_DEFINITION = re.compile(r"(?m)^ {0,3}\[\^?\d{1,3}\]:[^\n]*\n?")
_AROUND_LINK = re.compile(r"\]\([^()\n]*\)|\]\[[^\[\]\n]*\]|\]")


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


def uncited(answer: str) -> str:
    """An answer's Markdown without what is left out on the screen where citations are hidden."""
    from tui.transcript.document import Document

    document = Document(citations=False)
    document.append(answer)
    document.finish()
    leaves = list(document.leaves())
    # Where citations lead to is shown nowhere, and is in no leaf.
    cuts = [
        match.span()
        for match in _DEFINITION.finditer(answer)
        if not any(leaf.start <= match.start() < leaf.end for leaf in leaves)
    ]
    cuts += [_with_markup(answer, start, end) for leaf in leaves for start, end in _left_out(leaf)]
    kept, at = [], 0
    for start, end in sorted(cuts):
        kept.append(answer[at : max(at, start)])
        at = max(at, end)
    return "".join([*kept, answer[at:]])


def _left_out(leaf: Leaf) -> Iterator[tuple[int, int]]:
    """Where in the source stands what is left out of a leaf."""
    for piece in leaf.pieces:
        bounds = [*(offset for offset, _ in piece.anchors[1:]), float("inf")]
        for (offset, source), bound in zip(piece.anchors, bounds, strict=False):
            for start, end in piece.rich.left_out:
                if (a := max(start, offset)) < (b := int(min(end, bound))):
                    yield source + a - offset, source + b - offset


def _with_markup(source: str, start: int, end: int) -> tuple[int, int]:
    """The range with the link or the emphasis around it, which would be left with nothing in it, and without a line end."""
    end -= source[end - 1 : end] == "\n"
    if source[start - 1 : start] == "[" and (link := _AROUND_LINK.match(source, end)):
        start, end = start - 1, link.end()
    while start > 0 and end < len(source) and source[start - 1] == source[end] and source[end] in "*_~":
        start, end = start - 1, end + 1
    return start, end
