"""What a query looks like when it carries something over from the conversation.

    rental agreement — deposit — and who may refund it?

Each part before a ` — ` counts `FADE` times what the part after it counts; the last part is what is asked. It is plain text,
so that a user can read and edit it, and a search that knows nothing of parts still finds its words.

    Who may reopen what a soft close closes? || What does a soft close close? || Who may reopen a period?

What follows a ` || ` is a sub-question: something that has to be found besides, for an answer that takes two pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from backends.retrieval.text import tokens
from kotae.queries import ALSO, typed
from kotae.queries import CARRIED as SEPARATOR

FADE = 0.5
"""What a part counts in comparison with the one after it."""
CODE_WEIGHT = 3.0
"""What a code such as `SL-104` counts in comparison with a word: who types one wants the place that explains it."""

_CODE = re.compile(r"(?=.*[a-z])(?=.*\d)[a-z0-9]{3,}")


def join(parts: Iterable[str]) -> str:
    """One query of several parts, the question last."""
    return SEPARATOR.join(typed(part) for part in parts)


def with_sub_questions(question: str, sub_questions: Iterable[str]) -> str:
    """One query of a question and what it takes to answer it."""
    return ALSO.join(" ".join(part.replace("||", " ").split()) for part in (question, *sub_questions))


def sub_questions(query: str) -> tuple[str, list[str]]:
    """The question, with what is carried over in front of it, and its sub-questions."""
    question, *parts = query.split(ALSO)
    return question, [part.strip() for part in parts if part.strip()]


def plain(query: str) -> str:
    """The query as running text, for an encoder."""
    return query.replace(SEPARATOR, ". ")


def weighted_parts(query: str) -> list[tuple[str, float]]:
    """The parts of a query with their weights; the last one, which is the question, counts 1."""
    parts = [part for part in query.split(SEPARATOR) if part.strip()]
    return [(part, FADE ** (len(parts) - 1 - at)) for at, part in enumerate(parts)]


def weighted_terms(query: str) -> dict[str, float]:
    """The terms to search for, each with the sum of what its occurrences count."""
    weights: dict[str, float] = {}
    for part, weight in weighted_parts(query):
        for term in tokens(part):
            more = weight * (CODE_WEIGHT if _CODE.fullmatch(term) else 1.0)
            weights[term] = weights.get(term, 0.0) + more
    return weights
