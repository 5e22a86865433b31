"""Metrics of effort: what an answer costs in time, tokens and money."""

from __future__ import annotations

from kotae.evaluation.metrics import Answer, Metric, Score, per_answer


def metrics() -> list[Metric]:
    """All of them."""
    return [
        per_answer("first_token", "effort", first_token, higher_is_better=False, share=False, unit="s"),
        per_answer("total_time", "effort", total_time, higher_is_better=False, share=False, unit="s"),
        per_answer("prompt_tokens", "effort", prompt_tokens, higher_is_better=False, share=False),
        per_answer("answer_tokens", "effort", answer_tokens, higher_is_better=False, share=False),
        per_answer("cost", "effort", cost, higher_is_better=False, share=False),
    ]


def first_token(answer: Answer) -> Score:
    """Seconds from asking to the first token."""
    return answer.turn.first_token


def total_time(answer: Answer) -> Score:
    """Seconds from asking to the last token."""
    return answer.turn.total


def prompt_tokens(answer: Answer) -> Score:
    """Tokens sent, as the server counts them."""
    return float(answer.turn.usage.prompt_tokens) if answer.turn.usage is not None else None


def answer_tokens(answer: Answer) -> Score:
    """Tokens of the answer, as the server counts them."""
    return float(answer.turn.usage.completion_tokens) if answer.turn.usage is not None else None


def cost(answer: Answer) -> Score:
    """Price of the tokens, in the currency of the settings; where prices are set."""
    return answer.turn.cost
