"""A small manual, and a model that writes rows about it as it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from backends.retrieval.links import targets_in
from backends.retrieval.manual import pages
from kotae.conversation import TokenUsage
from kotae.errors import BackendError
from kotae.tuning.build.replies import ManualText
from kotae.tuning.build.requests import KINDS, Kind, Request, plan
from kotae.tuning.build.sections import ManualPage, sections

ENGLISH = {
    "periods.md": (
        "# Accounting periods\n\nEvery document has a posting date, which puts it into exactly one period.\n\n"
        "## States\n\nA period cannot go straight from Open to Closed. "
        "Reopening is described in [Reopening](reopening.md).\n\n"
        "## Opening\n\nAt most 3 periods may be Open at the same time. A fourth is refused with CL-507.\n"
    ),
    "reopening.md": (
        "# Reopening\n\nOnly a Controller may reopen a closed period. A period can be reopened at most twice.\n"
    ),
    "stock.md": "# Stock transfers\n\nA stock transfer moves items from one warehouse to another without a price.\n",
}
JAPANESE = {
    "periods.md": (
        "# 会計期間\n\n同時に開いておける会計期間は3つまでです。4つ目を開こうとするとCL-507で拒否されます。"
        "再開については[期間の再開](reopening.md)を参照してください。\n"
    ),
    "reopening.md": "# 期間の再開\n\n締めた会計期間を再開できるのはコントローラーだけです。再開は2回まで可能です。\n",
}


def written(folder: Path, texts: Mapping[str, str] = ENGLISH) -> Path:
    """The manual as a folder of pages."""
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def read_pages(folder: Path) -> list[ManualPage]:
    return [
        ManualPage(id=page.id, title=page.title, text=page.text, links=page.links)
        for page in pages(folder, [])
    ]


def planned(
    found: list[ManualPage], kinds: tuple[Kind, ...] = KINDS, wordings: int = 2
) -> tuple[list[Request], ManualText]:
    return plan(found, sections(found, targets_in), kinds=kinds, wordings=wordings), ManualText(found)


def good_reply(kind: str, data: Mapping[str, Any], wordings: int = 2) -> dict[str, Any]:
    """Rows that say what the excerpts say, as a model makes them that does what it is told."""
    texts = [_sentences(excerpt["text"]) for excerpt in data["excerpts"]]
    support = [{"excerpt": number, "quote": said[0]} for number, said in enumerate(texts, 1)]
    topic = data["excerpts"][0]["title"].replace(" › ", " and ")
    japanese = "。" in texts[0][0]
    asked = [
        [f"What is to be known about {topic}, by {kind}?", f"Please tell me of {kind} in {topic}"],
        [f"{topic}について{kind}で知っておくことは何ですか", f"{kind}に関する{topic}の説明をお願いします"],
    ][japanese][:wordings]
    answer = " ".join(said[0] for said in texts)
    if kind == "turns":
        turns = [
            {"question": asked[0], "answer": answer},
            {"question": "その後は" if japanese else "And then?", "answer": texts[0][-1]},
        ]
        return {"rows": [{"turns": turns, "support": support}]}
    if kind == "negative":
        missing = "給与計算" if japanese else "Payroll"
        no = f"いいえ、{missing}はありません。" if japanese else f"No, there is no {missing}."
        asked = [f"{missing}は{topic}にありますか" if japanese else f"Is there a {missing} beside {topic}?"]
        return {"rows": [{"questions": asked, "answer": no, "missing": missing, "support": support}]}
    return {"rows": [{"questions": asked, "answer": answer, "support": support}]}


def kind_of(schema: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """What kind of rows a request asks for."""
    row = schema["properties"]["rows"]["items"]["properties"]
    if "turns" in row:
        return "turns"
    if "missing" in row:
        return "negative"
    return "links" if len(data["excerpts"]) > 1 else "sections"


def _sentences(text: str) -> list[str]:
    from kotae.sentences import sentences

    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    return [sentence for line in lines for sentence in sentences(line)]


class ScriptedWriter:
    """Writes as it is told; implements `kotae.tuning.build.build.Writer`."""

    def __init__(self, reply: Callable[[Request, dict[str, Any]], str | BackendError] | None = None) -> None:
        self.replies: dict[tuple[Any, ...], str] = {}
        self.asked: list[Request] = []
        self._reply = reply or (lambda request, data: json.dumps(good_reply(request.kind, data)))

    def kept(self, request: Request) -> str | None:
        return self.replies.get(request.messages())

    async def write(self, request: Request) -> tuple[str, TokenUsage]:
        self.asked.append(request)
        reply = self._reply(request, json.loads(request.messages()[1].content))
        if isinstance(reply, BackendError):
            raise reply
        self.replies[request.messages()] = reply
        return reply, TokenUsage(prompt_tokens=1000, completion_tokens=500)
