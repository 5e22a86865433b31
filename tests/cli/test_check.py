"""`kotae check`, as scripts run it: rows in, lines out."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.checking import CONTEXT, INVENTED, PLUGIN, ROW, SAID, lines, out_of
from tests.cli.command import KOTAE, kotae
from tests.cli.installed import install


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


async def test_what_no_flagger_can_judge_has_no_groundedness() -> None:
    row = {**ROW, "answer": "締めた期間を再開できるのは竜だけです。"}
    done = await kotae("check", "-", stdin=lines(row, ROW))
    assert [row["groundedness"] for row in out_of(done)] == [None, 0.5]
    assert done.code == 0
    told = await kotae("check", "-", "--explain", stdin=lines(row))
    assert "not judged" in told.out


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
