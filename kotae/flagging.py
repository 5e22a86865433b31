"""The flags of one answer: looked for now and then while it streams, and once more when all of it is there."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kotae.backend import Manual
from kotae.claims import JUDGED, groundedness, judged
from kotae.conversation import Message, Turn
from kotae.errors import KotaeError, described
from kotae.events import Flagged
from kotae.hooks import Hooks
from kotae.settings import FlagSettings
from kotae.verdicts import Verdicts

_log = logging.getLogger(__name__)
_SENTENCE_ENDS = frozenset(".!?。！？\n")
_INTERVAL = 0.25
"""Seconds between two looks at a growing answer: claim by claim, but not token by token."""


@dataclass(slots=True, kw_only=True)
class Flagging:
    """Asks the flaggers about the answer of one turn. Nothing here raises because of a plugin or of the manual.

    Until `prepare` has ended, `look` waits for it.
    """

    hooks: Hooks
    settings: FlagSettings
    manual: Manual | None
    verdicts: Verdicts | None
    history: tuple[Message, ...]
    note: str = ""
    """Why the answer can't be judged as it should be."""
    _prepared: asyncio.Event = field(default_factory=asyncio.Event)

    async def prepare(self) -> None:
        """Has the manual ready to be searched; where it can't be, answers are judged by their passages alone.

        Indexing takes far longer than a flagger may, so it isn't left to the first search that a flagger makes.
        """
        manual, self.manual = self.manual, None
        try:
            if self.verdicts is not None:
                await asyncio.to_thread(self.verdicts.refresh)
            if manual is not None and self.settings.enabled:
                self.note = await _failure(manual)
                self.manual = None if self.note else manual
        finally:
            self._prepared.set()

    async def follow(
        self, parts: Sequence[str], turn: Callable[[], Turn], flagged: Callable[[Flagged], None]
    ) -> None:
        """Looks at an answer whose `parts` grow, whenever a sentence may have ended; ends when there is more than can be judged.

        `turn` tells what is known of the turn by then, its answer aside; `flagged` takes what was found.
        """
        seen, rest = 0, _INTERVAL
        await self._prepared.wait()
        while sum(map(len, parts)) <= JUDGED:
            await asyncio.sleep(rest)
            fresh = parts[seen:]
            seen += len(fresh)
            if any(not _SENTENCE_ENDS.isdisjoint(part) for part in fresh):
                began = time.monotonic()
                found = await self.look(turn(), "".join(parts), final=False)
                rest = max(_INTERVAL, 4 * (time.monotonic() - began))  # a fifth of the time at most
                if found is not None:
                    flagged(found)

    async def look(self, turn: Turn, answer: str, *, final: bool) -> Flagged | None:
        """What the flaggers say of an answer, or of its beginning; None when nobody says anything."""
        if not self.settings.enabled or not answer:
            return None
        if len(answer) > JUDGED:
            answer = answer[:JUDGED]
            self.note = self.note or f"Only the first {JUDGED:,} characters of the answer were judged."
        await self._prepared.wait()
        found = await self.hooks.flag_answer(
            question=turn.question,
            answer=answer,
            passages=(*turn.pages, *turn.passages),
            manual=self.manual,
            history=self.history,
            final=final,
        )
        if found is None:
            note = self.note
            evidence = self.manual or turn.pages or turn.passages
            if evidence and judged(answer) and self.hooks.judges():
                note = "No flagger could judge this answer."
            return Flagged((), None, note) if note and final else None
        flags = tuple(flag for flag in found if flag.score >= self.settings.limit and flag.fits(answer))
        if self.verdicts is not None:
            flags = self.verdicts.recall(flags, answer)
        if not final:
            return Flagged(flags, None, self.note)
        claims = judged(answer)
        return Flagged(flags, groundedness(claims, flags), self.note, len(claims))


async def _failure(manual: Manual) -> str:
    """Why a manual can't be searched, once it could be; empty when it can."""
    try:
        await manual.prepare()
    except Exception as error:  # whatever a retriever does, the turn goes on
        _log.warning("flags without the manual: %s", error)
        reason = str(error) if isinstance(error, KotaeError) else described(error)
        return f"The manual could not be searched for flags: {reason}"
    return ""
