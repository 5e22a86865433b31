"""`kotae eval`, as people and scripts run it: a real server on loopback, real files."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import KOTAE, Done, kotae
from tests.scripted_server import Script, ScriptedServer, answers, refuses, silent

ROWS = [
    {"id": "a", "type": "single", "question": "Who may reopen a period?", "reference": "Only a Controller."},
    {
        "id": "b",
        "type": "unanswerable",
        "question": "Is there a payroll?",
        "reference": "The manual does not say.",
    },
    {"id": "c", "question": "Give the amount as JSON.", "form": {"json_schema": {"type": "object"}}},
]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "set.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return file


@pytest.fixture
def settings(tmp_path: Path, server: ScriptedServer, home: Path) -> Path:
    """Two backends on the scripted server, and a manual of one page."""
    (tmp_path / "manual").mkdir()
    (tmp_path / "manual/periods.md").write_text(
        "# Periods\n\nOnly a Controller may reopen a closed period.\n"
    )
    folder = home / ".config/kotae"
    folder.mkdir(parents=True)
    file = folder / "settings.toml"
    file.write_text(
        f"""
[retrieval]
manual = "{tmp_path / "manual"}"
[flags]
enabled = false
[backends.base]
base_url = "{server.base_url}"
model = "big"
price_input = 1000.0
[backends.finetuned]
base_url = "{server.base_url}"
model = "small"
hosting_per_day = 6000.0
max_retries = 0
"""
    )
    return file


def by_model(**scripts: Script) -> Script:
    """Answers as the model is told that a request names."""

    async def script(writer: asyncio.StreamWriter, request: dict[str, Any]) -> None:
        await scripts[request["model"]](writer, request)

    return script


async def run(questions: Path, out: Path, *more: str) -> Done:
    return await kotae(
        "eval", "run", "--questions", questions, "--backends", "base,finetuned", "--out", out, *more
    )


async def test_a_set_is_asked_scored_and_reported(
    questions: Path, settings: Path, server: ScriptedServer, tmp_path: Path
) -> None:
    server.plays(by_model(big=answers("Only a Controller."), small=answers("The manual does not say.")))
    done = await run(questions, tmp_path / "run", "--seed", "7", "--temperature", "0")
    assert (done.code, done.err.splitlines()[-1]) == (
        0,
        f"6 of 6 answers in {tmp_path / 'run'}. `kotae eval score {tmp_path / 'run'}` scores them.",
    )
    assert {request["seed"] for request in server.requests} == {7}
    assert {request["temperature"] for request in server.requests} == {0}

    scored = await kotae(
        "eval", "score", tmp_path / "run", "--json", "--against", "base", "--training", "finetuned=10"
    )
    rows = {
        (row["question"], row["backend"]): row["scores"] for row in map(json.loads, scored.out.splitlines())
    }
    assert rows["a", "base"]["exact_match"] == 1
    assert (rows["b", "base"]["refusal"], rows["b", "finetuned"]["refusal"]) == (0, 1)
    assert (rows["a", "base"]["needless_refusal"], rows["a", "finetuned"]["needless_refusal"]) == (0, 1)
    assert (rows["c", "base"]["form"], rows["a", "base"]["form"]) == (0, None)

    table = await kotae(
        "eval",
        "score",
        tmp_path / "run",
        "--against",
        "base",
        "--training",
        "finetuned=10",
        "--metrics",
        "cost",
        COLUMNS="120",
    )
    assert table.code == 0
    assert "after 833.3 answers and from 500,000 answers a day (hosting)" in " ".join(table.out.split())

    page = tmp_path / "page.html"
    reported = await kotae(
        "eval",
        "report",
        tmp_path / "run",
        "--out",
        page,
        "--json",
        "--title",
        "Ours & theirs",
        "--metrics",
        "chrf,refusal",
    )
    figures = json.loads(reported.out)
    assert (figures["backends"], figures["questions"]) == (["base", "finetuned"], 3)
    assert "<title>Ours &amp; theirs — Kotae</title>" in page.read_text()
    assert "scripted-1" in page.read_text()


async def test_a_run_that_was_interrupted_goes_on_and_asks_nothing_twice(
    questions: Path, settings: Path, server: ScriptedServer, tmp_path: Path
) -> None:
    whole, one_by_one = tmp_path / "whole", ("--concurrency", "1")
    server.plays(answers("Always the same."))
    await run(questions, whole, *one_by_one)
    stuck = asyncio.Event()

    async def stays_silent(writer: asyncio.StreamWriter, request: dict[str, Any]) -> None:
        stuck.set()
        await silent(writer, request)

    server.plays(*[answers("Always the same.")] * (len(server.requests) + 2), stays_silent)
    out = tmp_path / "run"
    command = [
        "eval",
        "run",
        "--questions",
        questions,
        "--backends",
        "base,finetuned",
        "--out",
        out,
        *one_by_one,
    ]
    process = await asyncio.create_subprocess_exec(
        str(KOTAE), *map(str, command), stderr=asyncio.subprocess.PIPE, cwd=os.environ["HOME"]
    )
    async with asyncio.timeout(60):
        await stuck.wait()
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()
    assert "The same command goes on from here." in err.decode()
    assert process.returncode not in (0, None)

    before = len(server.requests)
    server.plays(answers("Always the same."))
    done = await run(questions, out, *one_by_one)
    assert done.code == 0
    assert "2 answers are there already; 4 to go." in done.err
    assert len(server.requests) - before == 4

    told = [
        (await kotae("eval", "score", folder, "--json", "--metrics", "chrf,refusal,form")).out
        for folder in (whole, out)
    ]
    strip = [[{**json.loads(line), "turn": ""} for line in text.splitlines()] for text in told]
    assert strip[0] == strip[1]
    assert len(strip[0]) == 6


async def test_what_failed_is_told_and_asked_again(
    questions: Path, settings: Path, server: ScriptedServer, tmp_path: Path
) -> None:
    server.plays(by_model(big=answers("Yes."), small=refuses(404, "no such model")))
    done = await run(questions, tmp_path / "run")
    assert done.code == 1
    assert done.err.count(", finetuned: http") == 1
    assert "finetuned: 2 more answers failed of the same: " in done.err
    assert "3 of 6 answers" in done.err
    server.plays(answers("Yes."))
    before = len(server.requests)
    assert (await run(questions, tmp_path / "run")).code == 0
    assert len(server.requests) - before == 3


async def test_another_set_or_setting_needs_another_folder(
    questions: Path, settings: Path, server: ScriptedServer, tmp_path: Path
) -> None:
    await run(questions, tmp_path / "run")
    again = await run(questions, tmp_path / "run", "--temperature", "0.9")
    assert again.code == 1
    assert "made with something else: backends.base.temperature, backends.finetuned.temperature." in again.err


async def test_figures_can_fail_a_build(
    questions: Path, settings: Path, server: ScriptedServer, tmp_path: Path
) -> None:
    server.plays(answers("Only a Controller."))
    await run(questions, tmp_path / "run")
    low = await kotae(
        "eval", "score", tmp_path / "run", "--metrics", "exact_match", "--fail-under", "exact_match=0.4"
    )
    high = await kotae(
        "eval", "score", tmp_path / "run", "--metrics", "exact_match", "--fail-under", "exact_match=0.6"
    )
    assert (low.code, high.code) == (0, 1)
    assert "base: exact_match is 0.5, worse than 0.6." in high.err
    wrong = await kotae(
        "eval", "score", tmp_path / "run", "--metrics", "exact_match", "--fail-under", "nonsense=0.6"
    )
    assert (wrong.code, "nothing was scored by 'nonsense'" in wrong.err) == (1, True)


async def test_a_backend_that_answered_nothing_fails_a_build_and_is_named(
    questions: Path, settings: Path, server: ScriptedServer, tmp_path: Path
) -> None:
    server.plays(by_model(big=answers("Only a Controller."), small=refuses(404, "no such model")))
    await run(questions, tmp_path / "run")
    command = ("eval", "score", tmp_path / "run", "--metrics", "exact_match")
    done = await kotae(*command)
    assert (done.code, f"finetuned: 3 of 3 answers in {tmp_path / 'run'} are missing." in done.err) == (
        0,
        True,
    )
    gated = await kotae(*command, "--fail-under", "exact_match=0.4")
    assert (gated.code, "finetuned has no answer to hold against" in gated.err) == (1, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--fail-under", "exact_match=nan"), "--fail-under takes NAME=NUMBER"),
        (("--judge-pairs",), "need --judge"),
        (("--by-type", "nonsense"), "nothing was scored by 'nonsense'"),
        (("--against", "base", "--training", "base=inf"), "--training takes NAME=NUMBER"),
    ],
)
async def test_options_that_would_silently_do_nothing_are_refused(
    questions: Path,
    settings: Path,
    server: ScriptedServer,
    tmp_path: Path,
    options: tuple[str, ...],
    words: str,
) -> None:
    await run(questions, tmp_path / "run")
    done = await kotae("eval", "score", tmp_path / "run", "--metrics", "exact_match", *options)
    assert done.code != 0
    assert words in done.err


async def test_a_judge_grades_and_compares_and_is_asked_once(
    questions: Path, settings: Path, server: ScriptedServer, tmp_path: Path
) -> None:
    server.plays(by_model(big=answers("Only a Controller."), small=answers("A dragon.")))
    await run(questions, tmp_path / "run")

    async def judges(writer: asyncio.StreamWriter, request: dict[str, Any]) -> None:
        asked = json.loads(request["messages"][-1]["content"])
        if "answer" in asked:
            reply: dict[str, object] = {"reason": "x", "grade": 5 if "Controller" in asked["answer"] else 2}
        else:
            reply = {"reason": "x", "better": "first" if "Controller" in asked["first"] else "second"}
        await answers(json.dumps(reply))(writer, request)

    server.plays(judges)
    before = len(server.requests)
    judged = ("--judge", "base", "--judge-pairs", "--metrics", "chrf")
    done = await kotae("eval", "score", tmp_path / "run", "--out", tmp_path / "figures.json", *judged)
    assert done.code == 0
    assert len(server.requests) - before == 6 + 2 * 3
    assert server.requests[-1]["response_format"]["type"] == "json_schema"
    figures = json.loads((tmp_path / "figures.json").read_text())
    means = {f["backend"]: f["mean"] for f in figures["figures"] if f["metric"] == "judge" and not f["type"]}
    assert means == {"base": 1, "finetuned": 0.25}
    assert [(row["backend"], row["win_rate"]["mean"]) for row in figures["judged"]] == [
        ("base", 1),
        ("finetuned", 0),
    ]
    await kotae("eval", "score", tmp_path / "run", *judged)
    assert len(server.requests) - before == 12
    cache = Path(os.environ["XDG_CACHE_HOME"]) / "kotae/judgements.jsonl"
    assert cache.stat().st_mode & 0o077 == 0


async def test_a_judge_that_prefers_whatever_comes_first_prefers_nothing(
    questions: Path, settings: Path, server: ScriptedServer, tmp_path: Path
) -> None:
    server.plays(by_model(big=answers("One."), small=answers("Two.")))
    await run(questions, tmp_path / "run")
    server.plays(answers('{"reason": "", "better": "first", "grade": 3}'))
    out = tmp_path / "figures.json"
    await kotae(
        "eval",
        "score",
        tmp_path / "run",
        "--out",
        out,
        "--judge",
        "base",
        "--judge-pairs",
        "--metrics",
        "chrf",
    )
    assert {row["win_rate"]["mean"] for row in json.loads(out.read_text())["judged"]} == {0.5}


async def test_two_runs_are_compared(
    questions: Path, settings: Path, server: ScriptedServer, tmp_path: Path
) -> None:
    server.plays(answers("Only a Controller."))
    await run(questions, tmp_path / "one")
    server.plays(answers("A dragon."))
    await run(questions, tmp_path / "two")
    done = await kotae(
        "eval", "diff", tmp_path / "one", tmp_path / "two", "--metrics", "exact_match", "--json"
    )
    found = json.loads(done.out)
    assert (found["answers"], found["reworded"]) == (6, 6)
    assert [(c["question"], c["direction"]) for c in found["changed"]] == [("a", "worse"), ("a", "worse")]


async def test_other_tools_files_become_a_set(tmp_path: Path, home: Path) -> None:
    (tmp_path / "cases.yaml").write_text(
        "- vars: {question: 誰ですか}\n  assert: [{type: contains, value: 管理者}]\n"
    )
    done = await kotae("eval", "import", tmp_path / "cases.yaml", "--format", "promptfoo")
    assert json.loads(done.out) == {"id": "1", "question": "誰ですか", "must_include": ["管理者"]}
    wrong = await kotae("eval", "import", tmp_path / "cases.yaml", "--format", "inspect")
    assert wrong.code == 1
    assert "is not in the format inspect" in wrong.err


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('{"id": "a"}', "line 1: Object missing required field `question`"),
        ("", "holds no question"),
        ('{"id": "a", "question": "?", "form": {"regex": "("}}', "the regex of question 'a' is none"),
        ('{"id": "a", "question": "?"}\n{"id": "a", "question": "?"}', "two questions have the id 'a'"),
    ],
)
async def test_a_set_that_cannot_be_asked_says_why(tmp_path: Path, home: Path, rows: str, words: str) -> None:
    (tmp_path / "set.jsonl").write_text(rows)
    done = await run(tmp_path / "set.jsonl", tmp_path / "run")
    assert (done.code, done.out) == (1, "")
    assert words in done.err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["score", "nowhere"], "There is no nowhere"),
        (
            ["run", "--questions", "set.jsonl", "--out", "x", "--backends", "nobody"],
            "There is no backend 'nobody'",
        ),
        (
            ["run", "--questions", "set.jsonl", "--out", "x", "--type", "odd"],
            "There is no question of type 'odd'",
        ),
    ],
)
async def test_what_cannot_be_done_is_one_line(
    tmp_path: Path, home: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "set.jsonl").write_text('{"id": "a", "question": "?", "type": "t"}')
    done = await kotae("eval", *arguments, cwd=tmp_path)
    assert done.code == 1
    assert words in done.err
    assert "Traceback" not in done.err
