"""`kotae tune build` with models, servers, files and names that are not as they should be."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import KOTAE
from tests.cli.tune_build.files import UNJUDGED, beside, built, content, rows_in, writes
from tests.kotae.tuning.build.manual import ENGLISH, written
from tests.scripted_server import (
    DONE,
    Script,
    ScriptedServer,
    chunk,
    cut_after,
    event,
    refuses,
    silent,
    streams,
)


async def test_a_key_that_is_refused_is_said_and_nothing_is_written(
    tmp_path: Path, manual: Path, settings: Path, server: ScriptedServer
) -> None:
    server.plays(refuses(401, "Incorrect API key provided"))
    done = await built(settings, tmp_path / "rows.jsonl", "--manual", manual, "--llm", "writer")
    assert done.code == 1
    assert "Traceback" not in done.err
    assert not (tmp_path / "rows.jsonl").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "Nothing to make rows from"),
        (("--manual", "m"), "need each other"),
        (("--llm", "writer"), "need each other"),
        (("--manual", "m", "--llm", "nobody"), "no backend 'nobody'"),
        (("--manual", "m", "--llm", "writer", "--kinds", "poems"), "no kind 'poems'"),
        (("--manual", "nowhere", "--llm", "writer"), "There is no manual nowhere"),
    ],
)
async def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, settings: Path, options: tuple[str, ...], message: str
) -> None:
    done = await built(settings, tmp_path / "rows.jsonl", *options)
    assert done.code in (1, 2)
    assert message in done.err
    assert "Traceback" not in done.err
    assert not beside(tmp_path)


HALF = (
    b'data: {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": "x\\ud800y"}, '
    b'"finish_reason": "stop"}]}\n\n'
)
SUPPORT = [
    {"excerpt": 1, "quote": "A stock transfer moves items from one warehouse to another without a price."}
]
GOOD = {
    "rows": [{"questions": ["What is a stock transfer?"], "answer": "It moves items.", "support": SUPPORT}]
}
STOCK = ("--kinds", "sections", "--wordings", "1", "--limit", "1", "--json")


def says(text: str, *more: bytes, finish: str | None = "stop") -> Script:
    return streams(chunk(text), chunk(None, finish=finish), *more, DONE)


@pytest.fixture
def stock(tmp_path: Path) -> Path:
    return written(tmp_path / "stock", {"stock.md": ENGLISH["stock.md"]})


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (says("I can\x1b[2J't do [bold]that[/bold]."), "malformed-reply"),
        (streams(HALF, DONE), "malformed-reply"),
        (says('{"a":' * 9000), "malformed-reply"),
        (says("{" * 50_000), "malformed-reply"),
        (says('{"rows": [NaN, 1e999]}'), "malformed-reply"),
        (says(json.dumps(GOOD)[:-40], finish="length"), "malformed-reply"),
        (says(json.dumps(GOOD).replace("It moves", "It \\ud800 moves")), "control-characters"),
        (says(json.dumps(GOOD).replace("It moves", "It \\u001b[31m moves")), "control-characters"),
        (says(json.dumps(GOOD).replace("It moves", "It \\u202e moves")), "control-characters"),
    ],
    ids=[
        "refusal",
        "half-a-character",
        "nested",
        "braces",
        "numbers",
        "cut",
        "surrogate",
        "escape",
        "direction",
    ],
)
async def test_what_a_model_says_is_neither_obeyed_nor_learnt(
    tmp_path: Path, settings: Path, stock: Path, server: ScriptedServer, script: Script, reason: str
) -> None:
    server.plays(script)
    out = tmp_path / "rows.jsonl"
    for _ in range(2):  # what was paid for is not asked again, whatever it was good for
        done = await built(settings, out, "--manual", stock, "--llm", "writer", *STOCK)
        assert (done.code, json.loads(done.out)["aside"]) == (1, {reason: 1}), done.err
        assert "\x1b" not in done.err
        assert b"\x1b" not in content(tmp_path / "rows.aside.jsonl")
    assert len(server.requests) == 1


async def test_a_server_that_counts_nonsense_costs_what_is_counted_here(
    tmp_path: Path, settings: Path, stock: Path, server: ScriptedServer
) -> None:
    told = {
        "prompt_tokens": -5,
        "completion_tokens": "many",
        "prompt_tokens_details": {"cached_tokens": None},
    }
    server.plays(says(json.dumps(GOOD), event({"id": "c", "model": "m", "choices": [], "usage": told})))
    done = await built(settings, tmp_path / "rows.jsonl", "--manual", stock, "--llm", "writer", *STOCK)
    assert done.code == 0, done.err
    assert 0 < json.loads(done.out)["spent"] < 0.01


async def test_replies_that_break_off_count_against_the_budget(
    tmp_path: Path, settings: Path, stock: Path, server: ScriptedServer
) -> None:
    server.plays(cut_after('{"rows": [', "x" * 4000))
    options = ("--manual", stock, "--llm", "writer", *STOCK[:-1], "--budget", "0.05")
    out = tmp_path / "rows.jsonl"
    done = await built(settings, out, *options)
    assert (done.code, "broke off" in done.err) == (1, True)
    assert "is kept. Retry" not in done.err  # of half a reply nothing is
    again = await built(settings, out, *options)
    assert (again.code, "The budget of 0.05 is used up" in again.err) == (1, True)
    assert len(server.requests) == 1


async def test_a_first_page_that_a_filter_holds_back_costs_only_its_own_rows(
    tmp_path: Path, manual: Path, settings: Path, server: ScriptedServer
) -> None:
    out = tmp_path / "rows.jsonl"
    good = writes()

    async def filtered(writer: asyncio.StreamWriter, request: dict[str, Any]) -> None:
        first = "posting date" in request["messages"][1]["content"]
        await (says("{", finish="content_filter") if first else good)(writer, request)

    server.plays(filtered)
    done = await built(settings, out, "--manual", manual, "--llm", "writer", "--kinds", "sections")
    assert (done.code, "1 request failed" in done.err) == (1, True), done.err
    assert rows_in(out)
    [failed] = [row for row in rows_in(tmp_path / "rows.aside.jsonl") if row["reason"] == "failed"]
    assert "content filter" in failed["why"]


async def test_nothing_is_paid_for_that_could_not_be_kept(
    tmp_path: Path, manual: Path, settings: Path, server: ScriptedServer
) -> None:
    (tmp_path / "rows.work.jsonl").mkdir()
    done = await built(settings, tmp_path / "rows.jsonl", "--manual", manual, "--llm", "writer")
    assert (done.code, "rows.work.jsonl can't be written: Is a directory." in done.err) == (1, True)
    assert "are kept" not in done.err
    assert server.requests == []


async def test_two_at_once_do_not_pay_twice(
    tmp_path: Path, manual: Path, settings: Path, server: ScriptedServer
) -> None:
    server.plays(silent)
    out = tmp_path / "rows.jsonl"
    options = ("--manual", manual, "--llm", "writer", "--kinds", "sections")
    process = await asyncio.create_subprocess_exec(
        KOTAE, "tune", "build", "--out", out, *options,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **UNJUDGED, "KOTAE_SETTINGS": str(settings)},
    )  # fmt: skip
    async with asyncio.timeout(60):
        while len(server.requests) < 4:  # noqa: ASYNC110 - another process asks
            await asyncio.sleep(0.02)
    done = await built(settings, out, *options)
    assert (done.code, f"Another process works on {tmp_path / 'rows.work.jsonl'}." in done.err) == (1, True)
    assert len(server.requests) == 4
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert not beside(tmp_path)


async def test_pages_with_odd_names_are_named_in_rows_as_far_as_names_are_text(
    tmp_path: Path, settings: Path, server: ScriptedServer
) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    names = [
        b"\xff.md",
        b"a\nb\x1b[31m.md",
        "日本 語.md".encode(),
        b"[bold]x.md",
        b"-- x.md",
        b"n" * 240 + b".md",
    ]
    for number, name in enumerate(names):
        text = f"# Title {number}\n\nSection {number} says that only keeper {number} may open the gate of house {number}.\n"
        with open(os.fsencode(folder) + b"/" + name, "w", encoding="utf-8") as file:  # noqa: ASYNC230, PTH123
            file.write(text)
    out = tmp_path / "rows.jsonl"
    done = await built(settings, out, "--manual", folder, "--llm", "writer", "--kinds", "sections")
    assert done.code == 0, done.err
    assert "\x1b" not in done.err
    named = {row["metadata"]["pages"][0] for row in rows_in(out)}
    assert named == {name.decode("utf-8", "replace") for name in names}
