from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import yaml

from kotae.conversation import Message, TokenUsage
from kotae.evaluation.formats import FORMATS, by_name
from kotae.evaluation.questions import EvaluationError, Form, Question
from tests.kotae.evaluation.answers import answer, found

RICH: dict[str, Any] = {
    "id": "三-1",
    "question": "And who may reopen it?\n改行も",
    "type": "follow_up",
    "history": (Message("user", "Who closes a period?"), Message("assistant", "The Controller.")),
    "reference": '=Only a Controller, they say: "yes".',
    "pages": ("closing/periods.md", "closing/b, c.md"),
}
STRICT: dict[str, Any] = {
    "must_include": ("72 hours|three days", "Controller"),
    "must_not_include": ("HR module",),
    "form": Form(max_chars=90, json_schema={"type": "object"}),
}


def read(name: str, text: str) -> list[Question]:
    known = by_name(name)
    assert known.read is not None
    return known.read(text)


def write(name: str, *answers: object) -> str:
    known = by_name(name)
    assert known.write is not None
    return known.write(answers)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [known.name for known in FORMATS])
def test_a_question_survives_the_way_out_and_in(name: str) -> None:
    both = [answer("It is so.", backend=backend, turn=found("a.md"), **RICH) for backend in ("base", "rag")]
    plain = answer("No.", id="2", question="Which one?")
    assert read(name, write(name, *both, plain)) == [both[0].question, plain.question]


@pytest.mark.parametrize("name", ["jsonl", "csv"])
def test_what_is_expected_survives_in_our_own_formats(name: str) -> None:
    asked = answer("x", **{**RICH, **STRICT})
    assert read(name, write(name, asked)) == [asked.question]


def test_a_table_holds_no_formula() -> None:
    rows = list(
        csv.reader(io.StringIO(write("csv", answer("x", id="-1", question="@SUM(A1)?", reference="=1+1"))))
    )
    assert rows[1][:4] == ["'-1", "", "'@SUM(A1)?", "'=1+1"]


def test_a_table_needs_little() -> None:
    assert read("csv", "\ufeffquestion,reference\nWho?,He.\n") == [
        Question(id="1", question="Who?", reference="He.")
    ]


def test_test_cases_of_promptfoo_are_its_own() -> None:
    cases = yaml.safe_load(write("promptfoo", answer("x", **{**RICH, **STRICT})))
    assert cases[0]["vars"]["question"] == RICH["question"]
    assert [(a["type"], a["value"]) for a in cases[0]["assert"]] == [
        ("icontains-any", ["72 hours", "three days"]),
        ("icontains", "Controller"),
        ("not-icontains", "HR module"),
        ("is-json", {"type": "object"}),
        ("factuality", RICH["reference"]),
    ]


def test_a_configuration_of_promptfoo_is_read() -> None:
    text = """
prompts: [file://p.txt]
tests:
  - vars: {query: "What is the capital of France?"}
    assert:
      - {type: contains, value: Paris}
      - {type: not-contains, value: London}
      - {type: javascript, value: output.length}
      - {type: regex, value: "P.ris"}
  - description: two
    vars: {text: "1 + 1?"}
    assert: [{type: equals, value: 2}]
"""
    first, second = read("promptfoo", text)
    assert (first.id, first.question) == ("1", "What is the capital of France?")
    assert (first.must_include, first.must_not_include) == (("Paris",), ("London",))
    assert first.form.regex == ".*(?:P.ris).*"
    assert (second.id, second.question, second.form.exact) == ("two", "1 + 1?", "2")


def test_a_log_of_inspect_has_a_sample_an_answer() -> None:
    usage = TokenUsage(prompt_tokens=8, completion_tokens=2, model="tiny-1")
    log = json.loads(
        write(
            "inspect",
            answer("Yes.", backend="base", turn={"usage": usage, "total": 1.5, "groundedness": 0.5}, **RICH),
            answer("No.", backend="rag", turn={**found("a.md"), "status": "length"}, **RICH),
        )
    )
    one, other = log["samples"]
    assert (log["version"], log["status"]) == (2, "success")
    assert [(s["id"], s["epoch"], s["target"]) for s in (one, other)] == [
        ("三-1", 1, RICH["reference"]),
        ("三-1", 2, RICH["reference"]),
    ]
    assert [m["role"] for m in one["input"]] == ["user", "assistant", "user"]
    assert one["messages"][-1] == one["output"]["choices"][0]["message"]
    assert one["output"]["usage"] == {"input_tokens": 8, "output_tokens": 2, "total_tokens": 10}
    assert one["scores"] == {"groundedness": {"value": 0.5}}
    assert other["output"]["choices"][0]["stop_reason"] == "max_tokens"


def test_rows_of_ragas_have_its_fields() -> None:
    row = json.loads(
        write("ragas", answer("Yes.", backend="rag", turn=found("a.md"), question="Who?", reference="He."))
    )
    assert row == {
        "id": "q1",
        "user_input": "Who?",
        "response": "Yes.",
        "retrieved_contexts": ["…"],
        "retrieved_context_ids": ["a.md"],
        "reference": "He.",
        "backend": "rag",
    }
    old = read("ragas", '{"question": "Who?", "ground_truth": "He."}')
    assert old == [Question(id="1", question="Who?", reference="He.")]


def test_every_row_of_ragas_is_of_one_kind_whatever_came_before_the_question() -> None:
    alone = answer("Yes.", question="Who?")
    follows = answer(
        "No.", question="And then?", history=(Message("user", "Who?"), Message("assistant", "He."))
    )
    text = write("ragas", alone, follows)
    rows = [json.loads(line) for line in text.splitlines()]
    assert [row["user_input"] for row in rows] == ["Who?", "User: Who?\nAssistant: He.\nUser: And then?"]
    assert read("ragas", json.dumps(rows[1]))[0].question == "And then?"
    assert read("ragas", json.dumps(rows[1]))[0].history == follows.question.history
    said = [("human", "Who?"), ("ai", "He."), ("human", "Why?")]
    multi = {"user_input": [{"type": kind, "content": words} for kind, words in said]}
    [question] = read("ragas", json.dumps(multi))
    assert (question.question, len(question.history)) == ("Why?", 2)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("jsonl", "{", "line 1"),
        ("jsonl", "[1]", "entry 1 is no JSON object"),
        ("csv", "a,b\n1,2\n", "no column `question`"),
        ("csv", "question,form\nWho?,{\n", "row 1: `form` is no JSON"),
        ("promptfoo", "a: [", "no YAML"),
        ("promptfoo", "tests: file://x.csv", "no list of test cases"),
        ("promptfoo", "- {vars: {a: 1, b: 2}}", "test case 1 has no variable `question`"),
        ("inspect", "{}", "holds no samples"),
        ("ragas", '{"response": "x"}', "row 1 has no user_input"),
    ],
)
def test_what_is_no_such_file_says_why(name: str, text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(name, text)


def test_yaml_makes_no_objects() -> None:
    with pytest.raises(ValueError, match="no YAML"):
        read("promptfoo", "!!python/object/apply:os.getcwd []")


def test_an_unknown_format_names_the_known() -> None:
    with pytest.raises(EvaluationError, match="promptfoo"):
        by_name("xml")


def test_a_table_takes_long_cells_and_says_what_it_cannot_take() -> None:
    [question] = by_name("csv").read("id,question\n1," + "x" * 200_000 + "\n")  # type: ignore[misc]
    assert len(question.question) == 200_000


@pytest.mark.parametrize("text", ["a\u2028b", "a\u0085b", "a\x0cb", "'=1+1", "''-x", "two\r\nlines"])
@pytest.mark.parametrize("name", ["jsonl", "csv", "ragas"])
def test_unusual_text_survives_the_way_out_and_in(name: str, text: str) -> None:
    form = by_name(name)
    assert form.write is not None
    assert form.read is not None
    [back] = form.read(form.write([answer("A.", question=text)]))
    assert back.question == text
