"""Making rows: asking for them, holding what comes to the manual, and leaving out what is there already.

Replies are taken in the order of the plan, whichever comes first, so that the same replies always make the same rows.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from kotae.conversation import TokenUsage
from kotae.errors import BackendError
from kotae.events import Progress
from kotae.tuning.build.budget import BrokenOffError, Budget, sent
from kotae.tuning.build.drafts import Aside, Draft
from kotae.tuning.build.grounding import Doubt
from kotae.tuning.build.replies import ROW_KINDS, ManualText, read
from kotae.tuning.build.requests import Request
from kotae.tuning.lint.near import near_questions
from kotae.tuning.rows import Row
from kotae.tuning.tokens import Tokenizer

_WAITING = 4
"""Replies that are waited for at once."""
_IN_A_ROW = 3
"""Requests that fail one after the other before the work is given up."""

Told = Callable[[Progress, str], None]
"""How far it has come, and what has been spent."""


class Writer(Protocol):
    """A model that writes rows, and remembers what it wrote."""

    def kept(self, request: Request) -> str | None:
        """The reply that is there already; None: there is none."""

    async def write(self, request: Request) -> tuple[str, TokenUsage]:
        """The reply's JSON object, or the reply where it has none, and its tokens.

        Raises:
            BackendError: the model can't be asked; BrokenOffError where that costs something all the same.
        """


@dataclass
class Made:
    """What came of it."""

    rows: list[Row] = field(default_factory=list)
    """Their lines are their numbers, from 1, in the order in which they were made."""
    aside: list[Aside] = field(default_factory=list)
    duplicates: int = 0
    """Rows that were dropped, since nearly the same question was there already."""
    asked: int = 0
    """Requests with a reply, those of earlier runs included."""
    failed: int = 0
    stopped: bool = False
    """Whether the budget stopped it."""

    @property
    def kinds(self) -> Counter[str]:
        """Rows by kind."""
        return Counter(str(row.metadata["kind"]) for row in self.rows)

    @property
    def reasons(self) -> Counter[str]:
        """What was set aside by reason."""
        return Counter(one.reason for one in self.aside)

    def shuffled(self, seed: int) -> list[Row]:
        """The rows, so that no batch is of one page."""
        mixed = list(self.rows)
        random.Random(seed).shuffle(mixed)  # noqa: S311 - nothing secret
        return mixed


class Rows:
    """Takes drafts in, and keeps the rows that are new and borne out.

    Args:
        system: the instruction that each row begins with; empty: none.
    """

    def __init__(self, system: str = "") -> None:
        self.made = Made()
        self._system = system
        self._near = near_questions()

    async def take(
        self,
        found: Iterable[Draft | Aside],
        doubt: Callable[[Draft], Awaitable[Doubt | None]] | None = None,
    ) -> None:
        """Adds what can be learnt.

        Args:
            doubt: what the flaggers say; None: they are not asked.
        """
        for draft in found:
            if isinstance(draft, Aside):
                self.made.aside.append(draft)
                continue
            fresh = self._fresh(draft)
            if not fresh:
                continue
            if doubt is not None and (said := await doubt(draft)) is not None:
                why = f"“{said.span}”: {said.why}"
                left = replace(draft, questions=tuple(row.question for row in fresh))
                self.made.aside.append(Aside(reason=said.code, why=why, draft=left))
                continue
            for row in fresh:
                numbered = replace(row, line=len(self.made.rows) + 1)
                self.made.rows.append(numbered)
                self._near.add(numbered)

    def _fresh(self, draft: Draft) -> list[Row]:
        """The rows of a draft whose questions are neither there nor in it already."""
        fresh: list[Row] = []
        own = near_questions()
        for row in draft.rows(self._system):
            if next(self._near.near(row), None) or next(own.near(row), None):
                self.made.duplicates += 1
                continue
            own.add(row)
            fresh.append(row)
        return fresh


@dataclass(frozen=True, kw_only=True)
class Means:
    """What rows are made from a manual with."""

    writer: Writer
    manual: ManualText
    budget: Budget
    tokenizer: Tokenizer
    """Counts what is sent, for the budget."""
    doubt: Callable[[Draft], Awaitable[Doubt | None]] | None = None


async def build(
    requests: Sequence[Request], rows: Rows, means: Means, told: Told = lambda _, __: None
) -> None:
    """Makes rows of all requests, and adds them to `rows`. What has a reply already is not asked again.

    Where the budget ends, what has a reply is made rows of all the same; `rows.made` says that it was stopped.

    Raises:
        BackendError: the model failed several times in a row, or every time. All replies so far are kept.
        KotaeError: replies can't be kept, or answers can't be judged.
    """
    made = rows.made
    coming: asyncio.Queue[tuple[Request, asyncio.Task[str] | str] | None] = asyncio.Queue(_WAITING)
    asking: list[asyncio.Task[str]] = []
    feeding = asyncio.create_task(_feed(requests, means, made, coming, asking))
    in_a_row = done = 0
    failure: BackendError | None = None
    try:
        while (one := await _next(coming, feeding)) is not None:
            request, reply = one
            spent = f"{means.budget.spent:.4g} spent" if means.budget.spent else ""
            told(Progress("Making rows", done, len(requests), "requests"), spent)
            done += 1
            try:
                text = reply if isinstance(reply, str) else await reply
            except BackendError as error:
                in_a_row, failure = in_a_row + 1, error
                if in_a_row == _IN_A_ROW:
                    raise
                made.failed += 1
                kind = ROW_KINDS[request.kind]
                made.aside.append(Aside(reason="failed", why=error.message, kind=kind, pages=request.pages))
                continue
            in_a_row = 0
            made.asked += 1
            await rows.take(read(request, text, means.manual), means.doubt)
        if failure is not None and not made.asked:
            raise failure
    finally:
        for task in (feeding, *asking):
            task.cancel()
        await asyncio.gather(feeding, *asking, return_exceptions=True)


async def _next(
    coming: asyncio.Queue[tuple[Request, asyncio.Task[str] | str] | None], feeding: asyncio.Task[None]
) -> tuple[Request, asyncio.Task[str] | str] | None:
    """The next request; what ends the feeding ends the work."""
    getting = asyncio.ensure_future(coming.get())
    await asyncio.wait((getting, feeding), return_when=asyncio.FIRST_COMPLETED)
    if not getting.done() and feeding.done():
        getting.cancel()
        feeding.result()
        return None if coming.empty() else coming.get_nowait()
    return await getting


async def _feed(
    requests: Sequence[Request],
    means: Means,
    made: Made,
    coming: asyncio.Queue[tuple[Request, asyncio.Task[str] | str] | None],
    asking: list[asyncio.Task[str]],
) -> None:
    """Sends the requests off in their order, as many at once as there is room for, and as there is money for."""
    room = asyncio.Semaphore(_WAITING)

    async def ask(request: Request, put_aside: float) -> str:
        usage = None
        try:
            reply, usage = await means.writer.write(request)
        except BrokenOffError as error:
            usage = error.usage
            raise
        finally:
            means.budget.settle(put_aside, usage)
            room.release()
        return reply

    for request in requests:
        kept = means.writer.kept(request)
        if kept is not None:
            await coming.put((request, kept))
            continue
        if made.stopped:
            continue
        await room.acquire()
        put_aside = await means.budget.admit(sent(request, means.tokenizer))
        if put_aside is None:
            made.stopped = True
            room.release()
            continue
        task = asyncio.create_task(ask(request, put_aside))
        asking.append(task)
        await coming.put((request, task))
    await coming.put(None)
