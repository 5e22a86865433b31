"""Rows of Ragas, as its `SingleTurnSample` names the fields: https://docs.ragas.io/en/stable/concepts/components/eval_sample/.

Ragas takes no file in which some rows have a string as `user_input` and others messages, so a question with a conversation
before it is written as one text, and once more as `messages`, which Ragas passes over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from kotae.conversation import Message
from kotae.evaluation.formats.rows import conversation_of, objects, text_of
from kotae.evaluation.metrics import Answer
from kotae.evaluation.questions import Question

_OLD = {"question": "user_input", "ground_truth": "reference"}
"""Names that fields had before version 0.2."""


def read(text: str) -> list[Question]:
    """The questions of rows; of several answers to one the first."""
    found: dict[str, Question] = {}
    for place, row in enumerate(objects(text), 1):
        question = _question(row, place)
        found.setdefault(question.id, question)
    return list(found.values())


def _question(row: dict[str, Any], place: int) -> Question:
    row = {
        **{_OLD[key]: value for key, value in row.items() if key in _OLD},
        **{k: v for k, v in row.items() if v is not None},
    }
    given = row.get("messages") or row.get("user_input")
    history, asked = conversation_of(_messages(given)) if isinstance(given, list) else ([], text_of(given))
    pages = row.get("reference_context_ids") or []
    if not asked:
        raise ValueError(f"row {place} has no user_input")
    data = {
        "id": str(row.get("id") or place),
        "question": asked,
        "history": history,
        "reference": text_of(row.get("reference")),
        "type": text_of(row.get("type") or row.get("synthesizer_name")),
        "pages": [str(page) for page in (pages if isinstance(pages, list) else [pages])],
    }
    return msgspec.convert(data, Question, strict=False)


def _messages(given: list[Any]) -> list[dict[str, Any]]:
    roles = {"human": "user", "ai": "assistant"}
    return [
        {"role": roles.get(str(said.get("type")), said.get("role")), "content": said.get("content")}
        for said in given
        if isinstance(said, dict)
    ]


def write(answers: Sequence[Answer]) -> str:
    """A row an answer."""
    return "".join(msgspec.json.encode(_row(answer)).decode() + "\n" for answer in answers)


def _row(answer: Answer) -> dict[str, Any]:
    question, turn = answer.question, answer.turn
    asked = Message("user", question.question)
    dialogue = [*question.history, asked] if question.history else []
    row: dict[str, Any] = {
        "id": question.id,
        "user_input": "\n".join(f"{said.role.capitalize()}: {said.content}" for said in dialogue)
        or question.question,
        "messages": [{"role": said.role, "content": said.content} for said in dialogue],
        "response": turn.answer,
        "retrieved_contexts": [passage.text for passage in turn.passages],
        "retrieved_context_ids": [passage.document for passage in turn.passages],
        "reference": question.reference,
        "reference_context_ids": list(question.pages),
        "backend": turn.backend,
        "type": question.type,
    }
    return {key: value for key, value in row.items() if value or key in ("user_input", "response")}
