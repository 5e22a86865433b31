"""Metrics of people: what readers say of answers, by votes and by verdicts on flags."""

from __future__ import annotations

from kotae.evaluation.metrics import Answer, Metric, Score, per_answer


def metrics() -> list[Metric]:
    """All of them."""
    return [
        per_answer("preferred", "people", preferred),
        per_answer("confirmed_flags", "people", confirmed_flags, higher_is_better=False, share=False),
    ]


def preferred(answer: Answer) -> Score:
    """How a reader's vote left the answer beside the others: the best 100 %, one that another was preferred to 0 %, a tie 50 %."""
    return answer.vote


def confirmed_flags(answer: Answer) -> Score:
    """How many flags of the answer a reader has confirmed; of answers whose flags were looked at."""
    verdicts = [flag.verdict for flag in answer.turn.flags if flag.verdict]
    return float(verdicts.count("confirmed")) if verdicts else None
