"""Running one turn: the backend's events, the flags that are raised on the way, the transcript."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from kotae import mentions
from kotae.backend import AnswerRequest, Backend, Manual
from kotae.conversation import Turn
from kotae.cost import cost
from kotae.errors import KotaeError, TranscriptError, described
from kotae.events import (
    Attached,
    BackendEvent,
    Closed,
    Delta,
    Finished,
    Flagged,
    Notice,
    Opened,
    Progress,
    Prompted,
    Retrieved,
    Rewritten,
    TurnEvent,
    Used,
)
from kotae.flagging import Flagging
from kotae.hooks import Hooks
from kotae.settings import BackendSettings, FlagSettings
from kotae.transcripts.record import CHECKPOINT, Recorder, new_turn_id, now
from kotae.verdicts import Verdicts

_log = logging.getLogger(__name__)
LONGEST = 500_000
"""Code points after which an answer is ended: more than any model's longest, less than what hurts."""
_PIECE = 4096
"""Code points that are handed on at once."""
_AHEAD = 16 * _PIECE
"""Code points by which the backend may be ahead of whoever reads."""
_TURN_OF_LOOP = 0.01
"""Seconds a backend may keep the event loop to itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnContext:
    """What a turn needs beside its backend."""

    hooks: Hooks
    recorder: Recorder | None = None
    manual: Manual | None = None
    flags: FlagSettings = field(default_factory=FlagSettings)
    table: BackendSettings = field(default_factory=BackendSettings)
    """The backend's settings, for its prices."""
    noticed: set[Notice] = field(default_factory=set)
    """What was said before in this session and is not said again; grows."""
    verdicts: Verdicts | None = None
    """What the reader said of flags before, and is not asked again; None: flags are as they are raised."""


class TurnRun:
    """One question to one backend. Iterate over it once; `stop` ends the answer early and keeps what has come.

    The events come in this order: `Opened`, the backend's own up to `Finished` with `Flagged` between them, `Flagged` for the
    whole answer, `Closed`. A backend that raises ends the turn with `Finished("error", ...)`; iterating never raises because of
    a backend or a plugin.

    Raises (while iterating):
        TranscriptError: the question could not be recorded; nothing was sent. A transcript that can't be written later on ends the
            turn with its error instead.
    """

    def __init__(
        self, backend: Backend, request: AnswerRequest, context: TurnContext, *, parent: str | None = None
    ) -> None:
        self.turn = Turn(
            id=new_turn_id(),
            question=_well_formed(request.question),
            backend=backend.name,
            parent=parent,
            started=now(),
        )
        self._backend = backend
        self._request = request
        self._context = context
        self._flagging = Flagging(
            hooks=context.hooks,
            settings=context.flags,
            manual=context.manual,
            verdicts=context.verdicts,
            history=request.history,
        )
        self._waiting: deque[BackendEvent | Flagged | Attached] = deque()
        self._wake = asyncio.Event()
        self._producer: asyncio.Task[None] | None = None
        self._judging: asyncio.Task[Flagged | None] | None = None
        self._stopped = False
        """Whether `stop` came before there was anything to stop."""
        self._parts: list[str] = []
        self._ahead = 0
        """Code points that were put and not yet taken."""
        self._taken = asyncio.Event()
        self._yielded = 0.0
        self._began = time.monotonic()

    def stop(self) -> None:
        """Ends the answer; the turn is closed with status `cancelled`. Once it has ended, ends the judging of it."""
        if self._judging is not None:
            self._judging.cancel()
        elif self._producer is not None:
            self._producer.cancel()
        else:
            self._stopped = True

    async def __aiter__(self) -> AsyncIterator[TurnEvent]:
        recorder, hooks = self._context.recorder, self._context.hooks
        if recorder is not None:
            opening = asyncio.create_task(asyncio.to_thread(recorder.opened, self.turn))
            try:
                await asyncio.shield(opening)
            except asyncio.CancelledError:
                await asyncio.wait({opening})  # or it opens and locks what its owner has closed by then
                raise
        yield Opened(self.turn)
        await hooks.turn_started(self.turn)
        self._began = time.monotonic()
        preparing = asyncio.create_task(self._flagging.prepare())
        self._producer = asyncio.create_task(self._produce())
        self._producer.add_done_callback(self._produced)
        following = asyncio.create_task(self._flagging.follow(self._parts, lambda: self.turn, self._put))
        if self._stopped:
            self._producer.cancel()
        tasks: list[asyncio.Task[Any]] = [self._producer, following, preparing]
        try:
            async for event in self._events():
                yield event
            following.cancel()
            self._judging = asyncio.create_task(
                self._flagging.look(self.turn, "".join(self._parts), final=True)
            )
            tasks.append(self._judging)
            await asyncio.wait({self._judging})
            if (final := self._judged()) is not None:
                self.turn = replace(
                    self.turn, flags=final.flags, groundedness=final.groundedness, claims=final.claims
                )
                if recorder is not None:
                    with contextlib.suppress(TranscriptError):
                        recorder.flagged(self.turn.id, final.flags, final.groundedness, final.claims)
                yield final
        finally:
            # Also when the consumer goes away in the middle: nothing runs on, and the transcript is closed.
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._close()
        if recorder is not None:
            with contextlib.suppress(TranscriptError):
                await asyncio.to_thread(recorder.sync)
        await hooks.turn_finished(self.turn)
        yield Closed(self.turn)

    async def _events(self) -> AsyncIterator[BackendEvent | Flagged | Attached]:
        while True:
            try:
                await self._wait_for_events()
                self._wake.clear()
                while self._waiting:
                    event = self._next()
                    if isinstance(event, Attached):
                        self._attach(event)
                    elif not isinstance(event, Flagged):
                        self._take(event)
                        self._record(event)
                    yield event
                    if isinstance(event, Finished):
                        return
                    if self._ahead > _PIECE:
                        await asyncio.sleep(0)  # keys before text
            except TranscriptError as error:
                # Going on would be a conversation without a record. What has come stays on the screen.
                unrecorded = Finished("error", error.message, error.hint)
                self._take(unrecorded)
                yield unrecorded
                return

    async def _wait_for_events(self) -> None:
        while not self._wake.is_set():
            try:
                async with asyncio.timeout(CHECKPOINT):
                    await self._wake.wait()
            except TimeoutError:  # a server that stalls must not keep text from the transcript
                if self._context.recorder is not None:
                    self._context.recorder.checkpoint(self.turn.id, self._elapsed())

    def _record(self, event: BackendEvent) -> None:
        if self._context.recorder is not None:
            # Only what the file itself holds can be left out of it: the history of a turn that continues another.
            history = self._request.history if self.turn.parent is not None else ()
            self._context.recorder.event(self.turn.id, event, self._elapsed(), history)

    def _attach(self, event: Attached) -> None:
        self.turn = replace(self.turn, pages=event.pages)
        if self._context.recorder is not None:
            self._context.recorder.attached(self.turn.id, event.pages)

    def _next(self) -> BackendEvent | Flagged | Attached:
        """The next event that waits; deltas that wait one after another are merged into one, up to a bound."""
        event = self._waiting.popleft()
        if isinstance(event, Delta):
            texts, length = [event.text], len(event.text)
            while self._waiting and length < _PIECE and isinstance(more := self._waiting[0], Delta):
                self._waiting.popleft()
                texts.append(more.text)
                length += len(more.text)
            self._ahead -= length
            self._taken.set()
            event = Delta("".join(texts)) if len(texts) > 1 else event
        return event

    def _put(self, event: BackendEvent | Flagged | Attached) -> None:
        self._waiting.append(event)
        self._wake.set()

    def _take(self, event: BackendEvent) -> None:
        """Adds what an event says to the turn."""
        turn = self.turn
        if isinstance(event, Delta):
            self._parts.append(event.text)
            if turn.first_token is None and event.text:
                self.turn = replace(turn, first_token=round(self._elapsed(), 3))
        elif isinstance(event, Rewritten):
            self.turn = replace(turn, rewrite=event.rewrite)
        elif isinstance(event, Retrieved):
            self.turn = replace(turn, passages=event.passages)
        elif isinstance(event, Prompted):
            self.turn = replace(turn, prompt=event.messages)
        elif isinstance(event, Used):
            self.turn = replace(turn, usage=event.usage, cost=cost(event, self._context.table))
        elif isinstance(event, Finished):
            self.turn = replace(
                turn,
                answer="".join(self._parts),
                status=event.reason,
                error=event.error,
                hint=event.hint,
                total=round(self._elapsed(), 3),
            )

    async def _produce(self) -> None:
        events: AsyncIterator[BackendEvent] | None = None
        length = 0
        try:
            events = self._backend.answer(await self._with_pages())
            async for event in events:
                if isinstance(event, Delta):
                    room = LONGEST - length
                    length += len(event.text)
                    await self._put_text(_well_formed(event.text[:room]))
                    if length >= LONGEST:
                        self._put(Finished("length"))
                        return
                elif not isinstance(event, Notice):
                    self._put(event)
                elif event not in self._context.noticed:
                    self._context.noticed.add(event)
                    self._put(event)
                if isinstance(event, Finished):
                    return
        finally:
            if (aclose := getattr(events, "aclose", None)) is not None:
                with contextlib.suppress(Exception):
                    await aclose()

    async def _with_pages(self) -> AnswerRequest:
        """The request with the pages that its question names; where there are none, as it is."""
        request = self._request
        if "@" not in request.question:
            return request
        self._put(Progress("Reading the manual"))
        try:
            found = await mentions.pages(request.question, self._context.manual)
        except KotaeError as error:  # an @ need not be meant as a page, and the question can be asked without
            _log.warning("pages named in a question: %s", error)
            self._put(
                Notice(
                    f"Pages that a question names can't be read: {error}",
                    ja=f"質問で指定されたページを読めません: {error}",
                )
            )
            return request
        if not found:
            return request
        self._put(Attached(found))
        return replace(request, question=mentions.with_titles(request.question, found), pages=found)

    async def _put_text(self, text: str) -> None:
        """Puts text in pieces that the screen can take between two keys, and no faster than they are taken."""
        for start in range(0, len(text), _PIECE):
            self._put(Delta(text[start : start + _PIECE]))
            self._ahead += min(_PIECE, len(text) - start)
            while self._ahead > _AHEAD:
                self._taken.clear()
                await self._taken.wait()
        # A stream that is always ready never suspends by itself, and nothing else would ever run.
        if time.monotonic() - self._yielded > _TURN_OF_LOOP:
            await asyncio.sleep(0)
            self._yielded = time.monotonic()

    def _produced(self, producer: asyncio.Task[None]) -> None:
        """Puts the end of the answer, whatever way the backend came to it; a second end is never read."""
        name = self._backend.name
        if producer.cancelled():
            self._put(Finished("cancelled"))
        elif (error := producer.exception()) is None:
            self._put(
                Finished(
                    "error", f"{name} ended without an answer.", "Ask again, or report it to its author."
                )
            )
        elif isinstance(error, KotaeError):
            self._put(Finished("error", error.message, error.hint))
        else:
            _log.error("backend %s failed", name, exc_info=error)
            self._put(
                Finished("error", f"{name} failed: {described(error)}", "Run with --debug and see the log.")
            )

    def _judged(self) -> Flagged | None:
        """What the final judging came to; None when it was stopped or failed."""
        assert self._judging is not None
        if self._judging.cancelled():
            return None
        if (error := self._judging.exception()) is not None:
            _log.error("judging the answer failed", exc_info=error)
            return None
        return self._judging.result()

    def _close(self) -> None:
        if self.turn.status == "open":
            self.turn = replace(
                self.turn, answer="".join(self._parts), status="cancelled", total=round(self._elapsed(), 3)
            )
        if self._context.recorder is not None:
            with contextlib.suppress(KotaeError):
                self._context.recorder.closed(self.turn)

    def _elapsed(self) -> float:
        return time.monotonic() - self._began


def _well_formed(text: str) -> str:
    """`text` with lone surrogates replaced: JSON may hold them, UTF-8 can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
