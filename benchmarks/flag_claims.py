"""The flagger on claims that a reader has judged against the sample manual: `python -m benchmarks.flag_claims`.

The claims are in `flags/claims.jsonl`. Each answer is judged as the chat judges a backend that searches nothing: against the whole
manual.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sample_manual
from backends.retrieval.client import RetrievalClient
from backends.retrieval.library import IndexedManual
from kotae.settings import POSITIONS
from plugins.grounding import flag_answer, session_ended

CLAIMS = Path(__file__).with_name("flags") / "claims.jsonl"


def main() -> None:
    """The command."""
    rows = [json.loads(line) for line in CLAIMS.read_text(encoding="utf-8").splitlines()]
    scores = asyncio.run(_scores(rows))
    print(
        "| threshold | precision | recall | right answers in other words flagged | invented features flagged |"
    )
    print("| --- | --: | --: | --: | --: |")
    for name, limit in POSITIONS.items():
        flagged = [score >= limit for score in scores]
        wrong = [row["label"] != "supported" for row in rows]
        hits = sum(a and b for a, b in zip(flagged, wrong, strict=True))
        print(
            f"| {name} ({limit}) | {hits / max(1, sum(flagged)):.2f} | {hits / sum(wrong):.2f} "
            f"| {_share(rows, flagged, 'reference')} | {_share(rows, flagged, 'invented')} |"
        )
    found = Counter(
        row["label"] for row, score in zip(rows, scores, strict=True) if score >= POSITIONS["balanced"]
    )
    every = Counter(row["label"] for row in rows)
    print("\n" + ", ".join(f"{label}: {found[label]} of {count}" for label, count in sorted(every.items())))


async def _scores(rows: Sequence[dict[str, Any]]) -> list[float]:
    client = RetrievalClient()
    manuals = {
        lang: IndexedManual(client, source=sample_manual.folder(lang), index="", encoder="")
        for lang in ("en", "ja")
    }
    scores = []
    for manual in manuals.values():
        await manual.prepare()
    for row in rows:
        flags = await flag_answer(
            row["question"], row["answer"], passages=(), manual=manuals[row["lang"]], history=(), final=True
        )
        touching = [flag.score for flag in flags or () if flag.start < row["end"] and row["start"] < flag.end]
        scores.append(max(touching, default=0.0))
    await session_ended()
    await client.aclose()
    return scores


def _share(rows: Sequence[dict[str, Any]], flagged: Sequence[bool], source: str) -> str:
    chosen = [one for row, one in zip(rows, flagged, strict=True) if row["source"] == source]
    return f"{sum(chosen)} of {len(chosen)}"


if __name__ == "__main__":
    main()
