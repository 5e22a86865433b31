"""`kotae transcript`: what is listed, found, shown, exported and taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kotae import paths
from kotae.cli.transcript import _write
from kotae.errors import KotaeError
from kotae.transcripts import changes
from kotae.transcripts.read import read
from tests.cli.command import kotae
from tests.written import Said, write


@pytest.fixture
def folder() -> Path:
    """Three conversations where Kotae keeps them."""
    folder = paths.transcripts_dir()
    write(folder, "20260101T090000-aaaaaa", "Who may reopen it?", day=1, pinned=True)
    write(folder, "20260102T090000-bbbbbb", "Why?", "And when?", day=2)
    write(
        folder,
        "20260103T090000-cccccc",
        Said("誰が再開できますか", answer="経理責任者\x1b[31mだけです", backend="rag"),
        day=3,
        title="締めた期間",
    )
    return folder


async def test_they_are_listed_pinned_first_then_the_newest(folder: Path) -> None:
    done = await kotae("transcript", "list")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "★ 20260101T090000-aaaaaa  Who may reopen it?  (1 turn: base)",
        "  20260103T090000-cccccc  締めた期間  (1 turn: rag)",
        "  20260102T090000-bbbbbb  Why?  (2 turns: base)",
    ]
    rows = [json.loads(line) for line in (await kotae("transcript", "list", "--json")).out.splitlines()]
    assert [row["title"] for row in rows] == ["", "締めた期間", ""]
    assert rows[1]["file"] == str(folder / "20260103T090000-cccccc.jsonl")
    assert len((await kotae("transcript", "list", "--limit", "1")).out.splitlines()) == 1


async def test_an_empty_folder_is_said_to_be_empty(tmp_path: Path) -> None:
    done = await kotae("transcript", "list", "--record", tmp_path / "none")
    assert (done.code, done.out) == (0, "")
    assert f"There is no conversation in {tmp_path / 'none'} yet." in done.err


async def test_two_characters_of_japanese_are_found(folder: Path) -> None:
    done = await kotae("transcript", "search", "責任")
    assert done.code == 0
    assert done.out.splitlines() == [
        "  20260103T090000-cccccc  締めた期間  (1 turn: rag)",
        r"    経理責任者\x1b[31mだけです",
    ]
    row = json.loads((await kotae("transcript", "search", "責任", "--json")).out)
    assert (row["turn"], row["where"], row["marks"]) == ("t1", "answer", [[2, 4]])


async def test_what_is_found_nowhere_is_said(folder: Path) -> None:
    done = await kotae("transcript", "search", "dragon")
    assert (done.code, done.out) == (0, "")
    assert "No conversation holds 'dragon'." in done.err


async def test_a_conversation_is_shown_without_its_controls(folder: Path) -> None:
    done = await kotae("transcript", "show", "20260103")
    assert done.code == 0
    assert done.out == "\n❯ 誰が再開できますか\n\n● rag\n経理責任者\\x1b[31mだけです\n"
    assert json.loads((await kotae("transcript", "show", "last", "--json")).out)["title"] == "締めた期間"


async def test_one_that_is_not_there_is_one_line(folder: Path) -> None:
    done = await kotae("transcript", "show", "1999")
    assert done.code == 1
    assert done.out == ""
    assert done.err.startswith("kotae: No conversation in ")
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("format_", "begins"), [("markdown", "# 締めた期間"), ("html", "<!doctype html>"), ("json", '{"id"'), ("chat", '{"messages"')]
)  # fmt: skip
async def test_it_is_exported_to_stdout_or_a_file(
    folder: Path, tmp_path: Path, format_: str, begins: str
) -> None:
    done = await kotae("transcript", "export", "20260103", "--format", format_)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(begins)
    out = tmp_path / "out"
    again = await kotae("transcript", "export", "20260103", "--format", format_, "--out", out)
    assert (again.code, again.out, out.read_text(encoding="utf-8")) == (0, "", done.out)
    assert out.stat().st_mode & 0o777 == 0o600


async def test_the_file_s_name_says_the_format_where_it_can(folder: Path, tmp_path: Path) -> None:
    done = await kotae("transcript", "export", "last", "--out", tmp_path / "out.html")
    assert done.code == 0
    assert (tmp_path / "out.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (await kotae("transcript", "export", "last", "--out", tmp_path / "out.jsonl")).code == 2


async def test_all_of_them_are_exported_and_what_is_no_transcript_is_passed_over(folder: Path) -> None:
    (folder / "foreign.jsonl").write_text("{}\n")
    done = await kotae("transcript", "export", "--all", "--format", "chat")
    assert done.code == 0
    assert len(done.out.splitlines()) == 3
    assert "Passed over: " in done.err


async def test_wrong_usage_says_so(folder: Path) -> None:
    assert (await kotae("transcript", "export", "--format", "html")).code == 2
    assert (await kotae("transcript", "export", "last")).code == 2
    done = await kotae("transcript", "export", "last", "--format", "docx")
    assert done.code == 1
    assert (
        "There is no format 'docx'. Choose one of: chat, html, json, markdown, picked, preferences."
        in done.err
    )
    formats = await kotae("transcript", "export", "--formats")
    names = [line.split()[0] for line in formats.out.splitlines()]
    assert names == ["chat", "html", "json", "markdown", "picked", "preferences"]


async def test_a_file_that_can_not_be_written_is_one_line(folder: Path, tmp_path: Path) -> None:
    done = await kotae(
        "transcript", "export", "last", "--format", "html", "--out", tmp_path / "no" / "x.html"
    )
    assert done.code == 1
    assert "can't be written: No such file or directory." in done.err


async def test_what_was_deleted_is_listed_and_taken_back(folder: Path) -> None:
    changes.delete(folder / "20260102T090000-bbbbbb.jsonl")
    assert "Why?" not in (await kotae("transcript", "list")).out
    assert "20260102T090000-bbbbbb  Why?" in (await kotae("transcript", "list", "--bin")).out
    done = await kotae("transcript", "restore", "20260102")
    assert done.code == 0
    assert "Why?" in (await kotae("transcript", "list")).out
    assert len(read(folder / "20260102T090000-bbbbbb.jsonl").turns) == 2
    assert "The bin is empty." in (await kotae("transcript", "list", "--bin")).err


def test_a_format_that_fails_is_named_in_one_line_and_leaves_no_file(tmp_path: Path) -> None:
    class Broken:
        name = "broken"
        suffix = ".txt"
        about = "fails in the middle"

        def write(self, conversations: object) -> Iterator[str]:
            yield "half"
            raise ValueError("no more")

    with pytest.raises(KotaeError, match=r"The format broken failed: ValueError: no more\."):
        _write(tmp_path / "out.txt", Broken(), [])
    assert list(tmp_path.glob("*out*")) == []
