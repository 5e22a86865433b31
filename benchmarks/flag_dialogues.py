"""The flagger on what agents said about service manuals: `python -m benchmarks.flag_dialogues DOC2DIAL [--few N]`.

DOC2DIAL is a folder with `corpus.jsonl.gz` and `queries.jsonl`. Each claim of an agent is held against the whole manual as the chat
holds the answers of a backend that searches nothing: as it was said (`true`; some of it is small talk that no page has), with one
thing changed (`changed`, see `benchmarks.changed`), and against the manual without the document that the conversation is about
(`elsewhere`; now and then another page says it too). Debian's `wordnet-base` is needed.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import itertools
import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sklearn.metrics import roc_auc_score

from backends.retrieval.client import RetrievalClient
from backends.retrieval.library import IndexedManual
from benchmarks import changed, wordnet
from kotae.backend import Manual
from kotae.claims import claims
from kotae.conversation import Message, Passage
from kotae.events import Progress
from kotae.settings import POSITIONS
from plugins.grounding import flag_answer, session_ended

_FEW = 200
_SHORTEST = 4
_TOP = 20
_BEFORE = 4
Turn = tuple[str, str, str, tuple[Message, ...]]
"""Document, what the agent said, what was asked, and what was said before."""


class Without:
    """A manual that lacks a document."""

    def __init__(self, manual: Manual, document: str) -> None:
        self._manual = manual
        self._document = document

    async def prepare(self, progress: Callable[[Progress], None] | None = None) -> None:
        await self._manual.prepare(progress)

    async def search(
        self,
        query: str,
        top: int = 5,
        progress: Callable[[Progress], None] | None = None,
        history: Sequence[Message] = (),
    ) -> list[Passage]:
        found = await self._manual.search(query, _TOP, progress, history)
        return [passage for passage in found if passage.id.split("::")[0] != self._document][:top]

    async def known(self, terms: Sequence[str]) -> set[str]:
        return await self._manual.known(terms)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--few", type=int, default=_FEW, help=f"turns that are judged ({_FEW})")
    chosen = parser.parse_args()
    turns = list(_turns(chosen.folder))
    random.Random(3).shuffle(turns)  # noqa: S311
    scores = asyncio.run(_scores(chosen.folder, turns[: chosen.few]))
    print("| | claims | " + " | ".join(f"flagged at {limit}" for limit in POSITIONS.values()) + " | AUROC |")
    print("| --- | --: | --: | --: | --: | --: |")
    for kind, found in scores.items():
        shares = (sum(score >= limit for score in found) / len(found) for limit in POSITIONS.values())
        both = [*scores["true"], *found]
        labels = [0] * len(scores["true"]) + [1] * len(found)
        told = "" if kind == "true" else f"{roc_auc_score(labels, both):.2f}"
        print(f"| {kind} | {len(found)} | " + " | ".join(f"{share:.2f}" for share in shares) + f" | {told} |")


def _turns(folder: Path) -> Iterator[Turn]:
    told = set()
    for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        query = json.loads(line)
        history = query["history"]
        for place, (asked, said) in enumerate(itertools.pairwise(history)):
            key = query["doc"], said["content"]
            if (asked["role"], said["role"]) == ("user", "assistant") and key not in told:
                told.add(key)
                before = history[max(0, place - _BEFORE) : place]
                yield *key, asked["content"], tuple(Message(one["role"], one["content"]) for one in before)


async def _scores(folder: Path, turns: Sequence[Turn]) -> dict[str, list[float]]:
    client = RetrievalClient()
    chance = random.Random(3)  # noqa: S311
    maker = changed.Maker(japanese=False, random=chance, lexicon=wordnet.lexicon())
    scores: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as home:
        corpus = Path(home) / "corpus.jsonl"
        corpus.write_bytes(gzip.decompress((folder / "corpus.jsonl.gz").read_bytes()))
        manual = IndexedManual(client, source=corpus, index="", encoder="")
        await manual.prepare()
        for document, said, question, history in turns:

            async def highest(
                text: str, held: Any, question: str = question, history: Any = history
            ) -> float:
                found = await flag_answer(
                    question, text, passages=(), manual=held, history=history, final=True
                )
                return max((flag.score for flag in found or ()), default=0.0)

            for claim in claims(said):
                text = " ".join(claim.plain.split())
                if len(text.split()) < _SHORTEST:
                    continue
                scores["true"].append(await highest(text, manual))
                scores["elsewhere"].append(await highest(text, Without(manual, document)))
                near = " ".join(passage.text for passage in await manual.search(text, top=2))
                if other := maker.change(text, near):
                    scores["changed"].append(await highest(other, manual))
    await session_ended()
    await client.aclose()
    return scores


if __name__ == "__main__":
    main()
