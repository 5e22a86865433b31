"""`kotae tune lint`, as people and scripts run it on real files."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from kotae.cli.lazy import require
from kotae.errors import KotaeError
from kotae.tuning.lint.masks import MASKS
from tests.cli.command import KOTAE, Done, kotae
from tests.kotae.tuning import control, planted
from tests.kotae.tuning.control import chat

SAMPLE = Path(__file__).parents[2] / "sample_manual"
CLEAN = control.lines()


def written(path: Path, lines: list[bytes]) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def content(path: Path) -> bytes:
    return path.read_bytes()


def told(done: Done) -> dict[str, Any]:
    assert done.code == 0, done.err
    report: dict[str, Any] = json.loads(done.out)
    return report


def lines_of(report: dict[str, Any], code: str) -> list[int]:
    return [row["line"] for one in report["findings"] if one["code"] == code for row in one["rows"]]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return written(tmp_path / "rows.jsonl", CLEAN)


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """Clean rows, and after them all that are planted."""
    return written(
        tmp_path / "faulty.jsonl", [*CLEAN, *(row for fault in planted.IN_ROWS for row in fault.rows)]
    )


async def test_a_clean_file_is_told_so(rows: Path) -> None:
    done = await kotae("tune", "lint", rows, "--fail-on", "warning")
    assert done.code == 0
    assert "rows.jsonl: 200 rows" in done.out
    assert re.search(r"whole +A", done.out)
    assert "needs the manual: --manual SOURCE or --index DIR" in done.out
    report = told(await kotae("tune", "lint", rows, "--json"))
    assert (report["grade"], report["findings"]) == ("A", [])


async def test_every_planted_fault_is_named_by_its_line(faulty: Path) -> None:
    report = told(await kotae("tune", "lint", faulty, "--json", "--max-tokens", "2000"))
    at = len(CLEAN)
    for fault in planted.IN_ROWS:
        found = lines_of(report, fault.code)
        assert {at + 1 + place for place in fault.found} <= set(found), str(fault)
        at += len(fault.rows)
    assert report["grade"] == "E"
    assert all(one["said"] and one["advice"] for one in report["findings"])


@pytest.mark.parametrize(("option", "code"), [("error", 1), ("warning", 1), (None, 0)])
async def test_the_exit_code_says_what_it_is_asked_for(faulty: Path, option: str | None, code: int) -> None:
    done = await kotae("tune", "lint", faulty, *(("--fail-on", option) if option else ()))
    assert done.code == code


async def test_warnings_alone_are_no_errors(tmp_path: Path) -> None:
    file = written(tmp_path / "rows.jsonl", [*CLEAN, CLEAN[0]])
    assert (await kotae("tune", "lint", file, "--fail-on", "error")).code == 0
    assert (await kotae("tune", "lint", file, "--fail-on", "warning")).code == 1


async def test_checks_can_be_chosen(faulty: Path) -> None:
    report = told(await kotae("tune", "lint", faulty, "--checks", "privacy, duplicates", "--json"))
    assert list(report["grades"]) == ["duplicates", "privacy"]
    assert {one["check"] for one in report["findings"]} == {"duplicates", "privacy"}
    assert report["skipped"]["format"] == "left out by --checks"
    table = await kotae("tune", "lint", faulty, "--checks", "privacy")
    assert "consistency" not in table.out
    wrong = await kotae("tune", "lint", faulty, "--checks", "speling")
    assert wrong.code == 2
    assert "there is no check 'speling'; choose from format, duplicates" in " ".join(wrong.err.split())


async def test_the_report_speaks_japanese(faulty: Path) -> None:
    done = await kotae("tune", "lint", faulty, "--lang", "ja")
    assert "評価" in done.out
    assert "個人情報・秘密情報" in done.out
    done = await kotae("tune", "lint", faulty, LANG="ja_JP.UTF-8")
    assert "メールアドレスが含まれています。" in done.out.replace("\n", "") or "メールアドレス" in done.out


async def test_no_output_repeats_personal_data_or_sends_controls(faulty: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    table = await kotae("tune", "lint", faulty, "--html", page)
    raw = await kotae("tune", "lint", faulty, "--json")
    shown = "".join((table.out, table.err, raw.out, raw.err, page.read_text("utf-8")))
    for fault in planted.PRIVACY:
        assert fault.personal not in shown, str(fault)
    assert "\x1b[31m" not in table.out + page.read_text("utf-8")


@pytest.mark.parametrize("lang", ["en", "ja"])
async def test_the_page_asks_nothing_of_the_network_and_runs_nothing_of_the_rows(
    tmp_path: Path, lang: str
) -> None:
    rows = [*CLEAN, json.dumps(chat("<script>alert(1)</script>", "<img src=https://a.example/x>")).encode()]
    page = tmp_path / "report.html"
    file = written(tmp_path / "<b>.jsonl", [*rows, rows[-1]])
    done = await kotae("tune", "lint", file, "--html", page, "--lang", lang)
    assert done.code == 0
    html = page.read_text("utf-8")
    assert f'<html lang="{lang}">' in html
    assert "default-src &#39;none&#39;" in html
    assert html.count("<script>") == 1
    assert "&lt;script&gt;alert(1)" in html
    assert re.findall(r"(?:src|href)=\"(?!#)", html) == []
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


async def test_masked_rows_have_nothing_personal_and_are_otherwise_the_same(
    faulty: Path, tmp_path: Path
) -> None:
    out = tmp_path / "masked.jsonl"
    done = await kotae("tune", "lint", faulty, "--mask", out, "--checks", "privacy")
    assert f"{len(planted.PRIVACY)} of " in done.err
    before, after = content(faulty).split(b"\n"), content(out).split(b"\n")
    assert len(before) == len(after)
    first = len(before) - 1 - len(planted.PRIVACY)
    assert before[:first] == after[:first]
    for old, new in zip(before[first:-1], after[first:-1], strict=True):
        assert old != new
    assert b"\\u" not in b"".join(after[first:])
    again = told(await kotae("tune", "lint", out, "--checks", "privacy", "--json"))
    assert again["findings"] == []


async def test_line_ends_marks_and_escapes_survive_masking(tmp_path: Path) -> None:
    kept = b'{"messages": [ {"role":"user","content":"\\u00e9?"} ,{"role":"assistant","content":"x"}]}\r'
    masked = b'{"messages": [{"role": "user", "content": "\\u8fd4 a@b.co"}]}\r'
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + kept + b"\n\n" + masked + b"\n" + kept)
    out = tmp_path / "masked.jsonl"
    await kotae("tune", "lint", file, "--mask", out)
    data = out.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf" + kept + b"\n\n")
    assert data.endswith(b"\r\n" + kept)
    assert b'"\\u8fd4 [EMAIL]"' in data


async def test_the_checked_file_is_never_written_to(rows: Path) -> None:
    for option in ("--mask", "--html"):
        done = await kotae("tune", "lint", rows, option, rows)
        assert done.code == 2
        assert "is the file that is checked" in done.err
    assert content(rows).split(b"\n")[:-1] == CLEAN


async def test_a_place_that_cannot_be_written_is_named(rows: Path, tmp_path: Path) -> None:
    done = await kotae("tune", "lint", rows, "--html", tmp_path / "no" / "page.html")
    assert done.code == 1
    assert (
        done.err.strip() == f"kotae: There is no folder {tmp_path / 'no'}. Make it, or name another --html."
    )


# Answers held against the manual.


async def test_answers_that_the_manual_does_not_bear_out_are_found(tmp_path: Path) -> None:
    english = [line for line in CLEAN if line.isascii()]
    faults = planted.ACCURACY
    lines = [*english, *(row for fault in faults for row in fault.rows)]
    bare = [json.dumps({"messages": json.loads(line)["messages"]}).encode() for line in lines]
    file = written(tmp_path / "rows.jsonl", bare)
    manual = control.write_manual(tmp_path / "manual")
    report = told(await kotae("tune", "lint", file, "--manual", manual, "--json"))
    wrong = {
        row["line"]: one["code"]
        for one in report["findings"]
        if one["check"] == "accuracy"
        for row in one["rows"]
    }
    assert wrong == {len(english) + 1 + place: fault.code for place, fault in enumerate(faults)}
    judged = [one for one in report["findings"] if one["check"] == "accuracy" and one["code"] != "unjudged"]
    assert all(row["why"] for one in judged for row in one["rows"])
    # The rows say nothing of their pages: the manual was searched for them, and every page of it has a row.
    assert report["grades"]["sources"] == "A"


async def test_japanese_answers_are_held_against_a_japanese_index(tmp_path: Path) -> None:
    japanese = [line for line in CLEAN if not line.isascii() and b"Minato" not in line]
    wrong = chat(
        "本は何日間借りられますか", "図書の貸出期間は35日、雑誌は7日です。", system=control.SYSTEM["ja"]
    )
    file = written(tmp_path / "rows.jsonl", [*japanese[:40], json.dumps(wrong, ensure_ascii=False).encode()])
    manual = control.write_manual(tmp_path / "manual", "ja")
    assert (await kotae("index", manual, "--out", tmp_path / "index")).code == 0
    done = await kotae(
        "tune", "lint", file, "--index", tmp_path / "index", "--checks", "accuracy", "--json", "--lang", "ja"
    )
    report = told(done)
    assert lines_of(report, "wrong-number") == [41]
    assert len(report["findings"]) == 1
    assert re.search(r"[ぁ-ん]", report["findings"][0]["rows"][0]["why"])


async def test_rows_that_repeat_or_contradict_others_are_named_with_them(tmp_path: Path) -> None:
    said = [
        ("Is tea served?", "Yes, it is."),
        ("Is tea served?", "No, it is not."),
        ("Is tea served?", "Yes, it is."),
    ]
    lines = [*CLEAN, *(json.dumps(chat(*row)).encode() for row in said)]
    file, page = written(tmp_path / "rows.jsonl", lines), tmp_path / "page.html"
    done = await kotae("tune", "lint", file, "--html", page)
    assert "(1 row; line 203=201)" in done.out
    assert "(2 rows; lines 202≠201, 203≠202)" in done.out
    assert "<td>202≠201</td>" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ("Books are lent for 21 days by {} and magazines for 7.", "{} lends books for 21 days.")),
        ("ja", ("図書の貸出期間は{}によれば21日です。", "{}の図書の貸出期間は21日です。")),
    ],
)
async def test_masks_are_not_held_against_the_manual(
    tmp_path: Path, lang: str, said: tuple[str, ...]
) -> None:
    rows = [row for row in control.rows() if row["messages"][0]["content"] == control.SYSTEM[lang]]
    masked = [
        chat(f"How long, {n}?", answer.format(mask), system=control.SYSTEM[lang])
        for n, answer in enumerate(said)
        for mask in MASKS.values()
    ]
    lines = [json.dumps(row, ensure_ascii=False).encode() for row in (*rows[:20], *masked)]
    manual = control.write_manual(tmp_path / "manual", lang)
    done = await kotae(
        "tune",
        "lint",
        written(tmp_path / "rows.jsonl", lines),
        "--manual",
        manual,
        "--checks",
        "accuracy",
        "--json",
    )
    assert told(done)["findings"] == []


async def test_a_manual_that_is_not_there_is_told(rows: Path, tmp_path: Path) -> None:
    done = await kotae("tune", "lint", rows, "--manual", tmp_path / "none")
    assert done.code == 1
    assert "There is no manual" in done.err or "none" in done.err
    both = await kotae("tune", "lint", rows, "--manual", "a", "--index", "b")
    assert both.code == 2


async def test_the_sample_rows_are_told_what_they_were_made_to_lack() -> None:
    pages = SAMPLE / "tuning/train.en.pages.jsonl"
    report = told(await kotae("tune", "lint", SAMPLE / "tuning/train.en.jsonl", "--pages", pages, "--json"))
    found = {one["code"] for one in report["findings"]}
    assert found == {"one-wording", "no-negative", "no-unknown", "no-later-turn", "no-joined", "in-order"}


async def test_japanese_lines_break_where_japanese_breaks(faulty: Path) -> None:
    done = await kotae("tune", "lint", faulty, "--lang", "ja", COLUMNS="80")
    lines = [line.strip() for line in done.out.splitlines()]
    assert "→" not in lines
    assert [line for line in lines if line[:1] in "。、）」" and line] == []
    assert all(cell_len(line.rstrip()) <= 80 for line in done.out.splitlines())


# Files that are none.


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"messages": [{"role": "user", "content": "' + b"long " * 2_000_000 + b'"}]}', "no-answer"),
        (b"x" * 10_000_000, "json"),
        ('{"messages": "返却"}'.encode()[:-4], "utf-8"),
        (b"[" * 200_000, "json"),
        (b'{"messages": {"a": ' * 100_000, "json"),
        (b"\x00\x1b]0;title\x07", "json"),
        (
            b'{"messages": [{"role": "user", "content": "\\ud800"}, {"role": "assistant", "content": "x"}]}',
            "json",
        ),
    ],
    ids=["10-MB-row", "10-MB-line", "torn-utf-8", "deep", "deep-objects", "controls", "half-a-pair"],
)
async def test_hostile_lines_are_findings_like_any_other(tmp_path: Path, data: bytes, code: str) -> None:
    file = written(tmp_path / "rows.jsonl", [*CLEAN[:20], data])
    masked = tmp_path / "masked.jsonl"
    done = await kotae("tune", "lint", file, "--mask", masked)
    assert done.code == 0
    assert "\x1b]" not in done.out
    assert masked.read_bytes() == file.read_bytes()
    assert lines_of(told(await kotae("tune", "lint", file, "--json")), code) == [21]


async def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place, why in ((pipe, "is no file."), (tmp_path, "is no file."), (tmp_path / "none", "No such file")):
        for command in (("lint",), ("split", "--out", str(tmp_path / "out")), ("estimate", "--model", "m")):
            done = await kotae("tune", command[0], place, *command[1:])
            assert done.code == 1
            assert why in done.err
            assert len(done.err.strip().splitlines()) == 1


async def test_an_empty_file_has_too_few_rows(tmp_path: Path) -> None:
    report = told(await kotae("tune", "lint", written(tmp_path / "rows.jsonl", []), "--json"))
    assert [one["code"] for one in report["findings"]] == ["few-rows"]


def test_stopped_half_way_nothing_is_written(tmp_path: Path) -> None:
    file = written(
        tmp_path / "rows.jsonl", [line.replace(b"?", b"%d?" % n) for n in range(40) for line in CLEAN]
    )
    out = tmp_path / "out"
    out.mkdir()
    process = subprocess.Popen(
        [
            str(KOTAE),
            "tune",
            "lint",
            str(file),
            "--html",
            str(out / "page.html"),
            "--mask",
            str(out / "masked.jsonl"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == b"Checking\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err.strip()) == (1, b"Stopped.")
    assert list(out.iterdir()) == []


def test_what_is_missing_is_named_with_the_extra_that_brings_it() -> None:
    with pytest.raises(KotaeError) as raised:
        require("Tuning", ("json", "no_such_module"), "tune")
    assert str(raised.value) == (
        "Tuning needs packages that are not installed: no_such_module. "
        "Install Kotae with the extra `tune`: pipx install 'kotae[tune]'."
    )
