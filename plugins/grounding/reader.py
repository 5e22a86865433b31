"""Reads a claim beside what it is held against, both at once: who does what, whether it is denied, which number belongs where.

Counting words tells none of that once a claim is in other words. A small cross-encoder has learnt some of it, from other people's
answers and from true sentences with one thing changed; see `reader.md`. Its doubt is one more feature of the trees, which know how
far to trust it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kotae.plain import encodable
from plugins.grounding.evidence import closest
from plugins.grounding.numbers import Quantity, comparable, quantities, same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.grounding.evidence import Evidence, Window
    from plugins.grounding.text import Token

NETWORK = Path(__file__).with_name("reader.onnx")
TOKENIZER = Path(__file__).with_name("reader_tokenizer.json")
CLAIM, BESIDE = 64, 80
"""Tokens of a claim and of what it is held against that are read: an answer's 200 words in a tenth of a second of one core."""
_EXCERPT, _EXCERPT_JA = 560, 220
"""Characters that hold at least `BESIDE` tokens."""
_SEEN, _SEEN_JA = 340, 130
"""Characters that `BESIDE` tokens have on average."""
_START, _END = 0, 2
_BESIDE_BEST = 6
_SHORT = 100
"""Sentences of evidence that may be read as it stands."""
_AMOUNTS = {"second", "minute", "hour", "day", "week", "month", "year", "yen", "usd", "eur", "gbp", "percent"}
_SIDE = re.compile("(?:以内|[前後])$")
_LASTS = re.compile("(?<!時)間$")
_YEARS = 1900
"""A year from here on is no length of time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a claim."""

    doubt: float
    """Logarithmic odds that it is not borne out."""
    words: tuple[tuple[int, int, float], ...]
    """Start and end in the claim of each token that was read, and the logarithmic odds that the fault is there."""

    def worst(self, start: int, end: int) -> float:
        """The highest odds between two places of the claim; those of the whole where nothing there was read."""
        inside = [odds for begin, stop, odds in self.words if begin < end and start < stop]
        return max(inside, default=self.doubt)


VERBATIM = Reading(-6.0, ())
"""Of a claim that stands in the evidence word for word, which need not be read."""
Read = Callable[[str, str], Reading]
"""Reads a claim beside an excerpt."""


class Reader:
    """The network and its words."""

    def __init__(self, network: Path = NETWORK, tokenizer: Path = TOKENIZER) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        # One thread: the other cores are the chat's and the model's.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._network: Any = onnxruntime.InferenceSession(
            str(network), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))

    def read(self, claim: str, beside: str) -> Reading:
        """What comes of reading a claim beside an excerpt, both normalised."""
        import numpy as np

        said = self._tokenizer.encode(encodable(claim))
        tokens = said.ids[:CLAIM]
        if not tokens:
            return Reading(0.0, ())
        ids = [_START, *tokens, _END, _END, *self._tokenizer.encode(encodable(beside)).ids[:BESIDE], _END]
        doubt, odds = self._network.run(None, {"ids": np.array([ids]), "claim": np.array([len(tokens)])})
        places = zip(said.offsets[: len(tokens)], odds[0, 1 : len(tokens) + 1].tolist(), strict=True)
        return Reading(float(doubt[0]), tuple((start, end, of) for (start, end), of in places if start < end))


@cache
def bundled() -> Reader:
    """The reader that comes with Kotae."""
    return Reader()


@lru_cache(maxsize=512)
def read(claim: str, beside: str) -> Reading:
    """What the bundled reader makes of a claim. A claim comes again when the manual was asked for its names."""
    text, moved = _as_beside(claim, beside)
    reading = bundled().read(text, beside)
    if not moved:
        return reading
    return Reading(
        reading.doubt, tuple((*_back(start, end, moved), odds) for start, end, odds in reading.words)
    )


def _as_beside(claim: str, beside: str) -> tuple[str, list[tuple[int, int, int, int]]]:
    """The claim with its amounts as the excerpt writes them, for the network takes `72 h` and `3 days` for two things.

    With each that was rewritten: start and end in the claim, and in what it became.
    """
    there = _amounts(beside[:_EXCERPT])
    pieces, done, length = [], 0, 0
    moved = []
    for start, end, own in _amounts(claim) if there else ():
        as_there = [
            beside[first:last]
            for first, last, other in there
            if comparable(own.unit, other.unit) and same(own.value, own.unit, other.value, other.unit)
        ]
        if claim[end : end + 1] in ("前", "後", "以"):
            as_there = [_LASTS.sub("", amount) for amount in as_there]
        if not as_there or claim[start:end] in as_there:
            continue
        pieces += [claim[done:start], as_there[0]]
        length += start - done + len(as_there[0])
        moved.append((start, end, length - len(as_there[0]), length))
        done = end
    return "".join([*pieces, claim[done:]]), moved


def _amounts(text: str) -> list[tuple[int, int, Quantity]]:
    """Start and end of each amount that can be exchanged for one of another notation: nothing that is a part of a date, and without
    what says in Japanese on which side of it something lies (`前`, `後`, `以内`)."""
    found = []
    for quantity in quantities(text):
        written = _SIDE.sub("", text[quantity.start : quantity.end])
        of_date = quantity.unit == "year" and written[:4].isdecimal() and int(written[:4]) >= _YEARS
        if quantity.unit in _AMOUNTS and not (written.isdecimal() or of_date or re.search("-|営業", written)):
            found.append((quantity.start, quantity.start + len(written), quantity))
    return found


def _back(start: int, end: int, moved: Sequence[tuple[int, int, int, int]]) -> tuple[int, int]:
    """A place of the rewritten claim in the claim itself; a part of a quantity is all of it."""
    shift = 0
    for first, last, begin, stop in moved:
        if start < stop and begin < end:
            return first, last
        if stop <= start:
            shift = last - stop
    return start + shift, end + shift


def excerpt(words: Sequence[Token], window: Window | None, evidence: Evidence) -> str:
    """Of all the evidence what a claim is read beside: the window around its nearest sentence, then what else shares its words."""
    japanese = sum(word.key[0] > "\u3040" for word in words) > len(words) / 2
    room, seen = (_EXCERPT_JA, _SEEN_JA) if japanese else (_EXCERPT, _SEEN)
    near = closest(evidence, words, _BESIDE_BEST) if words else []
    parts = [window.text] if window else []
    if window and near and near[0].passage not in evidence.recorded:
        at = window.text.find(near[0].text)
        before = at if at >= 0 else len(window.text)
        if before and before + min(len(near[0].text), seen) > seen:
            parts.insert(0, near[0].text)  # or it would not be read any more
    taken = sum(map(len, parts))
    # Little is shared with a short context, which is then read as it stands.
    for sentence in (
        *near,
        *(evidence.sentences[:_SHORT] if taken + sum(len(s.text) for s in near) < room / 3 else ()),
    ):
        if taken + len(sentence.text) <= room and not any(sentence.text in part for part in parts):
            parts.append(sentence.text)
            taken += len(sentence.text)
    return "\n".join(parts)
