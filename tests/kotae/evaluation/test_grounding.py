from __future__ import annotations

import math

import pytest

from kotae.conversation import TokenUsage
from kotae.evaluation import effort, grounding
from tests.kotae.evaluation.answers import answer, flagged, found

GOLD = ("b.md", "c.md")


def test_recall_and_ndcg_count_pages_once_and_in_order() -> None:
    scored = answer(turn=found("a.md", "b.md", "b.md", "c.md"), pages=GOLD)
    assert grounding.recall(scored, 1) == 0
    assert grounding.recall(scored, 3) == 1
    dcg, ideal = 1 / math.log2(3) + 1 / math.log2(4), 1 + 1 / math.log2(3)
    assert grounding.ndcg(scored, 3) == pytest.approx(dcg / ideal)
    assert grounding.ndcg(scored, 1) == 0
    assert grounding.all_pages(scored) == 1
    assert grounding.all_pages(answer(turn=found("a.md", "b.md"), pages=GOLD)) == 0


def test_a_search_that_found_nothing_counts_and_no_search_does_not() -> None:
    assert grounding.recall(answer(turn=found(), pages=GOLD), 3) == 0
    assert grounding.ndcg(answer(turn=found(), pages=GOLD), 3) == 0
    assert grounding.recall(answer(pages=GOLD), 3) is None
    assert grounding.recall(answer(turn=found("a.md")), 3) is None


def test_citations_are_held_against_the_gold_pages() -> None:
    turn = found("a.md", "b.md", "c.md")
    scored = answer("As [1] and [2] say; see [7].", turn=turn, pages=GOLD)
    assert grounding.citation_precision(scored) == pytest.approx(1 / 3)
    assert grounding.citation_recall(scored) == 0.5
    uncited = answer("It is so.", turn=turn, pages=GOLD)
    assert grounding.citation_precision(uncited) is None
    assert grounding.citation_recall(uncited) == 0
    assert grounding.citation_recall(answer("It is so.", pages=GOLD)) is None


def test_flags_that_a_reader_rejected_do_not_count() -> None:
    scored = answer("…", turn=flagged(3, claims=4, rejected=1))
    assert grounding.groundedness(scored) == 0.5
    assert grounding.flags_per_claim(scored) == 0.5
    assert grounding.groundedness(answer("…")) is None
    assert grounding.flags_per_claim(answer("…")) is None


def test_effort_is_what_the_turn_measured() -> None:
    usage = TokenUsage(prompt_tokens=812, completion_tokens=96)
    scored = answer("…", turn={"usage": usage, "first_token": 0.5, "total": 2.0, "cost": 0.003})
    values = [metric.name for metric in effort.metrics()]
    assert values == ["first_token", "total_time", "prompt_tokens", "answer_tokens", "cost"]
    assert (effort.first_token(scored), effort.total_time(scored)) == (0.5, 2.0)
    assert (effort.prompt_tokens(scored), effort.answer_tokens(scored), effort.cost(scored)) == (
        812,
        96,
        0.003,
    )
    assert effort.prompt_tokens(answer("…")) is None
