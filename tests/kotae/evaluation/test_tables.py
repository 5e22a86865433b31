from __future__ import annotations

import pytest
from rich.console import Console

from kotae.evaluation.metrics import per_answer
from kotae.evaluation.scoring import score
from kotae.evaluation.tables import tables
from kotae.evaluation.verdict import Verdict, verdict
from tests.kotae.evaluation.answers import answer

FIVE = ("base", "rag", "finetuned", "rag_finetuned", "quote")


async def told(*backends: str, priced: bool = True) -> Verdict:
    answers = [
        answer("x" * n * (place + 1), backend=backend, id=str(n), type=f"type{n % 2}")
        for place, backend in enumerate(backends)
        for n in range(12 if backend != "rag" else 11)
    ]
    metrics = [
        per_answer("needless_refusal", "knowledge", lambda a: len(a.text) % 2, higher_is_better=False),
        per_answer("first_token", "effort", lambda a: len(a.text) / 7, share=False, unit="s"),
        per_answer("prompt_tokens", "effort", lambda a: len(a.text) * 9.0, share=False),
        per_answer("cost", "effort", lambda a: len(a.text) / 3e6, share=False),
    ]
    return verdict(await score(answers, metrics if priced else metrics[:-1]))


def drawn(verdict: Verdict, width: int, *by_type: str) -> str:
    console = Console(width=width, color_system=None, markup=False)
    with console.capture() as captured:
        for table in tables(verdict, by_type=by_type, width=width):
            console.print(table)
    return captured.get()


@pytest.mark.parametrize("width", [60, 80, 100, 130])
async def test_no_figure_is_cut_at_any_width(width: int) -> None:
    found = await told(*FIVE)
    text = drawn(found, width, "first_token")
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    wanted = [f"{figure.mean:.3g}" for figure in found.figures if figure.metric == "cost" and not figure.type]
    words = set(text.replace("≈", "").split())
    assert len(wanted) == len(FIVE)
    assert set(wanted) <= words


async def test_five_backends_stand_side_by_side_in_80_columns() -> None:
    text = drawn(await told(*FIVE, priced=False), 80)
    assert text.count("12 questions") == 1
    assert "needless_refusal ↓" in text


async def test_what_is_over_fewer_questions_says_so() -> None:
    lines = drawn(await told("base", "rag"), 100).splitlines()
    row = next(line for line in lines if line.lstrip().startswith("needless"))
    assert row.split()[-2] == "12"
    assert "n=11" in row
    assert "n=12" not in row


async def test_backends_that_do_not_fit_are_divided_among_tables() -> None:
    names = [f"a-model-with-a-long-name-{n}" for n in range(9)]
    text = drawn(await told(*names), 80)
    assert text.count("12 questions") > 1
    assert all(f"{n}" in text for n in range(9))
    assert max(map(len, text.splitlines())) <= 80


async def test_one_backend_alone_is_told_apart_from_none() -> None:
    assert "told" in drawn(await told("base", "rag"), 100)
    assert "told" not in drawn(await told("base"), 100)
