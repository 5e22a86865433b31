"""The transcript: append-only, whole after a crash, one writer."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kotae.conversation import Message, Passage, Rewrite, Turn
from kotae.errors import TranscriptError
from kotae.events import Delta, Finished, Prompted, Retrieved, Rewritten
from kotae.transcripts.contents import heading_of
from kotae.transcripts.read import INTERRUPTED, find, latest, read
from kotae.transcripts.record import Recorder, fold_history, new_conversation_id


def open_turn(recorder: Recorder, turn_id: str = "t1", parent: str | None = None) -> Turn:
    turn = Turn(
        id=turn_id,
        question="誰が再開できますか",
        backend="rag",
        parent=parent,
        started="2026-01-01T00:00:00+00:00",
    )
    recorder.opened(turn)
    return turn


def test_the_question_is_on_disk_before_anything_else(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "c")
    open_turn(recorder)
    turn = read(recorder.path).turns["t1"]
    assert turn.question == "誰が再開できますか"
    assert (turn.status, turn.error) == ("error", INTERRUPTED)
    recorder.close()


def test_the_file_and_its_folder_are_for_the_owner_alone(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "new", "c")
    open_turn(recorder)
    assert recorder.path.stat().st_mode & 0o777 == 0o600
    assert recorder.path.parent.stat().st_mode & 0o777 == 0o700
    recorder.close()


def test_no_file_appears_before_the_first_question(tmp_path: Path) -> None:
    Recorder(tmp_path / "new", "c").close()
    assert not (tmp_path / "new").exists()


def test_a_torn_last_line_costs_nothing_else(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "c")
    open_turn(recorder)
    recorder.event("t1", Delta("Hello"), 0.1)
    recorder.checkpoint("t1", 0.2)
    recorder.close()
    with recorder.path.open("ab") as file:
        file.write(b'{"type":"delta","turn":"t1","text":"los')
    assert read(recorder.path).turns["t1"].answer == "Hello"

    again = Recorder(tmp_path, "c")  # going on after the crash starts on a line of its own
    open_turn(again, "t2", "t1")
    again.close()
    assert list(read(again.path).turns) == ["t1", "t2"]


def test_lines_and_fields_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "c")
    open_turn(recorder)
    recorder.close()
    with recorder.path.open("a", encoding="utf-8") as file:
        file.write('{"type":"hologram","turn":"t1"}\n[]\n{"type":"delta","turn":"t1"}\n')
        file.write('{"type":"finished","turn":"t1","reason":"stop","colour":"blue"}\n')
    assert read(recorder.path).turns["t1"].status == "stop"


def test_the_steps_of_a_search_are_kept(tmp_path: Path) -> None:
    rewrite = Rewrite(query="a — q || b?", method="model: small-1", note="it took long")
    passages = (
        Passage(id="1", document="a.md", title="A", text="t", links=("b.md", "c.md")),
        Passage(id="2", document="b.md", title="B", text="t", found_by="b?"),
    )
    recorder = Recorder(tmp_path, "c")
    open_turn(recorder)
    recorder.event("t1", Rewritten(rewrite), 0.1)
    recorder.event("t1", Retrieved(passages), 0.2)
    recorder.close()
    turn = read(recorder.path).turns["t1"]
    assert (turn.rewrite, turn.passages) == (rewrite, passages)
    assert Turn.from_dict(json.loads(json.dumps(turn.to_dict()))) == turn


def test_a_search_recorded_before_its_steps_were_is_read(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "c")
    open_turn(recorder)
    recorder.close()
    with recorder.path.open("a", encoding="utf-8") as file:
        file.write('{"type":"rewritten","turn":"t1","query":"q2","method":"carry-over"}\n')
        file.write(
            '{"type":"retrieved","turn":"t1","passages":[{"id":"1","document":"a","title":"A","text":"t"}]}\n'
        )
    turn = read(recorder.path).turns["t1"]
    assert turn.rewrite == Rewrite(query="q2", method="carry-over")
    assert turn.passages == (Passage(id="1", document="a", title="A", text="t"),)


def test_a_later_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text('{"type":"conversation","schema":99,"id":"c"}\n', encoding="utf-8")
    with pytest.raises(TranscriptError, match="schema 99"):
        read(path)


@pytest.mark.parametrize("content", ["", "hello\n", '{"type":"delta"}\n', "\x00\xff"])
def test_another_file_is_no_transcript(tmp_path: Path, content: str) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(TranscriptError, match="no Kotae transcript"):
        read(path)


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"turn","turn":"t9","question":5,"backend":"b"}',
        '{"type":"delta","turn":"t1","text":["x"]}',
        '{"type":"finished","turn":"t1","reason":"exploded"}',
        '{"type":"flags","turn":"t1","flags":[{"start":"a"}]}',
        '{"type":"prompted","turn":"t1","messages":[{"history":"many"}]}',
        '{"type":"prompted","turn":"t1","messages":7}',
        '{"type":"delta","turn":{"a":1},"text":"x"}',
        "[" * 100_000,
    ],
)
def test_a_line_of_the_wrong_shape_costs_nothing_else(tmp_path: Path, line: str) -> None:
    recorder = Recorder(tmp_path, "c")
    open_turn(recorder)
    recorder.close()
    with recorder.path.open("a", encoding="utf-8") as file:
        file.write(line + "\n" + '{"type":"delta","turn":"t1","text":"Hello"}\n')
    turns = read(recorder.path).turns
    assert list(turns) == ["t1"]
    assert turns["t1"].answer == "Hello"
    assert heading_of(recorder.path) == "誰が再開できますか"


def test_a_conversation_goes_by_its_title_its_first_question_or_nothing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "c")
    open_turn(recorder)
    recorder.title("締めの確認")
    recorder.close()
    assert heading_of(recorder.path) == "締めの確認"
    (tmp_path / "bad.jsonl").write_text('{"type":"turn","question":5}\n', encoding="utf-8")
    assert heading_of(tmp_path / "bad.jsonl") == ""
    assert heading_of(tmp_path / "none.jsonl") == ""


def test_a_long_conversation_is_read_in_a_moment(tmp_path: Path) -> None:
    recorder, parent = Recorder(tmp_path, "c"), None
    history: tuple[Message, ...] = ()
    for n in range(400):
        turn = open_turn(recorder, f"t{n}", parent)
        recorder.event(turn.id, Prompted((*history, Message("user", turn.question))), 0.0, history)
        recorder.event(turn.id, Delta(f"answer {n}"), 0.1)
        recorder.event(turn.id, Finished("stop"), 0.2)
        history = (*history, Message("user", turn.question), Message("assistant", f"answer {n}"))
        parent = turn.id
    recorder.close()
    began = time.process_time()
    conversation = read(recorder.path)
    assert time.process_time() - began < 2.0
    assert conversation.turns["t399"].prompt[:-1] == conversation.history("t398")


class FullDisk:
    """Stands in for `os.write`: takes `room` bytes, then no more."""

    def __init__(self, room: int) -> None:
        self.room, self.write = room, os.write

    def __call__(self, fd: int, data: bytes) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = self.write(fd, data[: self.room])
        self.room -= taken
        return taken


@pytest.mark.parametrize("room", [0, 10, 90, 200])
def test_after_a_full_disk_the_conversation_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    recorder = Recorder(tmp_path, "c")
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", FullDisk(room))
        with pytest.raises(TranscriptError, match=r"No space left.*Make room"):
            open_turn(recorder)
    open_turn(recorder, "t2")
    recorder.event("t2", Delta("Hello"), 0.1)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", FullDisk(15))
        with pytest.raises(TranscriptError):
            recorder.checkpoint("t2", 0.1)
    recorder.close()  # and nothing that was pending is lost
    assert read(recorder.path).turns["t2"].answer == "Hello"


def test_a_lock_taken_in_vain_is_not_held_against_oneself(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "c")
    recorder.path.mkdir()
    for _ in range(2):
        with pytest.raises(TranscriptError, match="can't be written"):
            open_turn(recorder)
    recorder.path.rmdir()
    open_turn(recorder)
    recorder.close()


def test_two_recorders_never_write_one_conversation(tmp_path: Path) -> None:
    first, second = Recorder(tmp_path, "c"), Recorder(tmp_path, "c")
    open_turn(first)
    with pytest.raises(TranscriptError, match="open in another Kotae"):
        open_turn(second)
    first.close()
    open_turn(second, "t2")
    second.close()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(TranscriptError, match=r"can't be written.*--record"):
        open_turn(Recorder(tmp_path / "file", "c"))


def test_history_is_not_written_again_with_every_turn(tmp_path: Path) -> None:
    history = tuple(Message(role, f"{n}") for n in range(40) for role in ("user", "assistant"))
    folded = fold_history((Message("system", "s"), *history, Message("user", "q")), history)
    assert folded == [{"role": "system", "content": "s"}, {"history": 80}, {"role": "user", "content": "q"}]


def test_the_exact_prompt_is_read_back_though_its_history_was_folded(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "c")
    open_turn(recorder)
    recorder.event("t1", Delta("The Controller."), 0.1)
    recorder.event("t1", Finished("stop"), 0.2)
    history = read_history(recorder)
    open_turn(recorder, "t2", "t1")
    sent = (Message("system", "s"), *history, Message("user", "and when?"))
    recorder.event("t2", Prompted(sent), 0.0, history)
    recorder.close()
    assert "The Controller." not in recorder.path.read_text(encoding="utf-8").splitlines()[-1]
    assert read(recorder.path).turns["t2"].prompt == sent


def read_history(recorder: Recorder) -> tuple[Message, ...]:
    return read(recorder.path).history("t1")


def test_conversations_are_found_by_last_path_or_beginning(tmp_path: Path) -> None:
    for name in ("20260101T000000-aaaaaa", "20260102T000000-bbbbbb"):
        recorder = Recorder(tmp_path, name)
        open_turn(recorder)
        recorder.close()
    newest = tmp_path / "20260102T000000-bbbbbb.jsonl"
    os.utime(tmp_path / "20260101T000000-aaaaaa.jsonl", (1, 1))
    assert (
        latest(tmp_path)
        == find(tmp_path, "last")
        == find(tmp_path, "20260102")
        == find(tmp_path, str(newest))
        == newest
    )
    with pytest.raises(TranscriptError, match="2 conversations"):
        find(tmp_path, "2026")
    with pytest.raises(TranscriptError, match="No conversation"):
        find(tmp_path, "1999")
    with pytest.raises(TranscriptError, match="no conversation in"):
        find(tmp_path / "empty", "last")


def test_a_transcript_that_is_just_being_begun_is_not_the_last(tmp_path: Path) -> None:
    before = tmp_path / "20260101T000000-aaaaaa.jsonl"
    before.write_text('{"type": "conversation"}\n', encoding="utf-8")
    (tmp_path / "20260102T000000-bbbbbb.jsonl").touch()
    assert find(tmp_path, "last") == before


def test_ids_are_safe_as_file_names() -> None:
    assert new_conversation_id().replace("-", "").isalnum()


_ANSWERING = """
import asyncio, sys
from pathlib import Path
from kotae.backend import AnswerRequest
from kotae.settings import FlagSettings
from kotae.transcripts.record import Recorder
from kotae.turn import TurnContext, TurnRun
from plugins.manager import PluginManager
from tests.kotae.backends import Endless

async def main():
    context = TurnContext(hooks=PluginManager(), recorder=Recorder(Path(sys.argv[1]), "c"), flags=FlagSettings(enabled=False))
    async for event in TurnRun(Endless(), AnswerRequest(question="a question"), context):
        pass

asyncio.run(main())
"""


def test_killed_in_the_middle_of_an_answer_the_question_and_what_came_are_there(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _ANSWERING, str(tmp_path)], cwd=Path(__file__).parents[2]
    )
    path = tmp_path / "c.jsonl"
    deadline = time.monotonic() + 30
    try:
        while not (path.exists() and b'"delta"' in path.read_bytes()):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    (turn,) = read(path).turns.values()
    assert turn.question == "a question"
    assert turn.answer.startswith("word word")
    assert turn.error == INTERRUPTED
    assert [json.loads(line)["type"] for line in path.read_text(encoding="utf-8").splitlines()][:2] == [
        "conversation",
        "turn",
    ]
