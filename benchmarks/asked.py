"""What people asked of Japanese articles and were answered, as claims: `claims(CORPORA)`.

`首都はどこか。` and `東京` make a sentence in words that are not the article's. With another number or name of the same paragraph
in the answer's place it is wrong. The sets are JSQuAD, JaQuAD and JEMHopQA.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.changed import Changed

_SETS = (("jsquad", "jsquad"), ("jaquad_mt", "jsquad"), ("jemhop", "jemhop"))
"""Questions, and the corpus of their pages."""
_ASKED = re.compile(
    r"(?:どの(?:くらい|ような[一-龥]{0,4})|どれ(?:くらい|ほど)|何(?:年|月|日|人|歳|回|世紀|条|件|つ)?|誰|だれ|いつ|どこ|どちら|なに|いくつ|いくら)"
    r"(?:ですか|でしたか|でしょうか|であるか|だったか|か|だ|なの|なのか|です)?[?？。か]*$"
)
_OPEN = re.compile(r"は[?？]?$")
_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"[ァ-ヴー]{3,}|[一-龥々]{2,}")
_LONGEST, _BESIDE = 24, 160
_WRONG = 0.5


def claims(corpora: Path, seed: int = 4) -> list[Changed]:
    """A claim of each question and answer that makes one, half of them wrong."""
    chance = random.Random(seed)  # noqa: S311
    found: list[Changed] = []
    for name, corpus in _SETS:
        with gzip.open(corpora / corpus / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
            pages = {page["id"]: page for page in map(json.loads, lines)}
        asked = [
            json.loads(line)
            for line in (corpora / name / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        of: dict[str, str] = {}
        for line in (corpora / name / "qrels.tsv").read_text(encoding="utf-8").splitlines():
            query, page, *_ = line.split("\t")
            if page in pages and query not in of:
                of[query] = page
        for query in asked:
            for question, answer in _said(query):
                beside = _around(pages[of[query["id"]]]["text"], answer) if query["id"] in of else None
                if beside and (claim := _claim(question, answer)):
                    other = _other(answer, beside, claim, chance) if chance.random() < _WRONG else None
                    found.append(
                        Changed(claim.replace(answer, other), beside, 1, claim)
                        if other
                        else Changed(claim, beside, 0, None)
                    )
    return found


def _said(query: dict[str, Any]) -> Iterator[tuple[str, str]]:
    sub = query.get("sub") or []
    for part in sub[:1]:  # the page of the second part is another one
        if len(part) == 3:
            yield f"{part[0]}の{part[1]}は", part[2][0]
    if not sub:
        yield query["rewrite"] or query["question"], query["answer"]


def _claim(question: str, answer: str) -> str | None:
    if len(answer) > _LONGEST or answer in question:
        return None
    if _OPEN.search(question):
        return f"{question.rstrip('?？')}{answer}です。"
    asked = _ASKED.search(question)
    return f"{question[: asked.start()]}{answer}です。" if asked and asked.start() > 3 else None


def _around(text: str, answer: str) -> str | None:
    """The sentences at the answer's first place."""
    at = text.find(answer)
    if at < 0:
        return None
    start = text.rfind("。", 0, max(0, at - _BESIDE // 2)) + 1
    end = text.find("。", at + _BESIDE // 2)
    return text[start : end + 1 or None].strip()[: 2 * _BESIDE]


def _other(answer: str, beside: str, claim: str, chance: random.Random) -> str | None:
    if number := _NUMBER.search(answer):
        others = [one for one in _NUMBER.findall(beside) if one != number[0] and len(one) == len(number[0])]
        other = chance.choice(others) if others else str(int(number[0]) + chance.choice((1, 2, 3, 5, 10)))
        return answer[: number.start()] + other + answer[number.end() :]
    kind = [
        name
        for name in _NAME.findall(beside)
        if name not in claim and (name[0] >= "一") == (answer[0] >= "一")
    ]
    return chance.choice(kind) if kind else None
