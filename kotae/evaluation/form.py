"""Metrics of form: is the answer in the form that the question asks for, whatever it says?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kotae.evaluation.metrics import Answer, Metric, Score, per_answer
from kotae.evaluation.questions import EvaluationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import jsonschema_rs

    from kotae.evaluation.questions import Question

_FENCE = re.compile(r"^(`{3,}|~{3,})[^\n]*\n(.*?)\n?^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"^(?:`{3}|~{3})", re.MULTILINE)
_LIMIT = 2.0
"""Seconds a pattern may take on one answer; one that is slower is not matched."""


def metrics() -> list[Metric]:
    """All of them."""
    return [per_answer("form", "form", form)]


def form(answer: Answer) -> Score:
    """Whether the answer has all of the form that is asked for: exact words, pattern, JSON Schema, length."""
    asked = answer.question.form
    if not asked.asked:
        return None
    return float(not faults(answer))


def faults(answer: Answer) -> list[str]:
    """What the answer lacks of the form that is asked for, in words."""
    asked, text = answer.question.form, answer.text.strip()
    found = []
    if asked.exact is not None and text != asked.exact.strip():
        found.append("it is not word for word what is wanted")
    if asked.regex is not None and not _matches(asked.regex, text):
        found.append("the pattern does not match it")
    if asked.json_schema is not None and (why := _unfit(asked.json_schema, text)):
        found.append(why)
    if asked.min_chars is not None and len(text) < asked.min_chars:
        found.append(f"it has {len(text)} characters, fewer than {asked.min_chars}")
    if asked.max_chars is not None and len(text) > asked.max_chars:
        found.append(f"it has {len(text)} characters, more than {asked.max_chars}")
    return found


def check_forms(questions: Iterable[Question], name: str) -> None:
    """Finds patterns and schemas that are none before anything is asked.

    Raises:
        EvaluationError: one is; the message names the question.
    """
    import jsonschema_rs
    import regex

    for question in questions:
        asked = question.form
        try:
            if asked.regex is not None:
                regex.compile(asked.regex)
            if asked.json_schema is not None:
                _validator(asked.json_schema)
        except regex.error as error:
            raise EvaluationError(
                f"{name}: the regex of question {question.id!r} is none: {error}.", "Correct it."
            ) from None
        except (
            jsonschema_rs.ValidationError,
            ValueError,
        ) as error:  # ValueError: depths and numbers beyond bounds
            raise EvaluationError(
                f"{name}: the json_schema of question {question.id!r} can't be used: "
                f"{_line(getattr(error, 'message', str(error)))}.",
                "Correct it.",
            ) from None


def _matches(pattern: str, text: str) -> bool:
    import regex  # patterns come with a question set; this package can end one that never would

    try:
        return regex.fullmatch(pattern, text, flags=regex.DOTALL, timeout=_LIMIT) is not None
    except TimeoutError:
        return False


def _unfit(schema: dict[str, object], text: str) -> str:
    """Why `text` is no JSON that fits; empty when it is."""
    import jsonschema_rs
    import msgspec

    fenced = _FENCE.findall(text) if len(_MARK.findall(text)) == 2 else []
    if len(fenced) == 1:
        text = fenced[0][1]
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return "it is no JSON"
    try:
        error = next(iter(_validator(schema).iter_errors(found)), None)
    except (jsonschema_rs.ValidationError, ValueError) as fault:  # numbers or depths that it doesn't take
        return f"it can't be held against the schema: {_line(str(fault))}"
    return f"it does not fit the schema: {_line(error.message)}" if error is not None else ""


def _validator(schema: dict[str, object]) -> jsonschema_rs.Validator:
    """Holds values against `schema`.

    Schemas are data from a file: a reference to another place is not followed, and a pattern that would never end is given
    up, which is why it is this package.

    Raises:
        jsonschema_rs.ValidationError: it is no JSON Schema, or leads nowhere.
    """
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema, offline=True)


def _line(text: str) -> str:
    return " ".join(text.split())[:300].rstrip(".")
