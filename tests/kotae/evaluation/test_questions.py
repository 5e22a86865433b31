from __future__ import annotations

import msgspec
import pytest

from kotae.evaluation.questions import EvaluationError, Form, Question, checked, digest


def test_a_row_may_have_more_fields_than_are_known() -> None:
    row = msgspec.json.decode(
        b'{"id": "a", "question": "?", "chapter": 3, "form": {"max_chars": 9}}', type=Question
    )
    assert row == Question(id="a", question="?", form=Form(max_chars=9))


def test_a_form_has_no_unknown_fields() -> None:
    with pytest.raises(msgspec.ValidationError, match="max_char"):
        msgspec.json.decode(b'{"id": "a", "question": "?", "form": {"max_char": 9}}', type=Question)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "holds no question"),
        ([Question(id="a", question="?"), Question(id="a", question="!")], "two questions have the id 'a'"),
        ([Question(id="", question="?")], "question 1 has an empty id"),
        ([Question(id="a", question=" ")], "question 'a' is empty"),
    ],
)
def test_what_cannot_be_asked_is_named(rows: list[Question], words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        checked(rows, "set.jsonl")


def test_the_language_is_that_of_the_question_unless_it_is_given() -> None:
    assert Question(id="a", question="誰ですか").language == "ja"
    assert Question(id="a", question="Who?").language == "en"
    assert Question(id="a", question="Who?", lang="ja").language == "ja"


def test_two_sets_with_the_same_digest_ask_and_expect_the_same() -> None:
    rows = [Question(id="a", question="?"), Question(id="b", question="!")]
    assert digest(rows) == digest(list(rows))
    assert digest(rows) != digest(rows[::-1])
    assert digest(rows) != digest([rows[0], Question(id="b", question="!", reference="x")])
