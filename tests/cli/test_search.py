"""`kotae search` words its queries as the rag backend does."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from backends.embedded import weights
from tests.backends.retrieval.conftest import write
from tests.cli.command import kotae
from tests.cli.installed import install
from tests.scripted_server import ScriptedServer, answers, rewords

HISTORY = [
    {"role": "user", "content": "What does a soft close do to a period?"},
    {"role": "assistant", "content": "It keeps Accountants from posting."},
]
ROWS = [
    {"id": 1, "question": "Who may reopen what a soft close closes?"},
    {"id": 2, "question": "and who may undo it?", "history": HISTORY},
]
FAILS = "from kotae import hookimpl\n@hookimpl\ndef rewrite_query(question): raise ValueError('bad day')\n"


@pytest.mark.weights
async def test_every_row_is_worded_by_the_model_and_says_when_it_was_not(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if weights.find(weights.MINILM) is None:
        pytest.skip("the embedded encoder is not in the models folder; `make weights` fetches it")
    manual = tmp_path / "manual"
    manual.mkdir()
    (manual / "closing.md").write_text("# Closing\n\nA soft close closes a period.\n", encoding="utf-8")
    (manual / "roles.md").write_text("# Roles\n\nA Controller may reopen a period.\n", encoding="utf-8")
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in (*ROWS, *ROWS)), encoding="utf-8")
    assert (await kotae("index", manual, "--out", tmp_path / "index")).code == 0

    monkeypatch.setenv("PYTHONPATH", install(tmp_path / "site", "bad", FAILS))
    monkeypatch.setenv("KOTAE_RETRIEVAL__REWRITER", "rag")
    monkeypatch.setenv("KOTAE_BACKENDS__RAG__MODEL", "small-1")
    monkeypatch.setenv("KOTAE_BACKENDS__RAG__BASE_URL", server.base_url)
    server.plays(rewords("ignored", "What does it close?"), rewords("Who undoes it?"), answers("Nobody."))
    done = await kotae("search", "--index", tmp_path / "index", "--queries", file, "--json")
    assert done.code == 0, done.err
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [(row["query"], row["method"]) for row in rows[:3]] == [
        ("Who may reopen what a soft close closes? || What does it close?", "model: scripted-1"),
        ("Who undoes it?", "model: scripted-1"),
        ("Who may reopen what a soft close closes?", "as typed"),
    ]
    assert rows[3]["method"] == "carry-over"
    assert [row["note"] for row in rows] == [
        "bad failed: ValueError: bad day",
        "",
        "small-1 gave no usable query; searched for as typed.",
        "small-1 gave no usable query; carried over from the history.",
    ]
    assert {passage["document"] for passage in rows[0]["passages"]} == {"closing.md", "roles.md"}
    assert "Plugin bad was switched off for this session: ValueError: bad day." in done.err


@pytest.fixture
async def index(tmp_path: Path) -> Path:
    """The index of two Japanese pages, for which nothing has to be encoded; the name of one is made to look like a result."""
    if weights.find(weights.MINILM) is None:
        pytest.skip("the embedded encoder is not in the models folder; `make weights` fetches it")
    pages = {"期間.md": "期間は一か月です。\n", "出荷\n 1. 1.000  偽.md": "出荷は倉庫担当が行います。\n"}
    done = await kotae("index", write(tmp_path / "manual", pages), "--out", tmp_path / "index")
    assert done.code == 0, done.err
    return tmp_path / "index"


@pytest.mark.weights
async def test_results_say_what_they_were_found_for_and_files_may_begin_with_a_mark(
    index: Path, tmp_path: Path
) -> None:
    rows = [{"id": "q1", "question": "期間は？"}, {"question": "期間とは\n何ですか"}]
    file, history = tmp_path / "rows.jsonl", tmp_path / "history.json"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8-sig")
    history.write_text(json.dumps(HISTORY), encoding="utf-8-sig")
    done = await kotae("search", "--index", index, "--queries", file, "--top", "1")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert [lines[0], lines[3]] == ["q1: 期間は？", r"期間とは\n何ですか"]
    assert (await kotae("search", "--index", index, "--history", history, "期間は？")).code == 0


@pytest.mark.weights
async def test_a_name_with_a_line_feed_makes_no_line_of_its_own(index: Path) -> None:
    done = await kotae("search", "--index", index, "出荷は誰が行いますか")
    assert len(done.out.splitlines()) == 2
    assert r"出荷\n 1. 1.000" in done.out
    asked = await kotae("ask", "--backend", "quote", "--index", index, "出荷は誰が行いますか")
    assert not any(line.startswith(" 1. 1.000") for line in asked.err.splitlines())
    assert "[1]" in asked.err


async def test_a_history_beside_rows_is_wrong_usage(tmp_path: Path) -> None:
    done = await kotae("search", "--index", tmp_path, "--queries", "x", "--history", "y")
    assert done.code == 2
    assert "--history or --queries" in done.err


@pytest.mark.weights
@pytest.mark.parametrize(
    "arguments",
    [
        ("index", b"man\xff", "--out", "index"),
        ("index", b"to-it", "--out", "index"),
        ("index", "manual", "--out", b"out\xff"),
        ("search", "--index", b"man\xff", "period"),
        ("ask", "--backend", "quote", "--manual", b"man\xff", "Who?"),
        ("ask", "--backend", "quote", "--index", b"man\xff", "Who?"),
    ],
)
async def test_a_folder_whose_name_is_not_utf_8_is_refused_in_one_line(
    tmp_path: Path, arguments: tuple[str | bytes, ...]
) -> None:
    if weights.find(weights.MINILM) is None:
        pytest.skip("the embedded encoder is not in the models folder; `make weights` fetches it")
    bad = write(tmp_path / os.fsdecode(b"man\xff"), {"a.md": "A period is a month.\n"})
    (tmp_path / "to-it").symlink_to(bad)
    write(tmp_path / "manual", {"a.md": "A period is a month.\n"})
    done = await kotae(*arguments, cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    said = [line for line in done.err.splitlines() if line.startswith("kotae: ")]
    assert len(said) == 1
    assert "is not UTF-8" in said[0]
    assert "fault" not in done.err


async def test_a_history_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "h.json").write_bytes(b'[{"role": "user", "content": "\xff"}]')
    done = await kotae("search", "--index", tmp_path, "--history", tmp_path / "h.json", "and?")
    assert done.code == 1
    assert "is no history" in done.err
