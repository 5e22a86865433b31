"""Question sets: what is asked, what a good answer is, and where in the manual it stands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from kotae.conversation import Message
from kotae.errors import KotaeError
from kotae.language import Language, language_of

UNANSWERABLE = "unanswerable"
"""The type of questions that the manual does not answer; a good answer says so."""


class EvaluationError(KotaeError):
    """A question set, a run or a score can't be used."""


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The form that an answer has to be in. What is left out is not asked for."""

    exact: str | None = None
    """The answer word for word; white space at its ends aside."""
    regex: str | None = None
    """A pattern, in the syntax of the `regex` package, that the whole answer matches; `.` takes line ends too."""
    json_schema: dict[str, Any] | None = None
    """A JSON Schema (draft 2020-12 where it names none); the answer, or the one fenced block in it, is JSON that fits it."""
    min_chars: int | None = None
    max_chars: int | None = None
    """Length in code points."""

    @property
    def asked(self) -> bool:
        """Whether it asks for anything."""
        return any(value is not None for value in msgspec.structs.asdict(self).values())


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a question set; the file may have more fields, which are passed over."""

    id: str
    question: str
    type: str = ""
    """What sort of question, such as `multi_hop`: figures are given for each. `unanswerable` means that the manual does not say."""
    history: tuple[Message, ...] = ()
    """What was said before."""
    reference: str = ""
    """A good answer; empty when there is none."""
    pages: tuple[str, ...] = ()
    """The documents that hold the answer, as `Passage.document` names them."""
    must_include: tuple[str, ...] = ()
    """What the answer has to say, each in one of its wordings: alternatives stand between `|`."""
    must_not_include: tuple[str, ...] = ()
    """What it must not say."""
    form: Form = Form()
    lang: str = ""
    """`en` or `ja`; empty: as the question is written."""

    @property
    def language(self) -> Language:
        """The language that it is asked and answered in."""
        if self.lang in ("en", "ja"):
            return "ja" if self.lang == "ja" else "en"
        return language_of(self.question)

    @property
    def unanswerable(self) -> bool:
        """Whether a good answer says that the manual does not say."""
        return self.type == UNANSWERABLE


def checked(rows: Iterable[Question], name: str) -> list[Question]:
    """The questions, once it is sure that each can be asked and told from the others.

    Args:
        name: of the file, for messages.

    Raises:
        EvaluationError: there are none, an id is there twice or is empty, or there is nothing to ask.
    """
    questions = list(rows)
    seen: set[str] = set()
    for place, row in enumerate(questions, 1):
        if not row.id:
            raise EvaluationError(f"{name}, question {place} has an empty id.", "Give each question an id.")
        if row.id in seen:
            raise EvaluationError(
                f"{name}: two questions have the id {row.id!r}.", "Give each question an id of its own."
            )
        if not row.question.strip():
            raise EvaluationError(
                f"{name}: question {row.id!r} is empty.", "Give it a question, or remove it."
            )
        seen.add(row.id)
    if not questions:
        raise EvaluationError(f"{name} holds no question.", "Put one JSON object a line in it.")
    return questions


def digest(questions: Iterable[Question]) -> str:
    """SHA-256 over all that is asked and expected: two sets with the same digest are the same test."""
    hashed = hashlib.sha256()
    for question in questions:
        hashed.update(msgspec.json.encode(question, order="deterministic") + b"\n")
    return hashed.hexdigest()


def types(questions: Iterable[Question]) -> Iterator[str]:
    """The types, in the order in which they first come."""
    return iter(dict.fromkeys(question.type for question in questions))
