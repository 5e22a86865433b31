"""What the reader learns from: claims beside excerpts, in tokens."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import asked, changed, composed, readings, wordnet
from benchmarks import train_flagger as flagger
from benchmarks.e5 import END, START
from plugins.grounding.languages import is_japanese
from plugins.grounding.reader import BESIDE, CLAIM, Read, Reading
from plugins.grounding.text import normalise

BALANCE = 0.5
"""The power of `train_flagger`'s weights: small sets count for more than their size, but not as much as large ones."""
COMPOSED, COMPOSED_AGAIN = 24000, 2000
"""Claims of `benchmarks.composed` to begin with, and in each later round, lest they be forgotten."""
CHANGED = 0.15
"""Of the sets' true claims so many are also read with one thing changed: there they are in other words than the evidence, which the
sentences to begin with are not."""
_TOKENS_BESIDE_FIRST = 96
_NEARBY = 200


@dataclass(frozen=True, slots=True)
class Example:
    """A claim beside its excerpt, in tokens."""

    ids: list[int]
    length: int
    """Of the claim."""
    label: float
    weight: float
    marks: list[float] | None
    """For each token of the claim whether it is at fault; None: nobody said where."""


def made(corpora: Path, lexicon: wordnet.Lexicon) -> list[changed.Changed]:
    """What is read before the sets, in no order: sentences of passages, answers to questions, and composed claims."""
    sentences = changed.sentences(corpora, lexicon)
    nearby: dict[str, list[str]] = {"en": [], "ja": []}
    for one in sentences:
        if not one.label and len(one.claim) < _NEARBY:
            nearby["ja" if is_japanese(one.claim) else "en"].append(one.claim)
    found = [*sentences, *asked.claims(corpora), *composed.claims(COMPOSED, nearby)]
    random.Random(2).shuffle(found)  # noqa: S311
    return found


def more(
    chosen: Sequence[int],
    examples: Sequence[Example],
    texts: Sequence[tuple[str, str]],
    tokenizer: Any,
    lexicon: wordnet.Lexicon,
    epoch: int,
) -> list[Example]:
    """What is read in a round beside the sets' claims: some of the true ones changed, and composed ones."""
    chance = random.Random(epoch)  # noqa: S311
    makers = [changed.Maker(japanese, chance, lexicon) for japanese in (False, True)]
    found = []
    for at in chosen:
        claim, beside = texts[at]
        if examples[at].label or chance.random() > CHANGED:
            continue
        if other := makers[is_japanese(claim)].change(claim, beside):
            one = changed.Changed(other, beside, 1, claim)
            found += [replace(read, weight=examples[at].weight) for read in of_made([one], tokenizer, BESIDE)]
    again = composed.claims(COMPOSED_AGAIN, {"en": (), "ja": ()}, seed=100 + epoch)
    return found + of_made(again, tokenizer)


def of_made(
    claims: Sequence[changed.Changed], tokenizer: Any, room: int = _TOKENS_BESIDE_FIRST
) -> list[Example]:
    """Made claims in tokens, of what they are beside no more than `room`."""
    examples = []
    for one in claims:
        said = normalise(one.claim).text
        tokens = tokenizer.encode(said)
        if not tokens.ids:
            continue
        if not one.label:
            marks = [0.0] * len(tokens.ids)
        elif one.true is None:
            marks = [1.0] * len(tokens.ids)
        else:
            places = changed.places(normalise(one.true).text, said)
            marks = [float(any(a < end and start < b for a, b in places)) for start, end in tokens.offsets]
        beside = tokenizer.encode(normalise(one.beside).text).ids[:room]
        examples.append(_example(tokens.ids, beside, one.label, 1.0, marks))
    return examples


def collected(folder: Path) -> tuple[flagger.Data, list[tuple[str, str]]]:
    """The claims of the sets, and what of each is read: claim and excerpt, both empty where nothing is."""
    texts: list[tuple[str, str]] = []

    def reads(key: readings.Key) -> Read:
        del key
        texts.append(("", ""))

        def read(claim: str, beside: str) -> Reading:
            texts[-1] = claim, beside
            return Reading(0.0, ())

        return read

    return flagger.read(folder, reads), texts


def of_sets(data: flagger.Data, texts: Sequence[tuple[str, str]], tokenizer: Any) -> list[Example]:
    """All claims of the sets in tokens, weighted as the trees weight them, but less."""
    weights = flagger.blamed(data) ** BALANCE
    weights /= weights[data.taught].mean()
    examples = []
    for piece, (claim, beside), weight in zip(data.pieces, texts, weights.tolist(), strict=True):
        tokens = tokenizer.encode(claim)
        spans = data.rows[piece.row]["spans"]
        marks = None
        if spans is not None:
            plain = normalise(piece.claim.plain)
            marks = []
            for begin, stop in tokens.offsets[:CLAIM]:
                start, end = (
                    (piece.claim.start + at for at in plain.span(begin, stop)) if begin < stop else (0, 0)
                )
                marks.append(float(any(a < end and start < b for a, b, _ in spans)))
        examples.append(
            _example(tokens.ids, tokenizer.encode(beside).ids[:BESIDE], piece.label, weight, marks)
        )
    return examples


def _example(
    claim: Sequence[int], beside: Sequence[int], label: int, weight: float, marks: Sequence[float] | None
) -> Example:
    said = list(claim[:CLAIM])
    ids = [START, *said, END, END, *beside, END]
    return Example(ids, len(said), float(label), weight, None if marks is None else list(marks[:CLAIM]))
