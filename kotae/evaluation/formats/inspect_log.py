"""The evaluation log of Inspect as JSON, as far as others read it: https://inspect.aisi.org.uk/eval-logs.html."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from kotae.evaluation.formats.rows import conversation_of, text_of
from kotae.evaluation.metrics import Answer
from kotae.evaluation.questions import Question


def read(text: str) -> list[Question]:
    """The questions of a log's samples; of several attempts at one the first."""
    try:
        log = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(f"it is no JSON: {error}") from None
    samples = log.get("samples") if isinstance(log, dict) else None
    if not isinstance(samples, list):
        raise ValueError("it holds no samples")
    found: dict[str, Question] = {}
    for place, sample in enumerate(samples, 1):
        if not isinstance(sample, dict):
            raise ValueError(f"sample {place} is no JSON object")
        question = _question(sample, place)
        found.setdefault(question.id, question)
    return list(found.values())


def _question(sample: dict[str, Any], place: int) -> Question:
    given, metadata = sample.get("input"), sample.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    history, asked = conversation_of(given) if isinstance(given, list) else ([], text_of(given))
    target = sample.get("target")
    return msgspec.convert(
        {
            "id": str(metadata.get("question_id") or sample.get("id") or place),
            "question": asked,
            "history": history,
            "reference": text_of(target[0] if isinstance(target, list) and target else target),
            "type": text_of(metadata.get("type")),
            "pages": metadata.get("pages") or [],
        },
        Question,
        strict=False,
    )


def write(answers: Sequence[Answer]) -> str:
    """A log with a sample an answer; the backends are what differs between the epochs of a sample."""
    backends = list(dict.fromkeys(answer.turn.backend for answer in answers))
    log = {
        "version": 2,
        "status": "success",
        "eval": {
            "task": "kotae",
            "created": min((answer.turn.started for answer in answers), default=""),
            "model": ", ".join(backends),
            "dataset": {"samples": len({answer.question.id for answer in answers})},
            "config": {"epochs": len(backends)},
        },
        "samples": [_sample(answer, backends) for answer in answers],
    }
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _sample(answer: Answer, backends: Sequence[str]) -> dict[str, Any]:
    question, turn = answer.question, answer.turn
    messages = [
        *({"role": said.role, "content": said.content} for said in question.history),
        {"role": "user", "content": question.question},
    ]
    spoken = {"role": "assistant", "content": turn.answer, "source": "generate"}
    usage = turn.usage
    sample: dict[str, Any] = {
        "id": question.id,
        "epoch": backends.index(turn.backend) + 1,
        "input": messages if question.history else question.question,
        "target": question.reference,
        "messages": [*messages, spoken],
        "output": {
            "model": (usage.model if usage is not None else "") or turn.backend,
            "choices": [
                {"message": spoken, "stop_reason": "max_tokens" if turn.status == "length" else "stop"}
            ],
        },
        "metadata": {
            "backend": turn.backend,
            "question_id": question.id,
            "type": question.type,
            "pages": list(question.pages),
            "passages": [passage.document for passage in turn.passages],
        },
    }
    if usage is not None:
        sample["output"]["usage"] = {
            "input_tokens": usage.prompt_tokens,
            "output_tokens": usage.completion_tokens,
            "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        }
    if turn.total is not None:
        sample["output"]["time"] = turn.total
    if turn.groundedness is not None:
        sample["scores"] = {"groundedness": {"value": turn.groundedness}}
    return sample
