"""Rows for `kotae check`, and a plugin that flags dragons."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.command import Done

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
