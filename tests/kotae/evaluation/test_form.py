from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kotae.evaluation.form import check_forms, faults, form
from kotae.evaluation.questions import EvaluationError, Form, Question
from tests.kotae.evaluation.answers import answer

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"amount": {"type": "integer"}},
    "required": ["amount"],
    "additionalProperties": False,
}


def formed(text: str, **asked: Any) -> float | None:
    return form(answer(text, form=Form(**asked)))


def test_a_question_that_asks_for_no_form_is_not_scored() -> None:
    assert form(answer("anything")) is None


@pytest.mark.parametrize(
    ("text", "asked", "fits"),
    [
        ("Yes.", {"exact": "Yes."}, True),
        ("yes.", {"exact": "Yes."}, False),
        ("Shift: 12,000\nReason: x", {"regex": r"Shift: [\d,]+\n.*"}, True),
        ("The shift: 12,000", {"regex": r"Shift: [\d,]+"}, False),
        ('{"amount": 3}', {"json_schema": SCHEMA}, True),
        ('Here it is:\n```json\n{"amount": 3}\n```', {"json_schema": SCHEMA}, True),
        ('{"amount": "3"}', {"json_schema": SCHEMA}, False),
        ("amount: 3", {"json_schema": SCHEMA}, False),
        ("四文字だ", {"min_chars": 4, "max_chars": 4}, True),
        ("五文字です", {"max_chars": 4}, False),
        ("二字", {"min_chars": 4}, False),
    ],
)
def test_the_form_is_all_that_is_asked_for(text: str, asked: dict[str, Any], fits: bool) -> None:
    assert formed(text, **asked) == fits


def test_what_is_lacking_is_said() -> None:
    lacking = faults(answer('{"amount": "x"}', form=Form(json_schema=SCHEMA, max_chars=3)))
    assert lacking == [
        'it does not fit the schema: "x" is not of type "integer"',
        "it has 15 characters, more than 3",
    ]


def test_a_pattern_that_would_never_end_does_not_match() -> None:
    assert formed("a" * 60 + "!", regex=r"(a|aa)+$") == 0


def test_a_schema_leads_nowhere_else(tmp_path: Path) -> None:
    anything = tmp_path / "schema.json"
    anything.write_text("{}")
    asked = Form(json_schema={"$ref": anything.as_uri()})
    (fault,) = faults(answer("{}", form=asked))
    assert fault.startswith("it can't be held against the schema")


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": r"^(a|aa)+$"},
        {"pattern": r"^(a|aa)+\1$"},
        {"additionalProperties": False, "patternProperties": {r"^(a|aa)+$": {}}},
        {"unevaluatedProperties": False, "patternProperties": {r"^(a|aa)+\1$": {}}},
    ],
)
def test_a_schema_with_a_pattern_that_would_never_end_does_not_fit(schema: dict[str, Any]) -> None:
    hostile = "a" * 60 + "!"
    said = {hostile: 1} if "pattern" not in schema else hostile
    assert formed(json.dumps(said), json_schema=schema) == 0


@pytest.mark.parametrize("said", ["1" + "0" * 400, "1e999", "[" * 400 + "]" * 400, '"\\ud800"'])
def test_an_odd_answer_is_held_against_a_schema_all_the_same(said: str) -> None:
    assert formed(said, json_schema={"type": "boolean"}) == 0


def test_a_schema_may_lead_to_the_standard_and_within_itself() -> None:
    assert formed("{}", json_schema={"$ref": "https://json-schema.org/draft/2020-12/schema"}) == 1
    assert formed("3", json_schema={"$ref": "#/$defs/n", "$defs": {"n": {"type": "integer"}}}) == 1


def test_a_schema_that_is_too_deep_is_told_of_like_one_that_is_none() -> None:
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"not": deep}
    with pytest.raises(EvaluationError, match="q7"):
        check_forms([Question(id="q7", question="?", form=Form(json_schema=deep))], "set.jsonl")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (Form(regex="(unclosed"), "the regex of question 'q7' is none"),
        (Form(json_schema={"type": "objekt"}), "the json_schema of question 'q7' can't be used"),
    ],
)
def test_a_form_that_is_none_is_found_before_anything_is_asked(bad: Form, words: str) -> None:
    with pytest.raises(EvaluationError, match=r"^set\.jsonl") as raised:
        check_forms([Question(id="q7", question="?", form=bad)], "set.jsonl")
    assert words in raised.value.message
