"""The flagger on claims that a reader has judged against the sample manual: `python -m benchmarks.flag_claims [--misses] [FILE]`.

The claims are in `flags/claims.jsonl`, or in a file of the same form such as `flags/fresh.jsonl`. Each answer is judged as the chat
judges a backend that searches nothing: against the whole manual. That is the sample manual, or what lies in folders `en` and `ja`
beside the file (`flags/manuals/hotel/claims.jsonl`). What was said before a follow-up question stands with the sample manual's
questions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from sklearn.metrics import roc_auc_score

import sample_manual
from backends.retrieval.client import RetrievalClient
from backends.retrieval.library import IndexedManual
from kotae.evaluation.questions import Question
from kotae.settings import POSITIONS
from plugins.grounding import flag_answer, session_ended

CLAIMS = Path(__file__).with_name("flags") / "claims.jsonl"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=CLAIMS, help="labelled claims (JSONL)")
    parser.add_argument("--misses", action="store_true", help="print the claims that are judged worst too")
    chosen = parser.parse_args()
    rows = [json.loads(line) for line in chosen.file.read_text(encoding="utf-8").splitlines()]
    scores = asyncio.run(_scores(rows, chosen.file.parent))
    wrong = [row["label"] != "supported" for row in rows]
    print(
        "| threshold | precision | recall | right answers in other words flagged | invented features flagged |"
    )
    print("| --- | --: | --: | --: | --: |")
    for name, limit in POSITIONS.items():
        flagged = [score >= limit for score in scores]
        hits = sum(a and b for a, b in zip(flagged, wrong, strict=True))
        print(
            f"| {name} ({limit}) | {hits / max(1, sum(flagged)):.2f} | {hits / sum(wrong):.2f} "
            f"| {_share(rows, flagged, 'reference')} | {_share(rows, flagged, 'invented')} |"
        )
    flagged = [score >= POSITIONS["balanced"] for score in scores]
    print(f"\nAUROC: {roc_auc_score(wrong, scores):.2f}\nFlagged at the balanced threshold:")
    for key in ("label", "source", "lang"):
        found = Counter(row[key] for row, one in zip(rows, flagged, strict=True) if one)
        every = Counter(row[key] for row in rows)
        print("- " + ", ".join(f"{name}: {found[name]} of {count}" for name, count in sorted(every.items())))
    if chosen.misses:
        by_score = sorted(zip(scores, rows, strict=True), key=lambda pair: pair[0])
        _print_worst("Missed", [pair for pair in by_score if pair[1]["label"] != "supported"][:10])
        _print_worst(
            "False alarms", [pair for pair in reversed(by_score) if pair[1]["label"] == "supported"][:10]
        )


def _print_worst(title: str, judged: Sequence[tuple[float, dict[str, Any]]]) -> None:
    print(f"\n{title}:")
    for score, row in judged:
        print(f"- {score:.2f} {row['label']} {row['id']}: {row['claim']}")


async def _scores(rows: Sequence[dict[str, Any]], folder: Path) -> list[float]:
    client = RetrievalClient()
    manuals: dict[str, IndexedManual] = {}
    languages: tuple[Literal["en", "ja"], ...] = ("en", "ja")
    for lang in languages:
        own = folder / lang
        source = own if own.is_dir() else sample_manual.folder(lang)
        manuals[lang] = IndexedManual(client, source=source, index="", encoder="")
    said_before = {
        question.question: question.history
        for file in (sample_manual.questions("en"), sample_manual.questions("ja"))
        for question in msgspec.json.Decoder(Question).decode_lines(file.read_bytes())
    }
    scores = []
    for manual in manuals.values():
        await manual.prepare()
    for row in rows:
        flags = await flag_answer(
            row["question"],
            row["answer"],
            passages=(),
            manual=manuals[row["lang"]],
            history=said_before.get(row["question"], ()),
            final=True,
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
