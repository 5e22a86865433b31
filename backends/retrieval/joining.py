"""What speaks for a passage beside another: two-page questions.

The best passages by first sight are taken as the first page, one after the other. Passages that go on from one of them join the
pool: those that it links to or mentions, those that share its heaviest terms, those near to it and the question. What such a pair
is worth is told by what the second adds: the terms of the question that the first lacks (sets that cover the question are wanted,
as in Zhai, Cohen and Lafferty 2003), an edge between them, terms and meaning in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.retrieval import runs
from backends.retrieval.index import Index
from backends.retrieval.signals import Signals
from backends.retrieval.text import normalise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FIRST = 8
"""How many passages are taken as the first page."""
EXPANDED = 5
"""From how many of them it is gone on."""
TERMS = 10
"""How many of a passage's heaviest terms are followed, those apart that the question has."""
_EACH = 10
"""How many passages each of them may add by its terms."""
_MEMBERS = 4
"""How many passages of a document that one leads to."""
_MOST_LED = 100
_PAGE = 40
"""Passages of a page whose links count for the whole page: lists of related pages stand at its end."""
_NEAR = 8
_NEAR_FROM = 3
_COMMON = 0.05
"""Terms in a larger share of all passages lead nowhere."""
_FOLLOWED = 0.3
"""What a followed term counts beside the question's own."""
_TRUST = 1.5
"""By how much worse a first page may be until it counts 1/e as much."""

PAIRS = (
    "adds", "adds_of_missing", "leads_to", "led_from", "page_leads_to", "page_leads_adding",
    "shares", "shares_adding", "leads_adding", "led_adding", "leads_covering", "together",
)  # fmt: skip
_RUNS = {"runs_of_three": 3, "runs_of_five": 5}
PAIRS_NEAR = ("alike", "alike_adding", "near_both")
NAMES = (
    "score", "rank", "in_group", "covered", "adds_to_first", "adds_to_three", "title",
    *PAIRS, *PAIRS_NEAR, "terms", "spread_of_scores", *_RUNS,
)  # fmt: skip
"""The columns of `matrix`."""


@dataclass(frozen=True)
class Joined:
    """How the passages of a pool stand to each other."""

    matrix: Floats
    """A row for each passage of the pool, a column for each of `NAMES`."""
    via: NDArray[np.int64]
    """For each passage the first page that speaks most for it."""


def expansion(signals: Signals, first: NDArray[np.int64]) -> NDArray[np.int64]:
    """Passages that go on from one of `first`, best first by first sight; some may be in it."""
    import numpy as np

    index = signals.index
    found = [_led(signals, first[:EXPANDED]), _sharing(signals, first[:EXPANDED])]
    if signals.vectors is not None and index.vectors is not None:
        start = signals.passage_vectors(first[:_NEAR_FROM]) + signals.vectors[0]
        _, rows = index.vectors.search(
            np.ascontiguousarray(start, dtype=np.float32), min(_NEAR, index.vectors.ntotal), roughly=True
        )
        found.append(index.rows[rows].ravel().astype(np.int64))
    return np.unique(np.concatenate(found))


def _led(signals: Signals, first: NDArray[np.int64]) -> NDArray[np.int64]:
    """The passages of the documents that `first` lead to which match the question best."""
    import numpy as np

    index = signals.index
    pages = np.concatenate([_page(index, int(passage)) for passage in first])
    found = [np.zeros(0, dtype=np.int64)]
    for group in np.unique(index.graph.all_leads(pages)[1])[:_MOST_LED]:
        inside = _members(index, int(group))
        if len(inside) > _MEMBERS:
            inside = inside[np.argsort(-signals.words[inside], kind="stable")[:_MEMBERS]]
        found.append(inside)
    return np.concatenate(found)


def _members(index: Index, group: int) -> NDArray[np.int64]:
    """The passages of a document."""
    members, starts = index.members
    return members[starts[group] : starts[group + 1]]


def _page(index: Index, passage: int) -> NDArray[np.int64]:
    """The passages of a passage's document; of a long one those around it."""
    import numpy as np

    found = _members(index, int(index.groups[passage]))
    if len(found) <= _PAGE:
        return found
    at = int(np.searchsorted(found, passage))
    start = min(max(0, at - _PAGE // 2), len(found) - _PAGE)
    return found[start : start + _PAGE]


def followed(index: Index, question: NDArray[np.int64], passage: int) -> NDArray[np.int64]:
    """The columns of a passage's heaviest terms that the question lacks and that are not everywhere."""
    import numpy as np

    columns = index.words.foremost(np.asarray([passage]))[0].astype(np.int64)
    columns = columns[(columns >= 0) & ~np.isin(columns, question)]
    rare = index.words.frequencies(columns) <= max(_COMMON * len(index.groups), 20)
    found: NDArray[np.int64] = columns[rare][:TERMS]
    return found


def _sharing(signals: Signals, first: NDArray[np.int64]) -> NDArray[np.int64]:
    """The passages that have a first page's terms beside the question's."""
    import numpy as np

    index = signals.index
    question = np.fromiter(signals.query.terms, dtype=np.int64)
    found = [np.zeros(0, dtype=np.int64)]
    for passage in first:
        hits = [index.words.postings(int(column)) for column in followed(index, question, int(passage))]
        if not hits:
            continue
        places, inverse = np.unique(np.concatenate([hit[0] for hit in hits]), return_inverse=True)
        scores = (
            _FOLLOWED * np.bincount(inverse, np.concatenate([hit[1] for hit in hits])) + signals.words[places]
        )
        count = min(_EACH, len(places))
        found.append(places[np.argpartition(-scores, count - 1)[:count]].astype(np.int64))
    return np.concatenate(found)


def joined(signals: Signals, pool: NDArray[np.int64], score: Floats) -> Joined:
    """How the passages of `pool` (ascending) stand to the best of them.

    Args:
        score: of each at first sight.
    """
    import numpy as np

    index, query = signals.index, signals.query
    matrix = np.zeros((len(pool), len(NAMES)), dtype=np.float32)
    column = {name: at for at, name in enumerate(NAMES)}
    order = np.argsort(-score, kind="stable")
    first = order[:FIRST]
    rank = np.empty(len(pool), dtype=np.float32)
    rank[order] = np.arange(len(pool))

    columns = np.fromiter(query.terms, dtype=np.int64)
    worth = index.words.idf(columns) * np.fromiter(query.terms.values(), dtype=np.float32)
    total = float(worth.sum()) + 1e-6
    share = worth / total
    # a passage has all of a term that it could: BM25's saturation ends at the idf
    covered = np.minimum(
        1, index.words.weights(columns.tolist(), pool) / (index.words.idf(columns)[:, None] + 1e-6)
    )

    matrix[:, column["score"]] = score - score[order[0]]
    matrix[:, column["rank"]] = 1 / (1 + rank)
    matrix[:, column["in_group"]] = _place_in_group(index.groups[pool], order)
    matrix[:, column["covered"]] = share @ covered
    for name, count in (("adds_to_first", 1), ("adds_to_three", 3)):
        there = covered[:, first[:count]].max(axis=1, initial=0.0)
        matrix[:, column[name]] = share @ np.maximum(0, covered - there[:, None])
    matrix[:, column["title"]] = _title_share(index, pool, columns)
    matrix[:, column["terms"]] = np.log1p(len(columns))
    matrix[:, column["spread_of_scores"]] = score[order[0]] - score[order[min(5, len(order) - 1)]]

    texts = [_plain(index, int(passage)) for passage in pool]
    for name, found in zip(_RUNS, runs.shared(query.question, tuple(_RUNS.values()), texts), strict=True):
        matrix[:, column[name]] = found

    pairs = _pairs(signals, pool, first, columns, share, covered)
    trust = np.exp((score[first] - score[first[0]]) / _TRUST)[:, None]
    itself = first[:, None] == np.arange(len(pool))[None, :]
    best = np.zeros(len(pool), dtype=np.float32)
    via = np.full(len(pool), -1, dtype=np.int64)
    for name, values in pairs.items():
        weighted = np.where(itself, 0, trust * values)
        matrix[:, column[name]] = weighted.max(axis=0)
        if name in ("leads_to", "page_leads_to", "shares"):
            stronger = weighted.max(axis=0) > best
            via[stronger] = first[weighted.argmax(axis=0)[stronger]]
            best = np.maximum(best, weighted.max(axis=0))
    return Joined(matrix, via)


def _pairs(
    signals: Signals,
    pool: NDArray[np.int64],
    first: NDArray[np.int64],
    columns: NDArray[np.int64],
    share: Floats,
    covered: Floats,
) -> dict[str, Floats]:
    """For each of `PAIRS`, and of `PAIRS_NEAR` where there are vectors: shape (first, pool)."""
    import numpy as np

    index = signals.index
    beside = covered[:, first]
    adds = np.einsum("t,tfp->fp", share, np.maximum(0, covered[:, None, :] - beside[:, :, None]))
    missing = share @ (1 - beside)
    of_missing = adds / (missing[:, None] + 0.05)
    leads, led, page_leads = _edges(index, pool, first)
    shares = _shares(index, pool, first, columns)
    whole = (share @ covered)[None, :]
    found = {
        "adds": adds,
        "adds_of_missing": of_missing,
        "leads_to": leads,
        "led_from": led,
        "page_leads_to": page_leads,
        "page_leads_adding": page_leads * of_missing,
        "shares": shares,
        "shares_adding": shares * of_missing,
        "leads_adding": leads * of_missing,
        "led_adding": led * of_missing,
        "leads_covering": leads * (0.3 + whole),
        "together": adds + (share @ beside)[:, None],
    }
    if signals.vectors is not None:
        vectors = signals.passage_vectors(pool)
        alike = vectors[first] @ vectors.T
        both = vectors[first] + signals.vectors[0]
        both /= np.linalg.norm(both, axis=1, keepdims=True) + 1e-9
        found |= {
            "alike": alike,
            "alike_adding": alike * of_missing,
            "near_both": both @ vectors.T,
        }
    return found


def _edges(index: Index, pool: NDArray[np.int64], first: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """How strongly each of `first` leads to each passage's document, each passage to theirs, and their whole page to it."""
    import numpy as np

    groups = index.groups[pool]
    place, targets, weights = index.graph.all_leads(pool)
    leads = np.zeros((len(first), len(pool)), dtype=np.float32)
    led, page_leads = np.zeros_like(leads), np.zeros_like(leads)
    pages: dict[int, Floats] = {}
    for at, passage in enumerate(first):
        mine = place == passage
        leads[at] = _strongest(targets[mine], weights[mine], groups)
        back = targets == groups[passage]
        led[at, place[back]] = weights[back]
        page = int(groups[passage])
        if page not in pages:
            pages[page] = _strongest(*index.graph.all_leads(_page(index, int(pool[passage])))[1:], groups)
        page_leads[at] = pages[page]
    return leads, led, page_leads


def _strongest(targets: NDArray[np.int32], weights: Floats, groups: NDArray[np.int32]) -> Floats:
    """For each of `groups` the weight of the strongest edge to it, 0 where there is none."""
    import numpy as np

    if not len(targets):
        return np.zeros(len(groups), dtype=np.float32)
    order = np.lexsort((-weights, targets))
    to, strength = targets[order], weights[order]
    found = np.minimum(np.searchsorted(to, groups), len(to) - 1)
    return np.where(to[found] == groups, strength[found], np.float32(0))


def _shares(
    index: Index, pool: NDArray[np.int64], first: NDArray[np.int64], columns: NDArray[np.int64]
) -> Floats:
    """How much of the heaviest terms of each of `first` that the question lacks each passage has, 0..1."""
    import numpy as np

    terms = index.words.foremost(pool[first]).astype(np.int64)
    wanted = (terms >= 0) & ~np.isin(terms, columns)
    wanted &= np.cumsum(wanted, axis=1) <= TERMS
    every = np.unique(terms[wanted])
    if not len(every):
        return np.zeros((len(first), len(pool)), dtype=np.float32)
    has = index.words.weights(every.tolist(), pool)
    idf = index.words.idf(every)
    has /= idf[:, None]  # 0..1
    weights = np.zeros((len(first), len(every)), dtype=np.float32)
    for at in range(len(first)):
        mine = np.searchsorted(every, terms[at][wanted[at]])
        weights[at, mine] = has[mine, first[at]] * idf[mine]
    found: Floats = (weights @ has) / (weights.sum(axis=1, keepdims=True) + 1e-6)
    return found


def _place_in_group(groups: NDArray[Any], order: NDArray[np.int64]) -> Floats:
    """How many passages of the same document stand before each one, at most 3."""
    import numpy as np

    ordered = groups[order]
    by_group = np.argsort(ordered, kind="stable")
    ordered = ordered[by_group]
    place = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    found = np.empty(len(groups), dtype=np.float32)
    found[order[by_group]] = np.minimum(place, 3)
    return found


def _title_share(index: Index, pool: NDArray[np.int64], columns: NDArray[np.int64]) -> Floats:
    """How much of a passage's title is in the question, 0..1, rare terms counting more."""
    import numpy as np

    terms = index.words.titles(pool)
    worth = np.where(terms >= 0, index.words.idf(np.maximum(terms, 0)), 0)
    found: Floats = (worth * np.isin(terms, columns)).sum(axis=1) / (worth.sum(axis=1) + 1e-6)
    return found.astype(np.float32)


def _plain(index: Index, passage: int) -> str:
    found = index.passages[passage]
    return normalise(f"{found.title}\n{found.text}")
