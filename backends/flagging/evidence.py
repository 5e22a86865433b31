"""What the claims of an answer are held against: the passages that it was made from, or else what the manual has for each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from backends.flagging.windows import Windows
from kotae.backend import Manual
from kotae.claims import Claim, claims
from kotae.conversation import Passage

MOST_CLAIMS = 100
"""Of an answer, the first so many are judged: more than a screen or two holds."""
_TOP = 3
"""Passages that are looked for in the manual for each claim."""
_SEARCHES_AT_ONCE = 4
_QUERY = 500
"""Characters of a claim that are searched for."""


_PICKED = 6
"""Parts of the passages that are picked for each claim, room permitting."""


@dataclass(frozen=True, slots=True)
class Part:
    """A passage, or a part of one."""

    passage: Passage
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The claims of an answer, and what they are held against."""

    claims: tuple[Claim, ...]
    passages: tuple[Passage, ...]
    """At least one."""
    windows: Windows

    def nearest(self, claim: Claim) -> Passage:
        """The passage that has most in common with a claim."""
        return self.passages[next((w.passage for w in self.windows.nearest(claim.plain, 1)), 0)]

    def fitted(self, asked: Sequence[Claim], room: int) -> list[Part]:
        """The passages as they are where they have no more than `room` characters; else the parts nearest to some claims.

        In the passages' order.
        """
        if sum(len(passage.text) for passage in self.passages) <= room:
            return [Part(passage, passage.text) for passage in self.passages]
        picked: dict[tuple[int, str], None] = {}
        nearest = [self.windows.nearest(claim.plain, _PICKED) for claim in asked]
        for rank in range(_PICKED):
            for windows in nearest:
                if rank < len(windows):
                    key = (windows[rank].passage, windows[rank].text)
                    if key not in picked and len(key[1]) <= room:
                        room -= len(key[1])
                        picked[key] = None
        return [Part(self.passages[place], text) for place, text in sorted(picked, key=lambda key: key[0])]


async def gather(answer: str, passages: Sequence[Passage], manual: Manual | None) -> Evidence | None:
    """What an answer is judged by; None where there is nothing: no claims, or neither passages nor a manual.

    Without passages, the manual is searched for each claim.

    Raises:
        KotaeError: the manual can't be searched.
    """
    found = tuple(claims(answer)[:MOST_CLAIMS])
    given = tuple(passage for passage in passages if passage.text.strip())
    if not found or (not given and manual is None):
        return None
    if not given and manual is not None:
        given = await _searched(found, manual)
        if not given:
            # That the manual has nothing like it is a finding, too.
            given = (Passage(id="", document="", title="", text="—"),)
    return Evidence(found, given, await asyncio.to_thread(Windows, given))


async def _searched(found: Sequence[Claim], manual: Manual) -> tuple[Passage, ...]:
    gate = asyncio.Semaphore(_SEARCHES_AT_ONCE)

    async def one(claim: Claim) -> list[Passage]:
        async with gate:
            return await manual.search(" ".join(claim.plain.split())[:_QUERY], top=_TOP)

    searches = [asyncio.create_task(one(claim)) for claim in found]
    try:
        results = await asyncio.gather(*searches)
    finally:
        for search in searches:  # when one fails, the others would go on for nobody
            search.cancel()
    return tuple({passage.id: passage for result in results for passage in result}.values())
