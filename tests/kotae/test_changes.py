"""Naming, pinning, deleting and taking back: recorded in the transcript, and never behind another process's back."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from kotae.conversation import Turn
from kotae.errors import TranscriptError
from kotae.transcripts import changes
from kotae.transcripts.read import find, latest, read
from kotae.transcripts.record import Recorder
from tests.written import Said, write


def test_a_title_and_a_pin_are_lines_of_the_transcript(tmp_path: Path) -> None:
    path = write(tmp_path, "c", "Who?")
    before = path.read_bytes()
    changes.rename(path, "  締めた期間の\n再開 ")
    changes.pin(path, True)
    assert path.read_bytes().startswith(before)
    conversation = read(path)
    assert (conversation.title, conversation.pinned) == ("締めた期間の 再開", True)
    changes.pin(path, False)
    changes.rename(path, "")
    conversation = read(path)
    assert (conversation.title, conversation.pinned) == ("", False)


def test_a_file_is_as_old_as_its_last_answer(tmp_path: Path) -> None:
    old = write(tmp_path, "old", "Old?")
    os.utime(old, (1, 1))
    new = write(tmp_path, "new", "New?")
    assert latest(tmp_path) == new
    changes.rename(old, "Renamed")
    changes.pin(old, True)
    assert latest(tmp_path) == new


def test_the_branch_that_was_gone_to_is_the_one_on_view(tmp_path: Path) -> None:
    path = write(tmp_path, "c", "First?", Said("Other?", parent=None), head="t1")
    assert read(path).head == "t1"
    assert [turn.id for turn in read(path).branch()] == ["t1"]


def test_what_is_asked_later_is_on_view_again_and_an_unknown_branch_is_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path, "c", "First?", Said("Other?", parent=None), head="t1")
    with closing(Recorder(tmp_path, "c")) as recorder:
        recorder.opened(Turn(id="t9", question="Next?", backend="base", parent="t1"))
        recorder.head("nowhere")
    assert read(path).head == "t9"


def test_deleting_moves_into_the_bin_and_can_be_taken_back(tmp_path: Path) -> None:
    path = write(tmp_path, "c", "Who?")
    moved = changes.delete(path)
    assert moved == tmp_path / "bin" / "c.jsonl"
    assert moved.parent.stat().st_mode & 0o777 == 0o700
    assert changes.deleted(tmp_path) == [moved]
    assert latest(tmp_path) is None
    assert changes.restore(moved) == path
    assert find(tmp_path, "c") == path


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    moved = changes.delete(write(tmp_path, "c", "First?"))
    path = write(tmp_path, "c", "Second?")
    with pytest.raises(TranscriptError, match=r"There is a c\.jsonl in .* already"):
        changes.restore(moved)
    with pytest.raises(TranscriptError, match="already"):
        changes.delete(path)
    assert next(iter(read(path).turns.values())).question == "Second?"


def test_a_conversation_that_is_open_elsewhere_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path, "c", "Who?")
    before = path.read_bytes()
    with closing(Recorder(tmp_path, "c")) as elsewhere:
        elsewhere.pinned(False)
        for change in (
            lambda: changes.rename(path, "x"),
            lambda: changes.pin(path, True),
            lambda: changes.delete(path),
        ):
            with pytest.raises(TranscriptError, match=r"The conversation c is open in another Kotae\."):
                change()
    assert len(path.read_bytes().splitlines()) == len(before.splitlines()) + 1


def test_what_is_gone_is_not_begun_anew(tmp_path: Path) -> None:
    path = write(tmp_path, "c", "Who?")
    changes.delete(path)
    recorder = Recorder(tmp_path, "c", begun=True)
    with pytest.raises(TranscriptError, match=r"is no longer in .*transcript restore"):
        recorder.opened(Turn(id="t2", question="And?", backend="base", parent="t1"))
    recorder.close()
    with pytest.raises(TranscriptError, match="no longer"):
        changes.rename(path, "x")
    with pytest.raises(TranscriptError, match="can't be moved"):
        changes.delete(path)
    assert not path.exists()
