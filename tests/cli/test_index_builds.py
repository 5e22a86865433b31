from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from backends.retrieval.indexing import BuildSummary
from backends.retrieval.manual import Skipped
from kotae.cli.index import summary_line
from kotae.cli.terminal import ProgressLine
from kotae.events import Progress
from tests.cli.command import kotae


def summary(**changes: object) -> BuildSummary:
    given: dict[str, object] = {
        "pages": 3,
        "passages": 9,
        "encoded": 4,
        "taken_up": 0,
        "vectors": 9,
        "vector_index": "Flat",
        "changed": True,
        "skipped": (),
        "skipped_count": 0,
        "seconds": 1.25,
    }
    return BuildSummary(**{**given, **changes})  # type: ignore[arg-type]


def test_the_summary_says_what_was_done_and_how_vectors_are_searched() -> None:
    assert summary_line(summary(), Path("x")) == (
        "3 pages, 9 passages in x; 4 encoded; 9 vectors (FAISS Flat, exact); 1.2 s."
    )
    assert "; 4 encoded, 5 taken up from a build that was cut short; " in summary_line(
        summary(taken_up=5), Path("x")
    )
    assert "(FAISS IVF2048,SQfp16)" in summary_line(summary(vector_index="IVF2048,SQfp16"), Path("x"))
    assert "nothing had changed; no vectors; 1.2 s, 2 skipped." in summary_line(
        summary(changed=False, vectors=0, skipped=(Skipped("a", "empty"),) * 2, skipped_count=2), Path("x")
    )


@pytest.mark.weights
async def test_index_says_on_stderr_what_it_did_and_in_json_on_stdout(home: Path) -> None:
    manual = home / "manual"
    manual.mkdir()
    (manual / "a.md").write_text("# 期間\n\n期間は一か月です。\n", encoding="utf-8")
    (manual / "b.md").write_bytes(b"\xff\xff")
    done = await kotae("index", manual, "--out", home / "index", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["passages"], found["vectors"], found["vector_index"], found["skipped_count"]) == (
        1,
        0,
        "",
        1,
    )
    assert found["skipped"] == [{"path": "b.md", "reason": "not UTF-8"}]
    again = await kotae("index", manual, "--out", home / "index")
    assert (again.code, again.out) == (0, "")
    assert "Skipped b.md: not UTF-8" in again.err
    assert "nothing had changed; no vectors;" in again.err


def test_progress_shows_the_rate_and_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at = 0.0
    monkeypatch.setattr("time.monotonic", lambda: at)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    line = ProgressLine()
    for done in range(0, 700, 100):
        line(Progress("Building the index", done, 30_000, "passages"))
        at += 1.0
    shown = capsys.readouterr().err.split("\r\x1b[2K")
    assert shown[1].endswith("  0%")
    assert shown[-1].endswith("  2%  100 passages/s  5 min left")


def test_a_line_that_is_drawn_again_leaves_room_for_what_is_typed_behind_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    ProgressLine()(Progress("索引を作っています", 1, 2, "pages"), "0.2 spent")
    shown = capsys.readouterr().err.removeprefix("\r\x1b[2K")
    assert cell_len(shown) in (36, 37)
    assert shown.endswith("…")
