"""False alarms of the flagger where nothing is wrong: `python -m benchmarks.flag_right verbatim|references|premises QUERIES INDEX`.

`verbatim`: each page of the sample manuals as an answer, sentence by sentence. `references`: the right answers to their
questions (`questions.*.jsonl`, but for those that the manual doesn't answer, and `tuning/heldout.en.jsonl`). Both are judged as the
chat judges a backend that searches nothing. `premises`: of other people's questions (a `queries.jsonl` of `{"question"}`), which
are all answered by the pages in INDEX, those whose premise is taken for false.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import sample_manual
from backends.retrieval.client import RetrievalClient
from backends.retrieval.library import IndexedManual
from kotae.claims import claims
from kotae.conversation import Message
from kotae.settings import POSITIONS
from plugins.grounding import flag_answer, session_ended
from plugins.grounding.asking import asks_how
from plugins.grounding.evidence import gather
from plugins.grounding.premise import failed
from plugins.grounding.text import normalise
from plugins.grounding.vocabulary import absent

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = ("en", "ja")
Answer = tuple[str, str, tuple[Message, ...]]
"""Question, answer and history."""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("verbatim", "references", "premises"))
    parser.add_argument("queries", type=Path, nargs="?")
    parser.add_argument("index", type=Path, nargs="?")
    chosen = parser.parse_args()
    if chosen.what == "premises":
        if chosen.queries is None or chosen.index is None:
            parser.error("premises needs QUERIES and INDEX")
        lines = chosen.queries.read_text(encoding="utf-8").splitlines()
        asyncio.run(_premises([json.loads(line)["question"][:500] for line in lines], chosen.index))
    else:
        asyncio.run(_answers(chosen.what))


async def _answers(what: str) -> None:
    client = RetrievalClient()
    for lang in LANGUAGES:
        manual = IndexedManual(client, source=sample_manual.folder(lang), index="", encoder="")
        await manual.prepare()
        judged = flagged = 0
        for question, answer, history in _verbatim(lang) if what == "verbatim" else _references(lang):
            judged += len(claims(answer))
            for flag in (
                await flag_answer(question, answer, passages=(), manual=manual, history=history, final=True)
                or ()
            ):
                if flag.score >= POSITIONS["balanced"]:
                    flagged += 1
                    print(f"- {flag.score:.2f} {flag.kind}: {answer[flag.start : flag.end]} ({flag.reason})")
        print(f"{lang}: {flagged} flags on {judged} claims", flush=True)
    await session_ended()
    await client.aclose()


def _verbatim(lang: Language) -> Iterator[Answer]:
    for page in sorted(Path(sample_manual.folder(lang)).rglob("*.md")):
        yield "", page.read_text(encoding="utf-8"), ()


def _references(lang: Language) -> Iterator[Answer]:
    home = Path(sample_manual.folder(lang)).parent
    for file in (home / f"questions.{lang}.jsonl", home / "tuning" / f"heldout.{lang}.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
            row = json.loads(line)
            if row.get("type") != "unanswerable":
                history = tuple(Message(said["role"], said["content"]) for said in row.get("history", ()))
                yield row["question"], row["reference"], history


async def _premises(questions: Sequence[str], index: Path) -> None:
    client = RetrievalClient()
    manual = IndexedManual(client, index=index, encoder="")
    await manual.prepare()
    asked = found = 0
    for question in questions:
        plain = normalise(question).text
        if not asks_how(plain):
            continue
        asked += 1
        lacking = await absent(manual, question, typed=True)
        evidence = gather(await manual.search(question, top=5))
        premise = failed(plain, evidence, lacking.words, lacking.reach) if lacking else None
        if premise is not None:
            found += 1
            print(f"- {question}: {premise.denial.text if premise.denial else ', '.join(premise.unknown)}")
    print(f"{found} of {asked} questions that ask how")
    await client.aclose()


if __name__ == "__main__":
    main()
