"""`kotae tune lint --repaired`, and the other files that a check writes, as people run it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.command import kotae
from tests.cli.test_tune import CLEAN, SAMPLE, content, told, written
from tests.kotae.tuning.control import chat


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return written(tmp_path / "rows.jsonl", CLEAN)


def rows_in(folder: Path) -> list[str]:
    return sorted(place.name for place in folder.glob("*.jsonl"))


@pytest.mark.weights
async def test_each_fault_planted_among_the_sample_rows_is_found_and_repaired_or_put_aside(
    tmp_path: Path,
) -> None:
    file, repaired = SAMPLE / "tuning/faulty.en.jsonl", tmp_path / "repaired.jsonl"
    before = file.read_bytes()
    done = await kotae("tune", "lint", file, "--manual", SAMPLE / "en", "--repaired", repaired, "--json")
    found = {(row["line"], one["code"]) for one in told(done)["findings"] for row in one["rows"]}
    faults = [
        json.loads(line) for line in (SAMPLE / "tuning/faulty.en.faults.jsonl").read_text().splitlines()
    ]
    assert [one for one in faults if (one["line"], one["code"]) not in found] == []
    assert "Left out: 7 (format 4, duplicates 3).\nMasked: 5.\nTo be looked at: " in done.err
    assert file.read_bytes() == before
    kept, aside = (path.read_text().splitlines() for path in (repaired, tmp_path / "repaired.aside.jsonl"))
    clean = [
        line
        for number, line in enumerate(before.decode().splitlines(), 1)
        if number not in {f["line"] for f in faults}
    ]
    assert all(json.loads(row)["metadata"]["reason"] for row in aside)
    assert set(kept) <= set(clean)
    assert len(kept) > 0.9 * len(clean)
    checks = "format,duplicates,contradictions,privacy"
    again = told(await kotae("tune", "lint", repaired, "--checks", checks, "--json"))
    assert again["findings"] == []


async def test_a_repaired_file_is_not_the_file_itself(rows: Path) -> None:
    done = await kotae("tune", "lint", rows, "--repaired", rows)
    assert done.code == 2
    assert "write to another" in done.err


# Files that are there.


async def test_rows_that_are_there_are_kept_unless_forced(rows: Path, tmp_path: Path) -> None:
    clash = [
        json.dumps(chat("Is tea served?", answer)).encode() for answer in ("Yes, it is.", "No, it is not.")
    ]
    file = written(tmp_path / "faulty.jsonl", [*CLEAN, *clash])
    out, aside, masked = (tmp_path / name for name in ("out.jsonl", "out.aside.jsonl", "masked.jsonl"))
    page = tmp_path / "page.html"
    everything = ("--mask", masked, "--repaired", out, "--html", page)
    assert (await kotae("tune", "lint", file, *everything)).code == 0
    assert content(out).split(b"\n")[:-1] == CLEAN
    aside.write_bytes(b"looked at\n")
    before = {place: content(place) for place in (out, masked, page)}
    for place, option, told_why in (
        (masked, "--mask", ""),
        (out, "--repaired", ""),
        (aside, "--repaired", ", with rows that somebody may have looked at"),
    ):
        done = await kotae("tune", "lint", file, *everything)
        assert (done.code, done.out) == (1, "")
        assert done.err == (
            f"kotae: {place} is there already{told_why}. Name another {option}, or replace it by --force.\n"
        )
        assert {kept: content(kept) for kept in before} == before
        assert content(aside) == b"looked at\n"
        before.pop(place, None)
        if place != aside:
            place.unlink()
    assert (await kotae("tune", "lint", file, *everything, "--force")).code == 0
    assert content(aside).count(b"\n") == 2
    # What nobody has to look at any more is no longer there.
    assert (await kotae("tune", "lint", rows, "--repaired", out, "--force")).code == 0
    assert not aside.exists()


async def test_no_file_is_written_over_another(rows: Path, tmp_path: Path) -> None:
    aside = written(tmp_path / "out.aside.jsonl", CLEAN)
    test = written(tmp_path / "test.jsonl", CLEAN[:20])
    before = [content(place) for place in (aside, test)]
    one, other = tmp_path / "a.jsonl", tmp_path / "a.aside.jsonl"
    cases: tuple[tuple[str, tuple[str | Path, ...]], ...] = (
        ("is the file that is checked: write to another.", (aside, "--repaired", tmp_path / "out.jsonl")),
        ("is read too: write to another.", (rows, "--test", test, "--repaired", test)),
        ("would be written twice", (rows, "--repaired", one, "--html", other)),
        ("would be written twice", (rows, "--repaired", one, "--mask", tmp_path / "home" / ".." / "a.jsonl")),
    )
    for why, options in cases:
        done = await kotae("tune", "lint", *options, "--force")
        assert done.code == 2
        assert why in " ".join(done.err.split())
    assert [content(place) for place in (aside, test)] == before
    assert rows_in(tmp_path) == ["out.aside.jsonl", "rows.jsonl", "test.jsonl"]
    for option, further in (("--mask", "--html"), ("--repaired", "--html"), ("--html", "--mask")):
        done = await kotae(
            "tune", "lint", rows, option, tmp_path / "no" / "rows.jsonl", further, tmp_path / "x"
        )
        assert done.code == 1
        assert (
            done.err.strip()
            == f"kotae: There is no folder {tmp_path / 'no'}. Make it, or name another {option}."
        )
        assert not (tmp_path / "x").exists()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = await kotae("tune", "lint", rows, "--repaired", pipe, "--force")
    assert (done.code, "is no file to replace" in done.err) == (1, True)


async def test_where_no_row_is_left_nothing_is_written(tmp_path: Path) -> None:
    file, out = written(tmp_path / "rows.jsonl", [b"no row", b"[]"]), tmp_path / "out.jsonl"
    done = await kotae("tune", "lint", file, "--repaired", out)
    assert done.code == 1
    assert f"No row of {file} is left, so that nothing was repaired." in done.err
    assert "The line is not JSON." in done.out
    assert not out.exists()


async def test_what_was_repaired_is_told_in_numbers_and_in_japanese(tmp_path: Path) -> None:
    lines = [
        *CLEAN[:11],
        CLEAN[0],
        b"no row",
        json.dumps(chat("Whom do I ask?", "Ask a@minato-lib.jp.")).encode(),
    ]
    lines += [
        json.dumps(chat("Is tea served?", answer)).encode() for answer in ("Yes, it is.", "No, it is not.")
    ]
    file = written(tmp_path / "rows.jsonl", lines)
    out = tmp_path / "out.jsonl"
    done = await kotae(
        "tune", "lint", file, "--repaired", out, "--json", "--checks", "duplicates,format,contradictions"
    )
    assert told(done)["repaired"] == {
        "rows": 12,
        "left_out": {"format": 1, "duplicates": 1},
        "set_aside": {"contradictions": 2},
        "masked": 0,
        "still": [],
    }
    assert "Not mended, since --checks leaves it out: accuracy, leakage, privacy.\n" in done.err
    assert b"a@minato-lib.jp" in content(out)
    done = await kotae("tune", "lint", file, "--repaired", out, "--force", "--lang", "ja")
    assert (
        f"残した行: 12（{out}）\n除いた行: 2（形式 1、重複 1）\n個人情報・秘密情報を伏せた行: 1\n" in done.err
    )
    assert "（矛盾 2）。理由を添えて" in done.err
    pages = written(tmp_path / "pages.jsonl", [b'{"row": 0, "page": "a.md"}'])
    done = await kotae("tune", "lint", file, "--repaired", out, "--force", "--pages", pages)
    assert f"--pages goes by the rows' numbers, which are others in {out}" in done.err
    few = written(tmp_path / "few.jsonl", CLEAN[:4])
    done = await kotae("tune", "lint", few, "--repaired", tmp_path / "few.out.jsonl")
    assert "would refuse" in done.err
    assert "few-rows" in done.err


async def test_no_report_is_written_over_the_manual_or_into_it(tmp_path: Path, rows: Path) -> None:
    corpus, pages = tmp_path / "corpus.jsonl", tmp_path / "pages"
    corpus.write_text('{"id": "a", "title": "A", "text": "Only Controllers reopen."}\n')
    before = content(corpus)
    pages.mkdir()
    for manual, html in ((corpus, corpus), (pages, pages / "report.html")):
        done = await kotae("tune", "lint", rows, "--manual", manual, "--html", html)
        assert (done.code, done.out) == (2, "")
        assert "write to another" in done.err
    assert content(corpus) == before
    assert not rows_in(pages)
