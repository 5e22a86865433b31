"""Replies are kept for good, whatever is in them and whatever has become of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from backends.reply_cache import ReplyCache
from kotae.conversation import TokenUsage
from kotae.errors import KotaeError

USED = TokenUsage(prompt_tokens=10, completion_tokens=5, cached_tokens=2)


def test_a_reply_is_kept_with_its_tokens(tmp_path: Path) -> None:
    file = tmp_path / "new" / "work.jsonl"
    ReplyCache(file).put("a", "one\nline", USED)
    cache = ReplyCache(file)
    assert (cache.get("a"), cache.get("b"), cache.used()) == ("one\nline", None, [USED])
    assert file.stat().st_mode & 0o777 == 0o600


def test_half_a_character_costs_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "work.jsonl"
    ReplyCache(file).put("a", "x\ud800y")
    assert ReplyCache(file).get("a") == "x\ufffdy"


@pytest.mark.parametrize(
    "line", [b'{"key": "a", "rep', b"\xff\n", b"[1]\n", b"null", b'{"key": 1, "reply": ""}']
)
def test_a_line_that_makes_no_sense_is_passed_over(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "work.jsonl"
    file.write_bytes(line)
    ReplyCache(file).put("b", "kept")
    cache = ReplyCache(file)
    assert (cache.get("a"), cache.get("b")) == (None, "kept")


def test_what_was_lost_is_paid_for_each_time(tmp_path: Path) -> None:
    file = tmp_path / "work.jsonl"
    cache = ReplyCache(file)
    cache.lost(USED)
    cache.lost(USED)
    assert ReplyCache(file).used() == [USED, USED]


def test_one_process_works_on_a_file(tmp_path: Path) -> None:
    file = tmp_path / "work.jsonl"
    with ReplyCache(file).held():
        with pytest.raises(KotaeError, match="Another process works on"), ReplyCache(file).held():
            pass
        ReplyCache(file).put("a", "kept")
    with ReplyCache(file).held():
        assert ReplyCache(file).get("a") == "kept"
    assert [path.name for path in tmp_path.glob("*work*")] == ["work.jsonl"]


def test_a_file_without_replies_does_not_stay(tmp_path: Path) -> None:
    with ReplyCache(tmp_path / "work.jsonl").held():
        pass
    assert not list(tmp_path.glob("*work*"))


def test_a_file_that_cannot_be_written_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "work.jsonl").mkdir()
    cache = ReplyCache(tmp_path / "work.jsonl", required=True)
    for attempt in (cache.held().__enter__, lambda: cache.put("a", "b")):
        with pytest.raises(KotaeError, match=r"work\.jsonl can't be written: Is a directory"):
            attempt()
    ReplyCache(tmp_path / "work.jsonl").put("a", "b")  # one that is not required goes without
