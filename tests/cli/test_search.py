"""`kotae search` words its queries as the rag backend does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backends.embedded import weights
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
