"""What the formats share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from kotae.evaluation.metrics import Answer
from kotae.evaluation.questions import Question


def questions_of(answers: Sequence[Answer]) -> list[Question]:
    """The questions behind answers, each once."""
    return list({answer.question.id: answer.question for answer in answers}.values())


def plain(question: Question) -> dict[str, Any]:
    """A question as plain data, without what says nothing."""
    found: dict[str, Any] = msgspec.to_builtins(question)
    found["form"] = {key: value for key, value in found["form"].items() if value is not None}
    return {key: value for key, value in found.items() if value or key in ("id", "question")}


def objects(text: str) -> list[dict[str, Any]]:
    """The objects of a JSON list, or of JSON lines.

    Raises:
        ValueError: it is neither; the message names the line.
    """
    if text.lstrip().startswith("["):
        return [_object(item, f"entry {place}") for place, item in enumerate(msgspec.json.decode(text), 1)]
    found = []
    for number, line in enumerate(text.split("\n"), 1):  # other line ends may stand in a text
        if line.strip():
            try:
                found.append(_object(msgspec.json.decode(line), f"line {number}"))
            except msgspec.DecodeError as error:
                raise ValueError(f"line {number}: {error}") from None
    return found


def _object(item: object, where: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise ValueError(f"{where} is no JSON object")
    return item


def text_of(value: object) -> str:
    """A text, a list of texts, or a list of parts as chat formats have them, as one text."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(filter(None, (text_of(part) for part in value)))
    if isinstance(value, dict):
        return text_of(value.get("text", value.get("content", "")))
    return "" if value is None else str(value)


def conversation_of(messages: object) -> tuple[list[dict[str, str]], str]:
    """What was said before, and the last question, of a list of chat messages; instructions of the system are no part of either."""
    said = [
        {"role": str(message.get("role")), "content": text_of(message.get("content"))}
        for message in (messages if isinstance(messages, list) else [])
        if isinstance(message, dict) and message.get("role") in ("user", "assistant")
    ]
    while said and said[-1]["role"] != "user":
        said.pop()
    return said[:-1], said[-1]["content"] if said else ""
