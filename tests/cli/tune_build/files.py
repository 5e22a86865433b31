"""A model that writes rows, settings that name it, and what comes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.command import Done, kotae
from tests.kotae.tuning.build.manual import good_reply, kind_of
from tests.scripted_server import DONE, ScriptedServer, chunk, silent, streams, usage

SETTINGS = """
[backends.writer]
base_url = "{url}"
model = "scripted-1"
price_input = 1.0
price_output = 10.0

[backends.free]
base_url = "{url}"
model = "scripted-1"
"""
UNJUDGED = {"KOTAE_PLUGINS__DISABLED": "grounding"}
"""Where it is not what is tested, answers are not judged: it takes an index."""

Change = Callable[[str, dict[str, Any]], dict[str, Any]]


def writes(change: Change = lambda _, reply: reply, after: float = float("inf")) -> Any:
    """A model that writes rows; from request `after` on it is silent."""
    seen = 0

    async def script(writer: asyncio.StreamWriter, request: dict[str, Any]) -> None:
        nonlocal seen
        seen += 1
        if seen > after:
            await silent(writer, request)
        data = json.loads(request["messages"][1]["content"])
        kind = kind_of(request["response_format"]["json_schema"]["schema"], data)
        text = json.dumps(change(kind, good_reply(kind, data)), ensure_ascii=False)
        await streams(chunk(text), chunk(None, finish="stop"), usage(1000, 500), DONE)(writer, request)

    return script


async def built(settings: Path, out: Path, *arguments: str | Path, **environ: str) -> Done:
    told = {**UNJUDGED, **environ, "KOTAE_SETTINGS": str(settings)}
    return await kotae("tune", "build", "--out", out, *arguments, cwd=None, **told)


def rows_in(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def content(file: Path) -> bytes:
    return file.read_bytes()


def beside(folder: Path) -> list[Path]:
    return [*folder.glob("rows*"), *folder.glob(".rows*")]


def asked(server: ScriptedServer) -> list[str]:
    return [json.dumps(request["messages"]) for request in server.requests]
