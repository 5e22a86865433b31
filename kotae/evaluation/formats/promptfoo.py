"""Test cases of promptfoo: a list of `vars`, `assert`, `description` and `metadata`, alone or under `tests` in its configuration.

Variables are `question` and `history`; https://www.promptfoo.dev/docs/configuration/test-cases describes the form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from kotae.evaluation.formats.rows import plain, questions_of, text_of
from kotae.evaluation.metrics import Answer
from kotae.evaluation.questions import Question

_QUESTION = ("question", "query", "prompt", "input")
"""Names that test cases give what is asked."""


def read(text: str) -> list[Question]:
    """Questions from test cases. Assertions that ask for nothing we know are passed over."""
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"it is no YAML: {' '.join(str(error).split())}") from None
    cases = found.get("tests") if isinstance(found, dict) else found
    if not isinstance(cases, list):
        raise ValueError("it holds no list of test cases")
    return [_question(case, place) for place, case in enumerate(cases, 1)]


def _question(case: object, place: int) -> Question:
    if not isinstance(case, dict) or not isinstance(case.get("vars"), dict):
        raise ValueError(f"test case {place} has no vars")
    given, metadata = case["vars"], case.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    asked = next((text_of(given[name]) for name in _QUESTION if given.get(name)), "")
    if not asked and len(given) == 1:
        asked = text_of(next(iter(given.values())))
    if not asked:
        raise ValueError(f"test case {place} has no variable `question`")
    data: dict[str, Any] = {
        "id": str(metadata.get("id") or case.get("description") or place),
        "question": asked,
        "type": text_of(metadata.get("type")),
        "pages": metadata.get("pages") or [],
        "reference": text_of(given.get("reference") or metadata.get("reference")),
        "history": given.get("history") if isinstance(given.get("history"), list) else [],
    }
    _assert(data, case.get("assert"))
    return msgspec.convert(data, Question, strict=False)


def _assert(data: dict[str, Any], asserted: object) -> None:
    form: dict[str, Any] = {}
    include, exclude = [], []
    for one in asserted if isinstance(asserted, list) else []:
        kind, value = (one.get("type"), one.get("value")) if isinstance(one, dict) else (None, None)
        if kind in ("contains", "icontains"):
            include.append(text_of(value))
        elif kind in ("contains-any", "icontains-any") and isinstance(value, list):
            include.append("|".join(text_of(way) for way in value))
        elif kind in ("contains-all", "icontains-all") and isinstance(value, list):
            include += [text_of(way) for way in value]
        elif kind in ("not-contains", "not-icontains"):
            exclude.append(text_of(value))
        elif kind == "equals":
            form["exact"] = text_of(value)
        elif kind == "regex":
            # There a part of the answer is enough.
            form["regex"] = f".*(?:{value}).*"
        elif kind == "is-json" and isinstance(value, dict):
            form["json_schema"] = value
        elif kind in ("similar", "factuality", "answer-relevance") and not data["reference"]:
            data["reference"] = text_of(value)
    data.update(must_include=include, must_not_include=exclude, form=form)


def write(answers: Sequence[Answer]) -> str:
    """The questions behind answers, as YAML."""
    import yaml

    cases = [_case(question) for question in questions_of(answers)]
    dumped: str = yaml.safe_dump(cases, allow_unicode=True, sort_keys=False)
    return dumped


def _case(question: Question) -> dict[str, Any]:
    row, form = plain(question), question.form
    asserted: list[dict[str, Any]] = []
    for one in question.must_include:
        ways = one.split("|")
        asserted.append(
            {"type": "icontains-any", "value": ways} if len(ways) > 1 else {"type": "icontains", "value": one}
        )
    asserted += [
        {"type": "not-icontains", "value": way} for one in question.must_not_include for way in one.split("|")
    ]
    if form.exact is not None:
        asserted.append({"type": "equals", "value": form.exact})
    if form.regex is not None:
        asserted.append({"type": "regex", "value": f"^(?:{form.regex})$"})
    if form.json_schema is not None:
        asserted.append({"type": "is-json", "value": form.json_schema})
    if question.reference:
        asserted.append({"type": "factuality", "value": question.reference})
    case: dict[str, Any] = {
        "description": question.id,
        "vars": {"question": question.question, "history": row.get("history", [])},
        "assert": asserted,
        "metadata": {key: row[key] for key in ("id", "type", "pages", "reference") if key in row},
    }
    return {key: value for key, value in case.items() if value}
