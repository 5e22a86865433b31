"""Choosing the sentences of some passages that answer a question, without a model.

Greedy coverage, as in query-focused summaries by maximal marginal relevance (Carbonell and Goldstein 1998): a part is worth what
it covers of the question's terms, each weighted by how rare it is in the manual (BM25's idf), and what has been covered before is
worth nothing. To that come how well the search ranked its passage, and whether it holds the kind of answer that is asked for.

Whether anything is quoted at all is decided by the same measure in absolute terms, so it does not hang on the scores of a search,
which are comparable within that search alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from backends.retrieval.asking import Wanted, suits, wanted, who_does
from backends.retrieval.queries import sub_questions, weighted_parts
from backends.retrieval.quotable import Quotable, quotables
from backends.retrieval.text import length, tokens
from kotae.conversation import Passage

ENOUGH = 0.38
"""Share of the question that has to be covered. Chosen on the sample manual's questions, of which it refuses one in ten that the
manual answers and seven in ten that it does not; checked on questions about other texts."""
MOST = 3
"""Parts that are quoted at most."""

_ABOVE = 0.8
"""What a term counts that stands not in the part itself, but in the headings, the lead or the head of the table above it."""
_RANK = 0.4
"""What the best passage is worth; in shares of the question, as all that follows."""
_OF_PAGE = 0.7
"""What the best passage of a page counts for the others of that page."""
_SUITS = 0.2
"""What holding the kind of answer asked for is worth."""
_WHOLE = 0.2
"""What a list is worth as a whole with a sentence that leads into it, or a procedure where one is asked for; else its cost."""
_TOKEN = 0.0015
"""What each token of a list as a whole costs."""
_NEIGHBOUR = 0.1
"""What it is worth to go on in a paragraph."""
_NEW = 0.03
"""What a part has to add at least that is no neighbour and suits no better."""
_TOLD = 0.2
"""What it costs to say what the last answer has said."""
_ALIKE = 0.8
"""Share of its terms from which on a part repeats another."""
_MIXED = 0.4
"""What a bigram with hiragana in it counts: half of those are endings."""

_HIRAGANA = re.compile(r"[\u3041-\u3096]")
_TALK = """
    able allow answer anything ask become becomes come comes does exactly example explain far find get gets give go goes going
    got happen happens happened help know let like long make makes many may mean means might much name need needed needs often
    one people possible question right see show shown someone something still sure take takes tell thing things try use used
    using want way ways well work works wrong
"""
_TALK_JA = "何誰教様的"
_LIGHT = frozenset(tokens(_TALK)) | frozenset(_TALK_JA)
"""Words that people ask with; they say nothing about what is asked."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How common terms are in a manual."""

    passages: int
    of: Mapping[str, int]
    """The number of passages that a term occurs in."""


@dataclass(frozen=True, slots=True, order=True)
class Pick:
    """A part that was chosen."""

    passage: int
    """Place of the passage, from 0."""
    part: int
    """Place among the passage's `quotables`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, and how much speaks for it."""

    picks: tuple[Pick, ...]
    """The best first."""
    evidence: float
    """0..1: the share of the question that the picks cover with what stands above them, and that the best passage covers; their
    mean, by the terms' weights."""

    @property
    def fits(self) -> bool:
        """Whether the picks are worth quoting."""
        return bool(self.picks) and self.evidence >= ENOUGH


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    pick: Pick
    part: Quotable
    terms: frozenset[str]
    covers: Mapping[str, float]
    """How well it covers each of the question's terms that it has."""
    suits: float
    """How well it can hold the kind of answer that is asked for."""
    merit: float
    """What speaks for it apart from what it covers."""


def question_terms(query: str) -> dict[str, float]:
    """The terms of a query (see `queries`) that say what it is about, with what each counts before its rarity is known."""
    question, more = sub_questions(query)
    weights: dict[str, float] = {}
    for text, weight in [*weighted_parts(question), *((part, 1.0) for part in more)]:
        for term in _content(text):
            weights[term] = max(weight, weights.get(term, 0.0))
    mixed = {term for term in weights if _HIRAGANA.search(term)}
    if len(mixed) < len(weights):
        for term in mixed:
            weights[term] *= _MIXED
    return weights


def choose(query: str, passages: Sequence[Passage], counts: Counts | None = None, told: str = "") -> Choice:
    """At most `MOST` parts of the passages that answer the query together.

    Args:
        query: as it was searched for.
        passages: what was found, best first.
        counts: for the terms of `question_terms(query)`; without them, all terms count alike.
        told: what was answered last; a follow-up asks for something else.
    """
    weights = _weighted(question_terms(query), counts)
    total = sum(weights.values())
    if not total:
        return Choice((), 0.0)
    candidates = _candidates(query, passages, weights, _content(told))
    picked: list[_Candidate] = []
    covered: dict[str, float] = {}
    while len(picked) < MOST:
        best = max(
            (c for c in candidates if not picked or _adds(c, picked, weights)),
            key=lambda c: _gain(c, covered, weights) + c.merit + _NEIGHBOUR * _goes_on(c, picked),
            default=None,
        )
        if best is None:
            break
        picked.append(best)
        for term, share in best.covers.items():
            covered[term] = max(share, covered.get(term, 0.0))
        candidates = [c for c in candidates if c is not best and not _repeats(c, best)]
    own = sum(weights[term] for term in covered) / total
    whole = max((_share(_content(f"{p.title}\n{p.text}"), weights) for p in passages), default=0.0)
    return Choice(tuple(c.pick for c in picked), (own + whole) / 2)


def _weighted(terms: Mapping[str, float], counts: Counts | None) -> dict[str, float]:
    if counts is None:
        return dict(terms)
    return {term: weight * _rarity(counts, term) for term, weight in terms.items()}


def _rarity(counts: Counts, term: str) -> float:
    having = min(counts.of.get(term, 0), counts.passages)
    return math.log(1 + (counts.passages - having + 0.5) / (having + 0.5))


def _candidates(
    query: str, passages: Sequence[Passage], weights: Mapping[str, float], told: frozenset[str]
) -> list[_Candidate]:
    question, more = sub_questions(query)
    want = wanted(" ".join([*(text for text, _ in weighted_parts(question)[-1:]), *more]))
    found = []
    for place, (passage, rank) in enumerate(zip(passages, _ranks(passages), strict=True)):
        for number, part in enumerate(quotables(passage.title, passage.text)):
            terms = _content(part.text)
            if len(terms) < 2 and not part.points_back:  # `See Receipts.` answers nothing
                continue
            above = _content(f"{part.heading}\n{part.lead}")
            covers = {t: 1.0 if t in terms else _ABOVE for t in weights if t in terms or t in above}
            head = part.lead if part.kind == "row" else ""
            does = {term for term in _content(who_does(head)) if not _HIRAGANA.search(term)}
            fit = suits(part.text, head, want, others=bool(does) and does.isdisjoint(weights))
            merit = rank + _SUITS * fit + _as_a_whole(part, want)
            if len(terms & told) >= 0.7 * len(terms):
                merit -= _TOLD
            found.append(_Candidate(Pick(place, number), part, terms, covers, fit, merit))
    return found


def _ranks(passages: Sequence[Passage]) -> list[float]:
    """What each passage is worth for its place in the search, and for that of the best one of its page."""
    top = max((passage.score for passage in passages), default=0.0)
    own = [max(0.0, passage.score) / top if top > 0 else 1 / (1 + at) for at, passage in enumerate(passages)]
    of_page: dict[str, float] = {}
    for passage, rank in zip(passages, own, strict=True):
        of_page[passage.document] = max(rank, of_page.get(passage.document, 0.0))
    return [
        _RANK * max(rank, _OF_PAGE * of_page[passage.document])
        for passage, rank in zip(passages, own, strict=True)
    ]


def _as_a_whole(part: Quotable, want: Wanted) -> float:
    if part.kind not in ("list", "procedure"):
        return 0.0
    fits = bool(part.lead) or (part.kind == "procedure" and want.procedure)
    return (_WHOLE if fits else -_WHOLE) - _TOKEN * length(part.text)


def _gain(candidate: _Candidate, covered: Mapping[str, float], weights: Mapping[str, float]) -> float:
    total = sum(weights.values())
    more = (weights[t] * max(0.0, share - covered.get(t, 0.0)) for t, share in candidate.covers.items())
    return sum(more) / total


def _adds(candidate: _Candidate, picked: Sequence[_Candidate], weights: Mapping[str, float]) -> bool:
    """Whether it brings a term of the question that no pick has, suits it better, or goes on where one ends."""
    said = frozenset().union(*(pick.terms for pick in picked))
    return (
        _share(candidate.terms - said, weights) >= _NEW
        or candidate.suits > max(pick.suits for pick in picked)
        or _goes_on(candidate, picked)
    )


def _goes_on(candidate: _Candidate, picked: Sequence[_Candidate]) -> bool:
    return candidate.part.kind == "sentence" and any(
        pick.pick.passage == candidate.pick.passage
        and pick.part.group == candidate.part.group
        and abs(pick.pick.part - candidate.pick.part) == 1
        for pick in picked
    )


def _repeats(candidate: _Candidate, picked: _Candidate) -> bool:
    same_group = candidate.pick.passage == picked.pick.passage and candidate.part.group == picked.part.group
    if same_group and {candidate.part.kind, picked.part.kind} & {"list", "procedure"}:
        return True
    return len(candidate.terms & picked.terms) > _ALIKE * len(candidate.terms)


def _share(terms: frozenset[str], weights: Mapping[str, float]) -> float:
    return sum(weight for term, weight in weights.items() if term in terms) / sum(weights.values())


@lru_cache(maxsize=2048)
def _content(text: str) -> frozenset[str]:
    return frozenset(term for term in tokens(text) if term not in _LIGHT)
