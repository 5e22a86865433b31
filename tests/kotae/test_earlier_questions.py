"""Questions of earlier conversations are found without their answers, whatever else lies in the folder."""

from __future__ import annotations

import os
from pathlib import Path

from kotae.conversation import Turn
from kotae.events import Delta
from kotae.transcripts.questions import BYTES, FILES, earlier_questions
from kotae.transcripts.record import Recorder


def recorded(folder: Path, name: str, at: float, *questions: str) -> None:
    recorder = Recorder(folder, name, created="")
    for number, question in enumerate(questions):
        recorder.opened(Turn(id=f"{name}{number}", question=question, backend="base"))
        recorder.event(f"{name}{number}", Delta('{"type":"turn","question":"an answer"}'), 0.1)
    recorder.close()
    os.utime(recorder.path, (at, at))


def test_they_come_oldest_first_and_once(tmp_path: Path) -> None:
    recorded(tmp_path, "b", 100, "one", "two")
    recorded(tmp_path, "a", 200, "three", "one", "質問\nは？")
    assert earlier_questions(tmp_path) == ["two", "three", "one", "質問\nは？"]
    assert earlier_questions(tmp_path, 2) == ["one", "質問\nは？"]


def test_whatever_lies_in_the_folder_is_passed_over(tmp_path: Path) -> None:
    assert earlier_questions(tmp_path / "none") == []
    recorded(tmp_path, "a", 100, "one")
    (tmp_path / "b.jsonl").write_bytes(
        b'{"type":"turn","question":5}\n{"type":"turn"\n\xff\n{"type":"turn","question":"x\xff"}\n'
    )
    (tmp_path / "c.jsonl").mkdir()
    (tmp_path / "d.jsonl").symlink_to(tmp_path / "nowhere")
    assert earlier_questions(tmp_path) == ["one"]


def test_what_is_read_is_bounded(tmp_path: Path) -> None:
    for number in range(FILES + 5):
        recorded(tmp_path, f"{number:02}", number, f"question {number}")
    assert len(earlier_questions(tmp_path)) == FILES


def test_only_the_end_of_a_long_transcript_is_read(tmp_path: Path) -> None:
    lines = ['{"type":"turn","question":"head"}', "x" * BYTES, '{"type":"turn","question":"tail"}', ""]
    (tmp_path / "long.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert earlier_questions(tmp_path) == ["tail"]
