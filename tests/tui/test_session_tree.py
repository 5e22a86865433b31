"""The tree as the session keeps it: what is continued, what is in the history, and what is recorded of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kotae.errors import TranscriptError
from kotae.transcripts.read import read
from kotae.transcripts.record import Recorder
from tests.written import Said, write
from tui import draft
from tui.session import Session

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def session(tmp_path: Path) -> Session:
    """On a conversation: t1, then t2 and t3 that answer one question, t4 after t3, and t5, another question after t1."""
    path = write(
        tmp_path,
        "c",
        "First?",
        "Second?",
        Said("Second?", parent="t1"),
        "Fourth?",
        Said("Other?", parent="t1"),
    )
    session = Session(tmp_path)
    await session.resume(path)
    return session


def shown(session: Session) -> list[str]:
    return [turn.id for turn in session.shown()]


async def test_the_branch_asked_last_is_on_view_and_others_are_gone_to(session: Session) -> None:
    assert (shown(session), session.tip) == (["t1", "t5"], "t5")
    assert session.go_below("t2") == ""
    assert (shown(session), session.tip) == (["t1", "t3", "t2"], "t2")
    turns = session.conversation.turns
    assert [turn for turn in turns if session.in_history(turns[turn])] == ["t1", "t2"]
    session.go_below("t3")
    assert (shown(session), session.tip) == (["t1", "t2", "t3", "t4"], "t4")
    assert not session.in_history(turns["t2"])


async def test_what_is_continued_is_the_answer_and_not_what_followed_it(session: Session) -> None:
    session.go_to("t1")
    assert (shown(session), session.tip) == (["t1"], "t1")
    assert not session.in_history(session.conversation.turns["t5"])


async def test_where_the_reader_went_is_recorded_once(session: Session, tmp_path: Path) -> None:
    for _ in range(2):
        session.go_to("t3")
    await session.aclose(lambda: None, 1.0)
    assert (tmp_path / "c.jsonl").read_bytes().count(b'"type":"head"') == 1
    assert read(tmp_path / "c.jsonl").head == "t3"


async def test_a_turn_on_another_branch_is_resumed_at(session: Session, tmp_path: Path) -> None:
    await session.resume(tmp_path / "c.jsonl", "t3")
    assert shown(session) == ["t1", "t2", "t3", "t4"]
    await session.resume(tmp_path / "c.jsonl", "t1")  # on view already: the branch stays
    assert shown(session) == ["t1", "t5"]
    await session.resume(tmp_path / "c.jsonl", "gone")
    assert shown(session) == ["t1", "t5"]


async def test_a_title_goes_through_the_recorder_that_is_open(session: Session, tmp_path: Path) -> None:
    session.go_to("t3")  # from here on this process holds the lock
    session.rename(tmp_path / "c.jsonl", "題\n名")
    session.pin(tmp_path / "c.jsonl", True)
    assert (session.conversation.title, session.conversation.pinned) == ("題 名", True)
    assert read(tmp_path / "c.jsonl").title == "題 名"
    await session.aclose(lambda: None, 1.0)


async def test_the_conversation_on_view_is_left_when_it_is_deleted(session: Session, tmp_path: Path) -> None:
    session.go_to("t3")
    assert session.delete(tmp_path / "c.jsonl") == tmp_path / "bin" / "c.jsonl"
    assert not session.begun
    assert session.path is None


async def test_one_that_can_not_be_deleted_stays_on_view(session: Session, tmp_path: Path) -> None:
    elsewhere = Recorder(tmp_path, "c")
    elsewhere.pinned(False)
    with pytest.raises(TranscriptError, match="is open in another Kotae"):
        session.delete(tmp_path / "c.jsonl")
    elsewhere.close()
    assert shown(session) == ["t1", "t5"]


def test_drafts_are_bounded_and_for_the_owner_alone(tmp_path: Path) -> None:
    for number in range(draft.KEPT + 20):
        draft.save(draft.draft_file(tmp_path / f"c{number}.jsonl"), "text")
    file = draft.draft_file(tmp_path / f"c{draft.KEPT + 19}.jsonl")
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(list(file.parent.iterdir())) == draft.KEPT
    assert draft.load(file) == "text"
