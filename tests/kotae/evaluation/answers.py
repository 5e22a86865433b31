"""Answers to score, in one line each."""

from __future__ import annotations

from typing import Any

from kotae.conversation import Flag, Passage, Rewrite, Turn
from kotae.evaluation.metrics import Answer
from kotae.evaluation.questions import Question


def answer(
    text: str = "", *, backend: str = "base", turn: dict[str, Any] | None = None, **question: Any
) -> Answer:
    """An answer to a question with these fields; `turn` holds further fields of its turn."""
    asked = Question(**{"id": "q1", "question": "Who may reopen a period?", **question})
    fields: dict[str, Any] = {"id": "t", "status": "stop", **(turn or {})}
    return Answer(asked, Turn(question=asked.question, backend=backend, answer=text, **fields))


def found(*documents: str) -> dict[str, Any]:
    """A turn that searched, and found passages of these documents."""
    passages = tuple(
        Passage(id=f"{place}", document=document, title=document, text="…")
        for place, document in enumerate(documents)
    )
    return {"passages": passages, "rewrite": Rewrite(query="q", method="as typed")}


def flagged(count: int, *, claims: int, rejected: int = 0) -> dict[str, Any]:
    """A turn with flags, the first few of them rejected by a reader."""
    flags = tuple(
        Flag(
            start=place,
            end=place + 1,
            kind="unsupported",
            score=0.9,
            reason="",
            verdict="rejected" if place < rejected else "",
        )
        for place in range(count)
    )
    return {"flags": flags, "claims": claims, "groundedness": 1 - (count - rejected) / claims}
