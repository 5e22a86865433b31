"""`kotae check`, as scripts and people run it."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.backends.flagging import models
from tests.backends.flagging.test_judge import FAULT, rules
from tests.cli.command import KOTAE, Done, kotae
from tests.cli.installed import install
from tests.scripted_server import ScriptedServer, refuses

CONTEXT = "Only a Controller may reopen a closed period. It closes itself again after 72 hours."
INVENTED = "Players collect dragons and trade magic swords."
SAID = "Only a Controller may reopen a closed period."
ROW = {
    "id": 1,
    "question": "Who may reopen a period?",
    "answer": f"{SAID} {INVENTED}",
    "context": CONTEXT,
}
PLUGIN = """
from kotae import Flag, hookimpl

@hookimpl
def flag_answer(answer, final, passages):
    print("plugins may print")
    if "boom" in answer:
        raise ValueError("bad day")
    place = answer.find("dragons")
    score = 0.6 if place >= 0 else 0.0
    return [Flag(start=max(place, 0), end=max(place, 0) + 7, kind="name", score=score, reason="r", evidence=passages[0])]
"""


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def out_of(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


@contextmanager
def running(*arguments: str, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [str(KOTAE), "check", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environ},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def test_a_row_gives_a_line_with_its_flags_in_code_points_of_the_answer(tmp_path: Path) -> None:
    answer = f"🧾 {SAID} {INVENTED}"
    file = tmp_path / "rows.jsonl"
    file.write_text(lines(ROW, {"answer": answer, "context": ["Nothing of it.", CONTEXT]}), encoding="utf-8")
    done = await kotae("check", file)
    assert (done.code, done.err) == (0, "")
    first, second = out_of(done)
    assert (first["id"], first["groundedness"]) == (1, 0.5)
    assert (second["id"], second["groundedness"]) == (None, 0.5)
    (flag,) = second["flags"]
    assert answer[flag["start"] : flag["end"]] == INVENTED
    assert list(flag) == ["start", "end", "kind", "score", "reason", "flagger"]
    assert (flag["kind"], flag["flagger"]) == ("unsupported", "grounding")


async def test_where_there_is_nothing_to_judge_or_to_judge_by_everything_is_grounded() -> None:
    rows = [
        {**ROW, "context": []},
        {**ROW, "context": " "},
        {**ROW, "answer": ""},
        {**ROW, "answer": "Hello!"},
    ]
    done = await kotae("check", "-", stdin=lines(*rows))
    assert done.code == 0
    assert [(row["groundedness"], row["flags"]) for row in out_of(done)] == [(1.0, [])] * 4


async def test_claims_that_are_too_many_to_be_judged_do_not_count_as_grounded() -> None:
    answer = " ".join(f"Dragon number {n} collects magic swords." for n in range(450))
    done = await kotae("check", "-", stdin=lines({**ROW, "answer": answer}))
    (row,) = out_of(done)
    assert row["groundedness"] == 0.0
    assert done.err == "Row 1 (id 1): only the first 300 of its 450 claims were judged.\n"


def test_a_line_comes_out_as_soon_as_its_row_is_in_on_a_pipe_without_end() -> None:
    with running("-") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(lines({**ROW, "id": number}).encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number


def test_ctrl_c_ends_the_wait_for_the_next_line() -> None:
    with running("-") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(lines(ROW).encode())
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 1
        assert process.stderr is not None
        assert process.stderr.read().strip() == b"Stopped."


def test_memory_does_not_grow_with_the_number_of_rows() -> None:
    def resident(process: subprocess.Popen[bytes]) -> int:
        status = Path(f"/proc/{process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])  # type: ignore[index]

    def feed(process: subprocess.Popen[bytes], first: int, count: int) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(first, first + count):
            row = {
                "answer": f"Step {number} is {'next ' * 50}.",
                "context": f"Page {number}. {'word ' * 100}",
            }
            process.stdin.write(lines(row).encode())
            process.stdin.flush()
            assert process.stdout.readline()

    with running("-") as process:
        feed(process, 0, 1000)  # what is remembered of rows has a bound
        settled = resident(process)
        feed(process, 1000, 1000)
        assert resident(process) - settled < 7_000


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(lines(*[ROW] * 2000))
    for option in ("", "--explain"):
        command = f"{KOTAE} check {option} {file} | head -1"
        done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
        assert done.stderr == ""
        assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("not json", "JSON is malformed"),
        ('{"answer": "x"}', "missing required field `context`"),
        ('{"context": "x"}', "missing required field `answer`"),
        ('{"answer": 5, "context": "x"}', "Expected `str`, got `int` - at `$.answer`"),
        ('{"answer": "x", "context": [1]}', "Expected `str`, got `int` - at `$.context[0]`"),
        ('["answer"]', "Expected `object`, got `array`"),
        ('{"answer": "x", "context": "y"', "Input data was truncated"),
        (b'{"answer": "\xff", "context": "y"}', "can't decode byte 0xff"),
        ('{"answer": "x", "context": "y", "z": ' + "[" * 100_000, "it is nested too deeply"),
    ],
    ids=["prose", "no-context", "no-answer", "number", "numbers", "array", "torn", "latin-1", "deep"],
)
async def test_a_bad_row_is_named_in_one_line_and_what_came_before_it_is_whole(
    bad: str | bytes, why: str
) -> None:
    bad = bad.encode() if isinstance(bad, str) else bad
    done = await kotae("check", "-", stdin=lines(ROW).encode() + b"\n" + bad + b"\n" + lines(ROW).encode())
    assert done.code == 1
    assert [row["id"] for row in out_of(done)] == [1]
    assert done.out.endswith("\n")
    assert done.err.startswith("kotae: stdin, line 3: ")
    assert why in done.err
    assert done.err.endswith(
        'Correct that line; it has to be a JSON object {"id", "question", "answer", "context"}.\n'
    )
    assert done.err.count("\n") == 1


async def test_a_byte_order_mark_blank_lines_and_more_fields_are_no_mistake() -> None:
    stdin = (
        b"\xef\xbb\xbf"
        + lines({**ROW, "model": "m", "label": [1]}).encode()
        + b"\r\n \n"
        + lines(ROW).encode()
    )
    done = await kotae("check", "-", stdin=stdin)
    assert (done.code, len(out_of(done))) == (0, 2)


async def test_a_file_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    done = await kotae("check", tmp_path / "none.jsonl")
    assert (done.code, done.out) == (1, "")
    assert (
        done.err
        == f"kotae: {tmp_path}/none.jsonl can't be read: No such file or directory. Check the path.\n"
    )
    done = await kotae("check", tmp_path)
    assert (done.code, done.err.count("\n")) == (1, 1)


async def test_the_threshold_is_a_number_or_a_name_on_the_command_line_and_in_the_environment(
    tmp_path: Path,
) -> None:
    path = install(tmp_path / "site", "watch", PLUGIN)

    async def flags(*arguments: str, **environ: str) -> int:
        done = await kotae(
            "check",
            "-",
            "--flagger",
            "watch",
            *arguments,
            stdin=lines(ROW),
            PYTHONPATH=path,
            **environ,  # type: ignore[arg-type]
        )
        assert done.code == 0, done.err
        return len(out_of(done)[0]["flags"])

    counts = await asyncio.gather(
        flags(),
        flags("--threshold", "cautious"),
        flags("--threshold", "balanced"),
        flags("--threshold", "strict"),
        flags("--threshold", "0.61"),
        flags("--threshold", "0.6"),
        flags(KOTAE_FLAGS__THRESHOLD="cautious"),
        flags(KOTAE_FLAGS__THRESHOLD="0.61"),
        flags("--threshold", "strict", KOTAE_FLAGS__THRESHOLD="cautious"),
    )
    assert counts == [1, 0, 1, 1, 0, 1, 0, 0, 1]


@pytest.mark.parametrize("wrong", ["7", "-0.1", "lax", "nan", ""])
async def test_a_threshold_that_is_none_is_wrong_usage(wrong: str) -> None:
    done = await kotae("check", "-", "--threshold", wrong, stdin=lines(ROW))
    assert (done.code, done.out) == (2, "")
    assert "is neither cautious, balanced, strict, nor a number from 0 to 1." in done.err


async def test_flaggers_are_chosen_by_name_and_all_run_otherwise(tmp_path: Path) -> None:
    path = install(tmp_path / "site", "watch", PLUGIN)

    async def flaggers(*arguments: str) -> set[str]:
        done = await kotae("check", "-", *arguments, stdin=lines(ROW), PYTHONPATH=path)
        assert done.code == 0, done.err
        return {flag["flagger"] for flag in out_of(done)[0]["flags"]}

    assert await flaggers() == {"grounding", "watch"}
    assert await flaggers("--flagger", "watch") == {"watch"}
    assert await flaggers("--flagger", "watch", "--flagger", "grounding") == {"grounding", "watch"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("gruonding", "There is no flagger 'gruonding'. Choose one of: grounding."),
        ("nli", "`flags.flaggers` has nli, and no model is named for it"),
        ("judge", "Set `judge` in [flags]"),
        ("", "There is no flagger ''."),
    ],
)
async def test_a_flagger_that_is_not_there_is_said_before_anything_is_checked(name: str, why: str) -> None:
    done = await kotae("check", "-", "--flagger", name, stdin=lines(ROW))
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert why in done.err


async def test_a_flagger_that_fails_is_named_once_the_others_go_on_and_the_end_says_so(
    tmp_path: Path,
) -> None:
    path = install(tmp_path / "site", "watch", PLUGIN)
    rows = lines(ROW, {**ROW, "answer": f"boom. {INVENTED}"}, ROW)
    done = await kotae("check", "-", stdin=rows, PYTHONPATH=path)
    assert done.code == 1
    flaggers = [{flag["flagger"] for flag in row["flags"]} for row in out_of(done)]
    assert flaggers == [{"grounding", "watch"}, {"grounding"}, {"grounding"}]
    assert done.err.count("Plugin watch was switched off for this session: ValueError: bad day.") == 1

    alone = await kotae("check", "-", "--flagger", "watch", stdin=rows, PYTHONPATH=path)
    assert (alone.code, len(out_of(alone))) == (1, 1)
    assert alone.err.endswith(
        "kotae: Row 2 (id 1) could not be judged; the reason is given above. Mend that, or choose another --flagger.\n"
    )


async def test_a_model_judges_and_one_that_is_gone_ends_it(server: ScriptedServer) -> None:
    judge = {"KOTAE_FLAGS__JUDGE": "rag", "KOTAE_BACKENDS__RAG__MAX_RETRIES": "0"}
    judge |= {"KOTAE_BACKENDS__RAG__BASE_URL": server.base_url, "KOTAE_BACKENDS__RAG__MODEL": "m"}
    server.plays(rules({**FAULT, "quote": "Only a"}, {"n": 2, "verdict": "supported"}), refuses(500, "no"))
    rows = lines(ROW, ROW)
    done = await kotae("check", "-", "--flagger", "judge", "--threshold", "0", stdin=rows, **judge)  # type: ignore[arg-type]
    (row,) = out_of(done)
    assert [(flag["kind"], flag["flagger"]) for flag in row["flags"]] == [
        ("contradicted", "judge: scripted-1"),
        ("unsupported", "judge: scripted-1"),
    ]
    assert done.code == 1
    assert "judge could not judge the answer:" in done.err
    assert "Row 2 (id 1) could not be judged" in done.err


async def test_models_of_this_machine_judge_every_claim_at_threshold_0(
    tmp_path: Path, nli_model: Path
) -> None:
    answer = "An invoice is due. The manual denies the invoice. Dragons is due."
    row = {"id": "x", "answer": answer, "context": "An invoice is due. The manual is the manual."}
    arguments = ("--flagger", "nli", "--threshold", "0")
    done = await kotae("check", "-", *arguments, stdin=lines(row, row), KOTAE_FLAGS__NLI=str(nli_model))
    assert done.code == 0, done.err
    assert done.err == f"Loading {nli_model}\n"
    first, second = out_of(done)
    assert first == second
    assert len(first["flags"]) == 3
    sure = [flag for flag in first["flags"] if flag["score"] >= 0.5]
    assert first["groundedness"] == round(1 - len(sure) / 3, 4)

    missing = await kotae("check", "-", *arguments, stdin=lines(row), KOTAE_FLAGS__NLI="/nowhere")
    assert (missing.code, missing.out) == (1, "")
    assert missing.err.startswith("kotae: There is no folder /nowhere. Set `nli` in [flags] to ")


@pytest.fixture(scope="module")
def nli_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.nli(tmp_path_factory.mktemp("models") / "tiny-nli")


async def test_people_are_shown_the_answer_with_its_flags_the_reasons_and_what_comes_nearest() -> None:
    filler = [f"Filler number {number} about warehouses." for number in range(60)]
    row = {**ROW, "context": ["Nothing.", " ".join([*filler, CONTEXT, *filler])]}
    row["answer"] = f"{SAID} It closes itself again after 90 hours."
    done = await kotae("check", "-", "--explain", stdin=lines(row))
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(
        "── 1  50% grounded ──\n"
        "Who may reopen a period?\n\n"
        "Only a Controller may reopen a closed period. It closes itself again after ⟦¹90 hours¹⟧.\n\n"
        " 1 # number "
    )
    assert "(grounding)" in done.out
    (nearest,) = [line for line in done.out.splitlines() if line.startswith("   Context 2: ")]
    assert "72 hours" in nearest
    assert len(nearest) < 300
    assert "\x1b" not in done.out


async def test_people_are_told_in_the_language_of_the_screen(tmp_path: Path) -> None:
    ja = PLUGIN.replace('reason="r"', 'reason="r", reason_ja="作り話です。"')
    path = install(tmp_path / "site", "watch", ja)
    arguments = ("--explain", "--flagger", "watch")
    done = await kotae("check", "-", *arguments, stdin=lines(ROW), PYTHONPATH=path, LANG="ja_JP.UTF-8")
    assert "根拠あり 50%" in done.out
    assert "? 名称 0.60  (watch)\n   作り話です。\n   文脈: " in done.out
    empty = {**ROW, "context": []}
    done = await kotae("check", "-", "--explain", stdin=lines(empty), KOTAE_CHAT__LANG="ja")
    assert "判定するものがありません" in done.out


async def test_what_answers_and_contexts_hold_is_text_and_never_steers_the_terminal() -> None:
    evil = "\x1b[31m\x1b]0;title\x07\x9b2J\u202e"
    row = {
        "id": evil,
        "question": f"q{evil}\nr",
        "answer": f"{evil}Players collect dragons.{evil}",
        "context": f"{evil}The dog sleeps.",
    }
    done = await kotae("check", "-", "--explain", stdin=lines(row))
    assert done.code == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.out)
    assert "\\x1b[31m" in done.out


def test_colours_are_for_terminals_that_want_them(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(lines(ROW))

    def shown(**environ: str) -> str:
        ours, theirs = pty.openpty()
        done = subprocess.run(
            [str(KOTAE), "check", "--explain", str(file)],
            stdout=theirs,
            env={**os.environ, **environ},
            check=True,
        )
        os.close(theirs)
        assert done.returncode == 0
        text = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # everything was read
                break
            if not part:
                break
            text += part
        os.close(ours)
        return text.decode()

    assert f"⟦¹\x1b[33m\x1b[4m{INVENTED}\x1b[0m¹⟧" in shown()
    assert "\x1b" not in shown(NO_COLOR="1")


async def test_overlapping_flags_are_all_shown_with_numbers_of_their_own(tmp_path: Path) -> None:
    code = """
from kotae import Flag, hookimpl

@hookimpl
def flag_answer(answer):
    spans = [(0, 9), (4, 14), (4, 9), (9, 14), (0, 14)]
    return [Flag(start=a, end=b, kind="name", score=0.9, reason="r") for a, b in spans]
"""
    path = install(tmp_path / "site", "many", code)
    row = {"answer": "one two three.", "context": "four"}
    arguments = ("--explain", "--flagger", "many")
    done = await kotae("check", "-", *arguments, stdin=lines(row), PYTHONPATH=path)
    assert "⟦²⟦¹one ⟦⁴⟦³two t³⟧¹⟧⟦⁵hree.⁵⟧⁴⟧²⟧" in done.out
