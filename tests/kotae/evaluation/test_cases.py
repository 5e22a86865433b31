from __future__ import annotations

import json
from pathlib import Path

import pytest

from kotae.conversation import Conversation, Flag, Message, Turn
from kotae.evaluation.cases import case_of, keep
from kotae.evaluation.formats.tabular import read_jsonl
from kotae.evaluation.questions import EvaluationError

FIRST = Turn(id="t1", question="Who closes a period?", backend="rag", answer="The Controller.", status="stop")
BAD = Turn(
    id="t2",
    parent="t1",
    question="And who may reopen it?",
    backend="base",
    answer="The HR module does.",
    status="stop",
    flags=(
        Flag(start=4, end=13, kind="name", score=0.9, reason="", verdict="confirmed"),
        Flag(start=0, end=19, kind="unsupported", score=0.9, reason=""),
    ),
)
TALK = Conversation(id="c", turns={"t1": FIRST, "t2": BAD}, head="t2")


def test_a_bad_turn_becomes_a_question_with_the_history_it_had() -> None:
    case = case_of(TALK, BAD)
    assert (case.type, case.question) == ("regression", "And who may reopen it?")
    assert case.history == (Message("user", FIRST.question), Message("assistant", FIRST.answer))
    assert case.must_not_include == ("HR module",)


def test_a_case_is_kept_once_and_can_be_asked(tmp_path: Path) -> None:
    file, case = tmp_path / "data/cases.jsonl", case_of(TALK, BAD)
    assert keep(file, case, BAD)
    assert not keep(file, case, BAD)
    assert keep(file, case_of(TALK, FIRST), FIRST)
    assert read_jsonl(file.read_text()) == [case, case_of(TALK, FIRST)]
    row = json.loads(file.read_text().splitlines()[0])
    assert (row["bad_answer"], row["backend"]) == ("The HR module does.", "base")
    assert file.stat().st_mode & 0o077 == 0


def test_a_torn_line_swallows_no_case(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text('{"id": "x", "quest')
    keep(file, case_of(TALK, BAD), BAD)
    assert json.loads(file.read_text().splitlines()[1])["id"] == "case-t2"


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvaluationError, match="can't be written"):
        keep(tmp_path / "file/cases.jsonl", case_of(TALK, BAD), BAD)
