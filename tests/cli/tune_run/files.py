"""Rows, settings and jobs of these tests."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from pathlib import Path
from typing import Any

from tests.cli.command import Done

SYSTEM = "You answer questions about Komorebi Ledger."
WRITTEN = '# Mine.\n[backends.rows]\nkind = "rag"  # kept\n'


def row(question: str, answer: str) -> dict[str, Any]:
    spoken = [("system", SYSTEM), ("user", question), ("assistant", answer)]
    messages = [{"role": role, "content": content} for role, content in spoken]
    return {"messages": messages, "metadata": {"pages": ["secret/page.md"]}}


def preference(number: int) -> dict[str, Any]:
    def said(text: str) -> list[dict[str, str]]:
        return [{"role": "assistant", "content": text}]

    asked = {"messages": [{"role": "user", "content": f"Which is number {number}?"}]}
    return {
        "input": asked,
        "preferred_output": said(f"It is {number}."),
        "non_preferred_output": said("No idea."),
    }


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


def job_of(done: Done) -> dict[str, Any]:
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def content(path: Path) -> bytes:
    return path.read_bytes()


def put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.exists() else []


def log_file() -> Path:
    return Path(os.environ["XDG_DATA_HOME"], "kotae/tuning/jobs.jsonl")


def tables(settings: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(settings.read_text(encoding="utf-8"))["backends"]
    return found
