"""`kotae tune build`, as people run it, with a model behind a real server on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from kotae.conversation import Turn
from kotae.events import Delta, Finished
from kotae.preferences import Preference
from kotae.transcripts.record import Recorder
from tests.cli.command import KOTAE, kotae
from tests.cli.tune_build.files import UNJUDGED, asked, beside, built, content, rows_in, writes
from tests.kotae.tuning.build.manual import ENGLISH, JAPANESE, written
from tests.scripted_server import ScriptedServer


async def test_rows_the_flaggers_doubt_are_set_aside_and_the_others_are_written(
    tmp_path: Path, manual: Path, settings: Path, server: ScriptedServer
) -> None:
    def wrong(kind: str, reply: dict[str, Any]) -> dict[str, Any]:
        if kind == "sections":
            for row in reply["rows"]:
                row["answer"] = row["answer"].replace("Only a Controller", "Every Auditor")
        if kind == "links":
            reply["rows"][0]["support"][0]["quote"] = "This stands nowhere."
        return reply

    server.plays(writes(wrong))
    out = tmp_path / "rows.jsonl"
    options = ("--manual", manual, "--llm", "writer", "--limit", "3", "--wordings", "1")
    done = await built(
        settings, out, *options, "--kinds", "sections,links,negative", KOTAE_PLUGINS__DISABLED=""
    )
    assert done.code == 0, done.err
    assert done.out == ""
    rows = rows_in(out)
    assert {row["metadata"]["kind"] for row in rows} == {"section", "negative"}
    assert all(row["metadata"]["pages"] and row["metadata"]["support"] for row in rows)
    aside = rows_in(tmp_path / "rows.aside.jsonl")
    assert {row["reason"] for row in aside} == {"contradicted", "unsupported-quote"}
    assert all(row["why"] and row["metadata"]["pages"] for row in aside)
    assert not any("Auditor" in line for line in out.read_text().splitlines())
    assert "set aside in" in done.err
    lint = await kotae("tune", "lint", out, "--checks", "format,duplicates", "--json")
    assert {one["code"] for one in json.loads(lint.out)["findings"]} <= {"few-rows"}


async def test_a_dry_run_says_what_it_would_cost_and_asks_nothing(
    tmp_path: Path, manual: Path, settings: Path, server: ScriptedServer
) -> None:
    out = tmp_path / "rows.jsonl"
    options = ("--manual", manual, "--llm", "writer", "--dry-run", "--json")
    done = await built(settings, out, *options)
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["requests"] > 5
    assert 0 < told["price"] < told["most"]
    assert told["price"] == pytest.approx((told["prompt"] * 1 + told["reply"] * 10) / 1e6)
    assert "requests: ≈" in done.err
    assert server.requests == []
    assert not beside(tmp_path)


async def test_what_was_interrupted_is_gone_on_with_and_nothing_is_asked_twice(
    tmp_path: Path, manual: Path, settings: Path, server: ScriptedServer
) -> None:
    options = ("--manual", manual, "--llm", "writer", "--seed", "7")
    whole = await built(settings, tmp_path / "whole.jsonl", *options)
    assert whole.code == 0, whole.err
    needed = len(server.requests)

    server.requests.clear()
    server.plays(writes(after=4))
    out = tmp_path / "rows.jsonl"
    process = await asyncio.create_subprocess_exec(
        str(KOTAE), "tune", "build", "--out", str(out), *map(str, options),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **UNJUDGED, "KOTAE_SETTINGS": str(settings)},
    )  # fmt: skip
    work = tmp_path / "rows.work.jsonl"
    async with asyncio.timeout(60):
        while not work.exists() or content(work).count(b'"key"') < 4:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
    assert process.returncode != 0
    assert b"goes on from here" in err
    assert not out.exists()
    answered = asked(server)[:4]

    server.requests.clear()
    server.plays(writes())
    again = await built(settings, out, *options)
    assert again.code == 0, again.err
    assert "4 answered already" in again.err
    assert len(server.requests) == needed - 4
    assert not set(answered) & set(asked(server))
    assert content(out) == content(tmp_path / "whole.jsonl")

    server.requests.clear()
    assert (await built(settings, out, *options)).code == 0
    assert server.requests == []


async def test_the_budget_stops_it_and_a_larger_one_goes_on(
    tmp_path: Path, manual: Path, settings: Path, server: ScriptedServer
) -> None:
    out = tmp_path / "rows.jsonl"
    options = ("--manual", manual, "--llm", "writer")
    done = await built(settings, out, *options, "--budget", "0.06", "--json")
    assert done.code == 1
    told = json.loads(done.out)
    assert told["stopped"]
    assert 0 < told["answered"] == len(server.requests) < told["requests"]
    assert told["spent"] == pytest.approx(0.006 * len(server.requests))
    assert told["spent"] <= 0.06
    assert f"{told['answered']} of {told['requests']} requests have been answered" in done.err
    assert len(rows_in(out)) == told["rows"] > 0

    again = await built(settings, out, *options, "--budget", "1", "--json")
    assert again.code == 0, again.err
    assert len(server.requests) == told["requests"]
    assert len(set(asked(server))) == told["requests"]


async def test_a_budget_without_prices_is_refused_at_once(
    tmp_path: Path, manual: Path, settings: Path, server: ScriptedServer
) -> None:
    done = await built(settings, tmp_path / "r.jsonl", "--manual", manual, "--llm", "free", "--budget", "1")
    assert done.code == 1
    assert done.err.startswith("kotae: [backends.free] has no prices")
    assert server.requests == []


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
async def test_the_embedded_model_writes_no_rows_unless_that_is_asked_for(
    tmp_path: Path, manual: Path, unset: Path, dry: tuple[str, ...]
) -> None:
    done = await built(unset, tmp_path / "rows.jsonl", "--manual", manual, "--llm", "base", *dry)
    assert done.code == 1
    assert done.err.startswith(
        "kotae: [backends.base] is the embedded model, which is too small to write rows"
    )
    assert done.err.endswith("Name a backend with a larger model, or see how it goes with --any-model.\n")
    assert len(done.err.splitlines()) == 1
    assert not beside(tmp_path)


@pytest.mark.weights
async def test_the_embedded_model_shows_how_it_goes(tmp_path: Path, manual: Path, unset: Path) -> None:
    options = ("--manual", manual, "--llm", "base", "--any-model", "--kinds", "negative", "--limit", "1")
    dry = await built(unset, tmp_path / "rows.jsonl", *options, "--dry-run", "--json")
    assert json.loads(dry.out)["requests"] > 0
    done = await built(unset, tmp_path / "rows.jsonl", *options, "--json")
    told = json.loads(done.out)
    assert (told["answered"], told["failed"]) == (told["requests"], 0)


async def test_a_japanese_manual_makes_japanese_rows(
    tmp_path: Path, settings: Path, server: ScriptedServer
) -> None:
    folder = written(tmp_path / "ja", JAPANESE)
    out = tmp_path / "rows.jsonl"
    done = await built(
        settings, out, "--manual", folder, "--llm", "writer", "--wordings", "1", "--limit", "1"
    )
    assert done.code == 0, done.err
    assert all("訓練" in request["messages"][0]["content"] for request in server.requests)
    rows = rows_in(out)
    assert {row["metadata"]["kind"] for row in rows} == {"section", "link", "negative", "turns"}
    assert all("。" in row["messages"][-1]["content"] for row in rows)


async def test_tickets_and_transcripts_need_no_model(tmp_path: Path, settings: Path) -> None:
    csv = tmp_path / "tickets.csv"
    csv.write_bytes(
        "質問,回答\n期間を再開できますか,担当: 090-1234-5678へ\n期間を再開できますか？,はい\n".encode("cp932")
    )
    recorder = Recorder(tmp_path / "talks", "c")
    for name in ("good", "bad"):
        turn = Turn(id=name, question="Who may reopen?", backend=name, status="stop", answer=name)
        recorder.opened(turn)
        recorder.event(name, Delta(f"The {name} answer."), 0.1)
        recorder.event(name, Finished("stop"), 0.2)
        recorder.closed(turn)
    recorder.preferred(Preference(turns=("good", "bad"), outcome="better", winner="good"))
    recorder.close()
    (tmp_path / "talks" / "other.jsonl").write_text("{}\n")

    out = tmp_path / "rows.jsonl"
    sources = ("--tickets", csv, "--transcripts", tmp_path / "talks")
    done = await built(settings, out, *sources, "--system", "Be brief.")
    assert done.code == 0, done.err
    told = sorted((row["metadata"]["kind"], row["messages"][-1]["content"]) for row in rows_in(out))
    assert told == [("ticket", "担当: [PHONE]へ"), ("transcript", "The good answer.")]
    assert {row["messages"][0]["content"] for row in rows_in(out)} == {"Be brief."}
    assert "1 duplicate dropped" in done.err
    assert "Passed over" in done.err

    before = content(out)
    again = await built(settings, out, *sources)
    assert again.code == 1
    assert "is there already" in again.err
    assert content(out) == before


def test_the_manual_of_these_tests_says_what_the_answers_change() -> None:
    assert "Only a Controller" in ENGLISH["reopening.md"]
