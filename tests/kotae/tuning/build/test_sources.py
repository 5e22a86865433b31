"""Rows from transcripts and from support tickets, for which no model is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kotae.conversation import Conversation, Flag, Message, Passage, Turn
from kotae.errors import KotaeError
from kotae.preferences import Preference
from kotae.tuning.build.drafts import Aside, Draft
from kotae.tuning.build.tickets import tickets
from kotae.tuning.build.transcripts import confirmed

if TYPE_CHECKING:
    from kotae.conversation import Status, Verdict
    from kotae.preferences import Outcome


def turn(
    name: str, *verdicts: Verdict, status: Status = "stop", parent: str | None = None, answer: str = ""
) -> Turn:
    flags = tuple(
        Flag(start=at, end=at + 1, kind="name", score=0.9, reason="", verdict=verdict)
        for at, verdict in enumerate(verdicts)
    )
    return Turn(
        id=name,
        question=f"Question {name}?",
        backend="rag",
        parent=parent,
        answer=answer or f"Answer {name}.",
        status=status,
        flags=flags,
        passages=(
            Passage(id="1", document="one.md", title="", text=""),
            Passage(id="2", document="two.md", title="", text=""),
        ),
    )


def taken(*turns: Turn, outcome: Outcome | None = None, winner: str = "") -> list[str]:
    conversation = Conversation(id="c", turns={one.id: one for one in turns}, head=turns[-1].id)
    if outcome is not None:
        vote = Preference(turns=tuple(one.id for one in turns), outcome=outcome, winner=winner)
        conversation = conversation.with_preference(vote)
    return [draft.questions[0] for draft in confirmed([conversation])]


def test_only_answers_that_were_found_good_are_taken() -> None:
    assert taken(turn("a"), turn("b")) == []
    assert taken(turn("a"), turn("b"), outcome="better", winner="b") == ["Question b?"]
    assert taken(turn("a"), turn("b"), outcome="tie") == ["Question a?", "Question b?"]
    assert taken(turn("a", "rejected"), turn("b", "rejected"), outcome="bad") == []
    assert taken(turn("a", "rejected", "rejected")) == ["Question a?"]
    assert taken(turn("a", "rejected", "")) == []
    assert taken(turn("a", "rejected"), turn("b"), outcome="better", winner="b") == ["Question b?"]


@pytest.mark.parametrize("status", ["length", "cancelled", "error", "open"])
def test_an_answer_that_did_not_end_by_itself_is_never_taken(status: Status) -> None:
    assert taken(turn("a", status=status), turn("b"), outcome="better", winner="a") == []


def test_a_confirmed_flag_speaks_louder_than_a_vote() -> None:
    assert taken(turn("a", "rejected", "confirmed"), turn("b"), outcome="better", winner="a") == []


def test_what_was_said_before_is_kept_as_far_as_it_is_good_and_personal_data_is_masked() -> None:
    turns = [
        turn("a", "confirmed"),
        turn("b", parent="a", answer="Write to hanako.sato@kaisha.co.jp."),
        turn("c", "rejected", parent="b", answer="It is so [2]."),
    ]
    conversation = Conversation(id="c", turns={one.id: one for one in turns}, head="c")
    (draft,) = confirmed([conversation])
    assert draft.history == (Message("user", "Question b?"), Message("assistant", "Write to [EMAIL]."))
    assert draft.pages == ("two.md",)
    assert draft.kind == "transcript"


JAPANESE = (
    "受付番号,お問い合わせ内容,担当,回答内容\r\n"
    '1,"電話は090-1234-5678です。\r\n期間を再開できますか",佐藤,"はい、①コントローラーが再開できます。yamada@kaisha.co.jpまで"\r\n'
    "2,ロットは使えますか,佐藤,\r\n"
    ",,,\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_tickets_in_japanese_are_read_and_masked(encoding: str) -> None:
    one, other = tickets(JAPANESE.encode(encoding), "t.csv")
    assert isinstance(one, Draft)
    assert one.questions == ("電話は[PHONE]です。\n期間を再開できますか",)
    assert one.answer == "はい、①コントローラーが再開できます。[EMAIL]まで"
    assert isinstance(other, Aside)
    assert other.reason == "empty"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_columns_are_known_by_their_usual_names(separator: str) -> None:
    lines = ("ID", "Customer_Question", "Resolution"), ("1", "May I?", "You may.")
    data = "\n".join(separator.join(line) for line in lines).encode()
    (draft,) = tickets(data, "t.csv")
    assert isinstance(draft, Draft)
    assert (draft.questions, draft.answer, draft.kind) == (("May I?",), "You may.", "ticket")


def test_columns_can_be_named() -> None:
    (draft,) = tickets(b"x,y\nMay I?,You may.\n", "t.csv", "X", "y")
    assert isinstance(draft, Draft)
    assert draft.answer == "You may."


@pytest.mark.parametrize(
    ("data", "question", "message"),
    [
        (b"x,y\n1,2\n", "", "no column that is known to hold questions"),
        (b"x,answer\n1,2\n", "z", "no column 'z'"),
        (b"answer\n1\n", "answer", "the same column"),
        (b"", "", "no column"),
        (b"\xff\xff\x80\xa0", "", "neither UTF-8 nor cp932"),
        (b'question,answer\n"1,2\n', "", "no table: line 2: a quotation mark in it is not closed"),
        (b'question,answer\n1,2\n"May" I?,3\n', "", "no table: line 3"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_one_line(data: bytes, question: str, message: str) -> None:
    with pytest.raises(KotaeError, match=message) as refused:
        tickets(data, "t.csv", question)
    assert "\n" not in refused.value.message


def test_control_characters_in_a_ticket_set_it_aside() -> None:
    (found,) = tickets(b"question,answer\nWho\x1b[2J?,You.\n", "t.csv")
    assert isinstance(found, Aside)
    assert found.reason == "control-characters"


@pytest.mark.parametrize(
    "data",
    [
        b"sep=;\r\nquestion;answer\r\nMay I, or not?;You may.\r\n",
        b'\r\n\r\nquestion,answer\r\n"May I, or not?",You may.\r\n',
        b'"id, or number";"question";"answer"\n1;"May I, or not?";"You may."\n',
        b'"ticket\nnumber",question,answer\n1,"May I, or not?",You may.\n',
        b'question, answer\n"May I, or not?", "You may."\n',
        b'question,answer,\r\n"May I, or not?",You may.,,\r\n',
        b"question;answer\rMay I, or not?;You may.\r",
    ],
    ids=["sep", "empty-lines", "quoted-head", "line-in-head", "blanks", "empty-cells", "old-mac"],
)
def test_tables_as_programs_write_them_are_read(data: bytes) -> None:
    (draft,) = tickets(data, "t.csv")
    assert isinstance(draft, Draft)
    assert (draft.questions, draft.answer) == (("May I, or not?",), "You may.")


def test_an_answer_that_a_separator_cuts_off_is_not_learnt() -> None:
    cut, whole = tickets(b"question,answer\nMay I?,Yes, but not on Sundays.\nNow?,No.\n", "t.csv")
    assert isinstance(cut, Aside)
    assert cut.reason == "columns"
    assert isinstance(whole, Draft)
