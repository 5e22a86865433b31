"""Rows linted and mended, as the tests of both need them."""

from __future__ import annotations

import json
from typing import Any

from kotae.tuning.lint.finding import Report
from kotae.tuning.lint.form import read
from kotae.tuning.lint.lint import Given, lint
from kotae.tuning.lint.repair import Repaired, repair
from kotae.tuning.rows import Row
from kotae.tuning.tokens import estimate
from tests.kotae.tuning.control import chat

MOST = 2000
"""Tokens of a row."""
PERSONAL = chat("Whom do I ask?", "Write to hanako@minato-lib.jp.")
CLASH = [chat("Is tea served?", "Yes, tea is served."), chat("Is tea served?", "No, tea is not served.")]


def linted(data: bytes, **given: Any) -> Report:
    found = read(data, estimate(), MOST)
    return lint("rows.jsonl", data, found, Given(**given), estimate())


def file(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def mended(data: bytes, *checks: Any, **given: Any) -> Repaired:
    report, test = linted(data, **given), given.get("test")
    return repair(data, report, estimate(), "en", max_tokens=MOST, test=test, checks=checks)


def rows(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def dumped(*found: dict[str, Any]) -> list[bytes]:
    return [json.dumps(row, ensure_ascii=False).encode() for row in found]


def asked(*questions: str) -> list[Row]:
    """A test set."""
    return read(file(*dumped(*(chat(question, "Whatever.") for question in questions))), estimate()).rows


def preference(question: str, preferred: str, rejected: str) -> dict[str, Any]:
    return {
        "input": {"messages": [{"role": "user", "content": question}]},
        "preferred_output": [{"role": "assistant", "content": preferred}],
        "non_preferred_output": [{"role": "assistant", "content": rejected}],
    }
