"""Metrics of retrieval and grounding: was the right page found, is it cited, does the manual bear the answer out?"""

from __future__ import annotations

import math
from functools import partial

from kotae.citations import cited
from kotae.evaluation.metrics import Answer, Metric, Score, per_answer

CUTS = (1, 3, 5)
"""The k of recall@k and nDCG@k: answers are made from few passages."""


def metrics() -> list[Metric]:
    """All of them."""
    found = [
        per_answer("groundedness", "grounding", groundedness),
        per_answer("flags_per_claim", "grounding", flags_per_claim, higher_is_better=False, share=False),
        per_answer("citation_precision", "grounding", citation_precision),
        per_answer("citation_recall", "grounding", citation_recall),
    ]
    for k in CUTS:
        for name, function in (("recall", recall), ("ndcg", ndcg)):
            at_k = partial(function, k=k)
            at_k.__doc__ = (function.__doc__ or "").replace("k ", f"{k} ", 1)
            found.append(per_answer(f"{name}@{k}", "retrieval", at_k))
    found.append(per_answer("all_pages", "retrieval", all_pages))
    return found


def groundedness(answer: Answer) -> Score:
    """The share of the answer's claims that no flag touches; flags that a reader rejected don't count."""
    return answer.turn.groundedness


def flags_per_claim(answer: Answer) -> Score:
    """Flags for each claim of the answer; those that a reader rejected don't count."""
    turn = answer.turn
    return sum(flag.counts for flag in turn.flags) / turn.claims if turn.claims else None


def citation_precision(answer: Answer) -> Score:
    """Of the passages that the answer cites, the share that is on a page that holds the answer."""
    gold, documents = set(answer.question.pages), _cited(answer)
    return sum(document in gold for document in documents) / len(documents) if gold and documents else None


def citation_recall(answer: Answer) -> Score:
    """Of the pages that hold the answer, the share that the answer cites; for backends that were given passages."""
    gold = set(answer.question.pages)
    if not gold or not _searched(answer):
        return None
    return len(gold & set(_cited(answer))) / len(gold)


def _cited(answer: Answer) -> list[str]:
    """The documents of the passages that the answer cites; empty for a number that stands for no passage."""
    passages = answer.turn.passages
    return [passages[n - 1].document if 0 < n <= len(passages) else "" for n in sorted(cited(answer.text))]


def recall(answer: Answer, k: int) -> Score:
    """Of the pages that hold the answer, the share among the first k that were found."""
    gold, found = set(answer.question.pages), _pages(answer)
    return len(gold & set(found[:k])) / len(gold) if gold and _searched(answer) else None


def ndcg(answer: Answer, k: int) -> Score:
    """Normalised discounted cumulative gain of the first k pages found (Järvelin and Kekäläinen 2002); a gold page gains 1."""
    gold, found = set(answer.question.pages), _pages(answer)
    if not gold or not _searched(answer):
        return None
    gain = sum(1 / math.log2(place + 2) for place, page in enumerate(found[:k]) if page in gold)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(k, len(gold))))


def all_pages(answer: Answer) -> Score:
    """Whether all pages that hold the answer were found."""
    gold, found = set(answer.question.pages), _pages(answer)
    return float(gold <= set(found)) if gold and _searched(answer) else None


def _searched(answer: Answer) -> bool:
    """Whether the manual was searched for the answer; it may have had nothing to give."""
    return bool(answer.turn.passages) or answer.turn.rewrite is not None


def _pages(answer: Answer) -> list[str]:
    """The documents found, best first, each once."""
    return list(dict.fromkeys(passage.document for passage in answer.turn.passages))
