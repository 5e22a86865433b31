"""How a query is written, for those who show it and let it be edited.

    rental agreement — deposit — and who may refund it? || What is a deposit?

The parts before a ` — ` are carried over from the conversation, the last one is what is asked; what follows a ` || ` is a
sub-question, searched for besides. To edit it, each sub-question has a line of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

CARRIED = " — "
ALSO = " || "
_DASH, _BAR = " - ", " | "
"""What stands in their place where someone has typed them."""


@dataclass(frozen=True, slots=True)
class QueryParts:
    """A query taken apart."""

    carried: tuple[str, ...]
    """What comes from the conversation, the oldest first."""
    question: str
    sub_questions: tuple[str, ...]


def typed(question: str) -> str:
    """A question as a query that means just that: what would take it apart is written otherwise."""
    return question.replace(CARRIED, _DASH).replace(ALSO, _BAR)


def parts_of(query: str) -> QueryParts:
    """The parts of a query; any text is one."""
    first, *besides = query.split(ALSO)
    *carried, question = first.split(CARRIED)
    return QueryParts(
        tuple(part.strip() for part in carried if part.strip()),
        question.strip(),
        tuple(part.strip() for part in besides if part.strip()),
    )


def to_lines(query: str) -> str:
    """The query for an editor: a line for it, and one for each sub-question."""
    return "\n".join(part.strip() for part in query.split(ALSO) if part.strip())


def from_lines(text: str) -> str:
    """The query that was edited; the reverse of `to_lines`. Empty when there are only blanks."""
    return ALSO.join(" ".join(line.split()) for line in text.splitlines() if line.strip())
