"""The transcript: append-only, whole after a crash, one writer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kotae.conversation import Message, Turn
from kotae.errors import TranscriptError
from kotae.events import Delta, Finished, Prompted
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
