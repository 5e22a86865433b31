"""Natural language inference: does the nearest passage entail a claim, or contradict it?

A cross-encoder reads both together. A claim is held against several windows and takes the best of them, as in Laban et al. 2022,
"SummaC".
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from backends.flagging.client import FlaggingClient, Inference
from backends.flagging.evidence import Evidence, gather
from backends.flagging.local import LocalModel
from backends.flagging.windows import Window
from backends.worker_client import OnProgress
from kotae.backend import Manual
from kotae.claims import Claim
from kotae.conversation import Flag, FlagKind, Passage
from kotae.hooks import hookimpl
from kotae.settings import Settings

_WINDOWS = 3
"""Parts of the passages that a claim is held against."""
_HYPOTHESIS = 1000
"""Characters of a claim that are read."""


class Nli:
    """The bundled flagger that asks a cross-encoder for natural language inference."""

    def __init__(self, settings: Settings, client: FlaggingClient) -> None:
        self._model = LocalModel(client, "nli", settings.flags.nli, settings.plugins.budget)

    @hookimpl
    async def flag_answer(
        self, answer: str, passages: Sequence[Passage], manual: Manual | None, final: bool
    ) -> list[Flag] | None:
        """A flag for every claim: `contradicted`, with that probability, where it is the likeliest; else `unsupported`, with the
        probability of no entailment.

        Raises:
            KotaeError: the model can't be used, or the manual can't be searched.
        """
        self._model.begin()
        if not final:
            return None
        until = self._model.deadline()
        evidence = await gather(answer, passages, manual)
        return None if evidence is None else await self._model.by(until, lambda: self._judged(evidence))

    async def prepare(self, progress: OnProgress | None = None) -> None:
        await self._model.prepare(progress)

    async def aclose(self) -> None:
        await self._model.aclose()

    async def _judged(self, evidence: Evidence) -> list[Flag]:
        windows = await asyncio.to_thread(
            lambda: [evidence.windows.nearest(claim.plain, _WINDOWS) for claim in evidence.claims]
        )
        pairs = [
            (_premise(evidence.passages[window.passage], window), _hypothesis(claim))
            for claim, nearest in zip(evidence.claims, windows, strict=True)
            for window in nearest
        ]
        inferred = iter(await self._model.client.infer(self._model.name, pairs))
        return [
            self._flag(claim, [(window, next(inferred)) for window in nearest], evidence)
            for claim, nearest in zip(evidence.claims, windows, strict=True)
        ]

    def _flag(self, claim: Claim, inferred: Sequence[tuple[Window, Inference]], evidence: Evidence) -> Flag:
        said, support = max(inferred, key=lambda pair: pair[1].entailment)
        against, conflict = max(inferred, key=lambda pair: pair[1].contradiction)
        contradicted = conflict.contradiction > max(
            support.entailment, 1 - support.entailment - conflict.contradiction
        )
        kind: FlagKind = "contradicted" if contradicted else "unsupported"
        score = conflict.contradiction if contradicted else 1 - support.entailment
        passage = evidence.passages[(against if contradicted else said).passage]
        reason, reason_ja = _reasons(self._model.short, kind, score)
        return Flag(
            start=claim.start,
            end=claim.end,
            kind=kind,
            score=round(min(max(score, 0.0), 1.0), 3),
            reason=reason,
            reason_ja=reason_ja,
            evidence=passage if passage.id else None,
            flagger="nli",
        )


def _reasons(model: str, kind: FlagKind, score: float) -> tuple[str, str]:
    if kind == "contradicted":
        return (
            f"{model} reads the nearest passage as saying otherwise (contradiction {score:.0%}).",
            f"{model}は、最も近い抜粋と矛盾すると判断しました（矛盾 {score:.0%}）。",
        )
    return (
        f"{model} finds that the nearest passages bear this out by {1 - score:.0%}.",
        f"{model}は、最も近い抜粋がこの記述を裏付ける度合いを {1 - score:.0%} と判断しました。",
    )


def _premise(passage: Passage, window: Window) -> str:
    return f"{passage.title}\n{window.text}" if passage.title else window.text


def _hypothesis(claim: Claim) -> str:
    return " ".join(claim.plain.split())[:_HYPOTHESIS]
