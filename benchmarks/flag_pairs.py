"""The flagger on minimal pairs: `python -m benchmarks.flag_pairs [FILE]`.

FILE is `tests/plugins/grounding/pairs.jsonl` or one of the same form: a claim in other words, and the same claim with one
fault, each judged against its context alone. Of pairs that nothing was fitted to only totals are printed, and nothing else
should be looked at.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np

from kotae.conversation import Passage
from plugins.grounding import flag_answer, session_ended

PAIRS = Path(__file__).parents[1] / "tests" / "plugins" / "grounding" / "pairs.jsonl"
CHANGES = ("number", "name", "negation", "role")
THRESHOLDS = (0.5, 0.7, 0.75)
FEW = 0.05
"""Of the reworded claims that may be flagged when it is asked how many faults are found."""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("file", type=Path, nargs="?", default=PAIRS)
    pairs = [json.loads(line) for line in parser.parse_args().file.read_text(encoding="utf-8").splitlines()]
    scores = asyncio.run(_scores(pairs))
    print("| pairs, threshold | clean, flagged | numbers | names | negations | roles |")
    print("| --- | --: | --: | --: | --: | --: |")
    for lang in ("en", "ja"):
        clean = np.array([own for pair, (own, _) in zip(pairs, scores, strict=True) if pair["lang"] == lang])
        faulty = {
            change: np.array(
                [
                    score
                    for pair, (_, score) in zip(pairs, scores, strict=True)
                    if (pair["lang"], pair["change"]) == (lang, change)
                ]
            )
            for change in CHANGES
        }
        # The lowest threshold at which so few of the reworded claims are flagged.
        few = float(np.sort(clean)[-(int(FEW * len(clean)) + 1)]) + 1e-6
        for threshold, told in (
            *((at, f"{at}") for at in THRESHOLDS),
            (few, f"{few:.2f}, at most {FEW:.0%}"),
        ):
            shares = [clean, *faulty.values()]
            cells = [f"{np.mean(of >= threshold):.2f}" if len(of) else "" for of in shares]
            print(f"| {lang}, {told} | {' | '.join(cells)} |")


async def _scores(pairs: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """Of each pair the highest flag's score: of the claim in other words, and of that with the fault."""
    found = []
    for pair in pairs:
        passages = [Passage(id="1", document="", title="", text=pair["context"])]
        highest = []
        for claim in (pair["clean"], pair["faulty"]):
            flags = await flag_answer("", claim, passages=passages, manual=None, history=(), final=True)
            highest.append(max((flag.score for flag in flags or ()), default=0.0))
        found.append((highest[0], highest[1]))
    await session_ended()
    return found


if __name__ == "__main__":
    main()
