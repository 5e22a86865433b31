"""`kotae tune split` and `kotae tune estimate`, as people and scripts run them."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import kotae
from tests.cli.test_tune import CLEAN, SAMPLE, content, told, written

TRAIN, PAGES = SAMPLE / "tuning/train.en.jsonl", SAMPLE / "tuning/train.en.pages.jsonl"


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """tiktoken has nothing in its cache, and reaches nobody."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "none"))
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


async def test_a_file_is_divided_and_the_check_finds_no_leak(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = await kotae("tune", "split", TRAIN, "--out", out, "--pages", PAGES)
    assert done.code == 0
    assert "rows to train on are in" in done.err
    assert "pages are asked about by the test set alone." in done.err
    train, test = (content(out / name).splitlines() for name in ("train.jsonl", "test.jsonl"))
    assert sorted([*train, *test]) == sorted(content(TRAIN).splitlines())
    assert 31 <= len(test) <= 62
    report = told(
        await kotae(
            "tune", "lint", out / "train.jsonl", "--test", out / "test.jsonl", "--checks", "leakage", "--json"
        )
    )
    assert (report["findings"], report["grades"]) == ([], {"leakage": "A"})
    assert stat.S_IMODE((out / "test.jsonl").stat().st_mode) == 0o600


async def test_what_is_divided_badly_leaks(tmp_path: Path) -> None:
    train, test = written(tmp_path / "train.jsonl", CLEAN), written(tmp_path / "test.jsonl", CLEAN[:20])
    done = await kotae("tune", "lint", train, "--test", test, "--fail-on", "error", "--json")
    assert done.code == 1
    (leak,) = json.loads(done.out)["findings"]
    assert (leak["code"], leak["count"]) == ("trained-on", 20)


async def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    file = written(tmp_path / "rows.jsonl", CLEAN)
    found = []
    for out, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        done = await kotae(
            "tune", "split", file, "--out", tmp_path / out, "--seed", seed, "--test", "0.2", "--json"
        )
        figures: dict[str, Any] = told(done)
        assert figures["train"] + figures["test"] == 200
        found.append(content(tmp_path / out / "test.jsonl"))
    assert found[0] == found[1] != found[2]


async def test_files_that_are_there_are_kept_unless_forced(tmp_path: Path) -> None:
    file = written(tmp_path / "rows.jsonl", CLEAN)
    mine = written(tmp_path / "test.jsonl", [b"mine"])
    done = await kotae("tune", "split", file, "--out", tmp_path)
    assert done.code == 1
    assert "test.jsonl is there already. Name another --out, or replace it by --force." in done.err
    assert content(mine) == b"mine\n"
    assert not (tmp_path / "train.jsonl").exists()
    assert (await kotae("tune", "split", file, "--out", tmp_path, "--force")).code == 0
    assert content(mine) != b"mine\n"


async def test_the_file_itself_is_never_replaced(tmp_path: Path) -> None:
    file = written(tmp_path / "train.jsonl", CLEAN)
    done = await kotae("tune", "split", file, "--out", tmp_path, "--force")
    assert (done.code, content(file).splitlines()) == (1, CLEAN)
    assert "is the file to divide" in done.err


async def test_where_one_file_cannot_be_written_neither_is(tmp_path: Path) -> None:
    file = written(tmp_path / "rows.jsonl", CLEAN)
    (tmp_path / "out/test.jsonl").mkdir(parents=True)
    done = await kotae("tune", "split", file, "--out", tmp_path / "out", "--force")
    assert done.code == 1
    assert "test.jsonl is no file to replace." in done.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["test.jsonl"]


async def test_rows_without_pages_are_divided_by_wording_which_is_told(tmp_path: Path) -> None:
    bare = [json.dumps({"messages": json.loads(line)["messages"]}).encode() for line in CLEAN]
    file = written(tmp_path / "rows.jsonl", [*bare, b"no row"])
    done = await kotae("tune", "split", file, "--out", tmp_path / "out")
    assert done.code == 0
    assert "The rows name no pages, so they were divided by wording alone" in done.err
    assert "rows.jsonl: 1 line has no usable row;" in done.err


async def test_a_pages_file_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    file = written(tmp_path / "rows.jsonl", CLEAN)
    pages = written(tmp_path / "pages.jsonl", [b'{"row": "first", "page": "a.md"}'])
    done = await kotae("tune", "split", file, "--out", tmp_path / "out", "--pages", pages)
    assert done.code == 1
    assert "pages.jsonl, line 1: Expected `int`, got `str`" in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("offline")
async def test_an_estimate_is_marked_as_one_and_says_why() -> None:
    done = await kotae("tune", "estimate", TRAIN, "--model", "gpt-4.1-mini")
    assert done.code == 0
    assert "Tokens are estimated: tiktoken can't fetch the encoding o200k_base" in done.err
    assert "≈ " in done.out
    assert "give --price-training" in done.out


@pytest.mark.usefixtures("offline")
async def test_training_and_break_even_are_reckoned_from_the_prices_given(tmp_path: Path) -> None:
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("All of the manual. " * 600)
    options = (
        *("--model", "gpt-4.1-mini", "--epochs", "2", "--price-training", "5", "--price-input", "0.8"),
        *("--price-output", "3.2", "--base-price-input", "0.4", "--base-price-output", "1.6"),
        *("--against-prompt", prompt, "--against-tokens", "10", "--answers-per-day", "500"),
    )
    done = await kotae("tune", "estimate", TRAIN, *options)
    assert "by long prompt" in done.out
    assert "training is earned back after" in " ".join(done.out.split())
    assert "never: an answer costs no less than by retrieval" in " ".join(done.out.split())
    told_ = json.loads((await kotae("tune", "estimate", TRAIN, *options, "--json")).out)
    total = told_["counted"]["total"]
    assert told_["trained"] == 2 * total
    assert told_["plan"]["training"] == pytest.approx(2 * total * 5 / 1e6)
    assert (told_["estimated"], told_["against"][1]["when"]["answers"]) == (True, None)


async def test_the_embedded_model_counts_with_its_own_tokenizer() -> None:
    done = await kotae(
        "tune", "estimate", SAMPLE / "tuning/balance_shift.jsonl", "--model", "embedded", "--json"
    )
    told_ = json.loads(done.out)
    assert (told_["estimated"], told_["counted"]["rows"]) == (False, 10)
    assert "SmolLM2" in told_["tokenizer"]
