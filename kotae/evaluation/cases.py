"""Turns that went wrong, kept as questions to ask again after a change."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from kotae.conversation import Conversation, Turn
from kotae.evaluation.formats.rows import plain
from kotae.evaluation.questions import EvaluationError, Question

REGRESSION = "regression"
"""The type of these questions."""
_LONGEST = 80
"""Characters of what must not be said again; more is an answer, and no answer comes twice."""


def case_of(conversation: Conversation, turn: Turn) -> Question:
    """A turn as a question with the history it had. What a reader confirmed to be made up must not be said again."""
    made_up = (
        turn.answer[flag.start : flag.end].strip() for flag in turn.flags if flag.verdict == "confirmed"
    )
    return Question(
        id=f"case-{turn.id}",
        type=REGRESSION,
        question=turn.question,
        history=conversation.history(turn.parent),
        must_not_include=tuple(dict.fromkeys(said for said in made_up if 0 < len(said) <= _LONGEST)),
    )


def keep(file: Path, case: Question, turn: Turn) -> bool:
    """Adds a case to a question set, with the answer that was bad and whose it was; False when it is in it already.

    Raises:
        EvaluationError: the file can't be read or written.
    """
    row: dict[str, Any] = {
        **plain(case),
        "bad_answer": turn.answer,
        "backend": turn.backend,
        "kept": turn.started,
    }
    try:
        before = file.read_bytes() if file.exists() else b""
        if f'"id":"{case.id}"'.encode() in before:
            return False
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # A line that a crash has torn must not swallow this one.
            torn = b"\n" if before and not before.endswith(b"\n") else b""
            os.write(handle, torn + msgspec.json.encode(row) + b"\n")
        finally:
            os.close(handle)
    except OSError as error:
        raise EvaluationError(
            f"{file} can't be written: {error.strerror or error}.", "Make room, or correct its permissions."
        ) from None
    return True
