"""LettuceDetect: a token classifier that reads the passages and the answer, and marks the words without support."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from backends.flagging.client import FlaggingClient, Token
from backends.flagging.evidence import Evidence, gather
from backends.flagging.local import LocalModel
from backends.worker_client import OnProgress
from kotae.backend import Manual
from kotae.claims import Claim
from kotae.conversation import Flag, Passage
from kotae.hooks import hookimpl
from kotae.settings import Settings

_ROOM = 12_000
"""Characters of passages that the model is given at most; it takes 4,096 tokens with the answer."""
_PIECE = 3000
"""Characters of an answer that are judged at once, about."""
_SUSPECT = 0.5
"""From here on a token counts as marked, as its authors have it."""


class LettuceDetect:
    """The bundled flagger that asks a LettuceDetect model."""

    def __init__(self, settings: Settings, client: FlaggingClient) -> None:
        self._model = LocalModel(
            client, "lettucedetect", settings.flags.lettucedetect, settings.plugins.budget
        )

    @hookimpl
    async def flag_answer(
        self, question: str, answer: str, passages: Sequence[Passage], manual: Manual | None, final: bool
    ) -> list[Flag] | None:
        """A flag for each run of marked words, and one with a score below 0.5 for each claim that has none.

        Raises:
            KotaeError: the model can't be used, or the manual can't be searched.
        """
        self._model.begin()
        if not final:
            return None
        until = self._model.deadline()
        evidence = await gather(answer, passages, manual)
        if evidence is None:
            return None
        return await self._model.by(until, lambda: self._judged(question, answer, evidence))

    async def prepare(self, progress: OnProgress | None = None) -> None:
        await self._model.prepare(progress)

    async def aclose(self) -> None:
        await self._model.aclose()

    async def _judged(self, question: str, answer: str, evidence: Evidence) -> list[Flag]:
        flags: list[Flag] = []
        for asked in _pieces(evidence.claims):
            parts = await asyncio.to_thread(evidence.fitted, asked, _ROOM)
            texts = [f"{part.passage.title}\n{part.text}".strip() for part in parts]
            begin, end = asked[0].start, asked[-1].end
            tokens = await self._model.client.tokens(self._model.name, question, texts, answer[begin:end])
            moved = [Token(token.start + begin, token.end + begin, token.suspicion) for token in tokens]
            for claim in asked:
                flags += self._flags(claim, moved, answer, evidence)
        return flags

    def _flags(
        self, claim: Claim, tokens: Sequence[Token], answer: str, evidence: Evidence
    ) -> Iterator[Flag]:
        within = [token for token in tokens if token.start < claim.end and claim.start < token.end]
        if not within:
            return  # the model had no room for it
        spans = list(marked(within, claim, answer))
        if not spans:
            spans = [(claim.start, claim.end, max(token.suspicion for token in within))]
        passage = evidence.nearest(claim)
        for start, end, suspicion in spans:
            yield Flag(
                start=start,
                end=end,
                kind="unsupported",
                score=round(suspicion, 3),
                reason=f"{self._model.short} takes this to be without support by {suspicion:.0%}.",
                reason_ja=f"{self._model.short}は、根拠のない確率を {suspicion:.0%} と判断しました。",
                evidence=passage if passage.id else None,
                flagger="lettucedetect",
            )


def marked(tokens: Sequence[Token], claim: Claim, answer: str) -> Iterator[tuple[int, int, float]]:
    """The runs of marked tokens within a claim, by whole words, with the highest suspicion in each."""
    run: tuple[int, int, float] | None = None
    for token in tokens:
        start, end = _words(max(token.start, claim.start), min(token.end, claim.end), claim, answer)
        if token.suspicion < _SUSPECT or start >= end:
            continue
        if run is not None and not answer[run[1] : start].strip():
            run = (run[0], max(run[1], end), max(run[2], token.suspicion))
        else:
            if run is not None:
                yield run
            run = (start, end, token.suspicion)
    if run is not None:
        yield run


def _words(start: int, end: int, claim: Claim, answer: str) -> tuple[int, int]:
    """A range without blanks around it, and no word of Latin letters or digits cut in two."""
    while start < end and answer[start].isspace():
        start += 1
    while end > start and answer[end - 1].isspace():
        end -= 1
    while claim.start < start < end and _joined(answer, start):
        start -= 1
    while start < end < claim.end and _joined(answer, end):
        end += 1
    return start, end


def _joined(answer: str, at: int) -> bool:
    before, after = answer[at - 1], answer[at]
    return before.isalnum() and after.isalnum() and before < "\u3000" and after < "\u3000"


def _pieces(claims: Sequence[Claim]) -> Iterator[Sequence[Claim]]:
    """Claims that follow each other, together not much longer than `_PIECE`."""
    first = 0
    for place, claim in enumerate(claims):
        if place > first and claim.end - claims[first].start > _PIECE:
            yield claims[first:place]
            first = place
    yield claims[first:]
