"""An answer in pieces, as its flags cut it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from kotae.conversation import Flag


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an answer and the flags that lie on all of it."""

    text: str
    flags: tuple[Flag, ...]


def pieces(answer: str, flags: Sequence[Flag]) -> list[Piece]:
    """The whole answer, cut wherever a flag begins or ends. Flags that mark no part of it are left out."""
    fitting = [flag for flag in flags if flag.fits(answer)]
    edges = sorted({0, len(answer), *(edge for flag in fitting for edge in (flag.start, flag.end))})
    return [
        Piece(answer[start:end], tuple(flag for flag in fitting if flag.start <= start and end <= flag.end))
        for start, end in itertools.pairwise(edges)
    ]
