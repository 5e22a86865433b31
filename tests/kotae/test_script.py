"""Files of prepared questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from kotae.errors import ScriptError
from kotae.script import LARGEST, Step, read


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "questions.txt"


def texts(path: Path) -> list[str]:
    return [step.text for step in read(path)]


def test_each_line_is_a_question_comments_and_empty_lines_are_none(script: Path) -> None:
    script.write_text(
        "# A talk\n\nWhat is it?\n  締めた期間を再開できるのは誰ですか？  \n#last\n", encoding="utf-8"
    )
    assert read(script) == (
        Step("What is it?", line=3),
        Step("締めた期間を再開できるのは誰ですか？", line=4),
    )


def test_a_file_with_separators_is_made_of_blocks_that_keep_their_lines(script: Path) -> None:
    script.write_text("Look:\n\n  an example\n# not this\n\n---\nSecond\n---\n---\n", encoding="utf-8")
    assert read(script) == (Step("Look:\n\n  an example", line=1), Step("Second", line=7))


def test_a_command_at_the_head_of_a_block_is_a_step_of_its_own(script: Path) -> None:
    script.write_text("/backend rag\n\nOne\ntwo\n---\nThree", encoding="utf-8")
    assert read(script) == (Step("/backend rag", line=1), Step("One\ntwo", line=3), Step("Three", line=6))


def test_a_question_can_name_its_backend(script: Path) -> None:
    script.write_text("@rag: Who may?\n@my-own:\tAnd why?\nmail a@b: no\n", encoding="utf-8")
    assert read(script, backends=["rag", "my-own"]) == (
        Step("Who may?", "rag", 1),
        Step("And why?", "my-own", 2),
        Step("mail a@b: no", line=3),
    )


def test_what_looks_like_something_else_can_be_asked(script: Path) -> None:
    script.write_text(
        "\\# of users?\n\\@rag: is what?\n\\/retry does what?\n\\---\n/etc/hosts is what?\n", encoding="utf-8"
    )
    assert texts(script) == [
        "# of users?",
        "@rag: is what?",
        " /retry does what?",
        "---",
        "/etc/hosts is what?",
    ]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_any_line_end_and_a_byte_order_mark_will_do(script: Path, ends: str) -> None:
    script.write_bytes(b"\xef\xbb\xbf" + f"One{ends}Two{ends}".encode())
    assert texts(script) == ["One", "Two"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Fine\n\xff\xfe\n", "line 2: this is not UTF-8."),
        (b"\n@nobody: Who?\n", "line 2: there is no backend 'nobody'. Choose one of: base, rag."),
        (b"@rag:\n", "line 1: no question follows `@rag:`."),
        (b"One\n---\nTwo\n---\n/rewind\n", "line 5: there is no command `/rewind`."),
        (b"# nothing\n\n", "has no question in it."),
        (b"---\n", "has no question in it."),
        (b"x" * (LARGEST + 1), "is larger than 1,000,000 bytes."),
    ],
)
def test_what_is_wrong_is_said_with_its_line(script: Path, content: bytes, said: str) -> None:
    script.write_bytes(content)
    with pytest.raises(ScriptError) as caught:
        read(script, backends=["base", "rag"], commands=["backend"])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="can't be read: No such file or directory"):
        read(tmp_path / "none.txt")
    with pytest.raises(ScriptError, match="can't be read: Is a directory"):
        read(tmp_path)
