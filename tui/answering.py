"""Takes questions through the session and into the transcript widget, one at a time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Literal, Protocol

from kotae.errors import KotaeError

if TYPE_CHECKING:
    from kotae.conversation import Turn
    from kotae.events import TurnEvent
    from tui.feed import Feed
    from tui.session import AnswerEvents, Session

_log = logging.getLogger(__name__)
State = Literal["loading", "waiting", "failed", "answering", "checking", "ready"]


class Host(Protocol):
    """The screen, as far as answering needs it."""

    async def show_feed(self) -> Feed:
        """The transcript, made visible."""

    def state_changed(self) -> None:
        """`Answering.state` is another, or the turn on view has more to show."""

    def question_back(self, question: str) -> None:
        """A question brought no answer; it must not be lost."""

    def unexpected(self, error: Exception) -> None:
        """Something failed that nobody foresaw."""


class Answering:
    """One question streams at most; a question asked before the engine is there waits for it."""

    def __init__(self, session: Session, host: Host) -> None:
        self.session = session
        self.failure: KotaeError | None = None
        """Why there is no engine."""
        self.waiting = ""
        """The question that waits for the engine."""
        self._host = host
        self._there = asyncio.Event()
        self._checking: set[str] = set()
        self._conversation = 0

    @property
    def state(self) -> State:
        """What goes on, the most pressing first."""
        if self.waiting:
            return "waiting"
        if self.session.busy:
            return "answering"
        if self.failure is not None:
            return "failed"
        if self.session.engine is None:
            return "loading"
        return "checking" if self._checking else "ready"

    @property
    def taken(self) -> bool:
        """Whether another question has to wait for an answer to end."""
        return bool(self.waiting) or self.session.busy

    # -- the engine ---------------------------------------------------------------------------------------------------

    def loading(self) -> None:
        """The engine is being loaded, again."""
        self.failure = None

    def loaded(self) -> None:
        """`session.engine` is there, or `failure` says why not; the question that waits goes on."""
        self._there.set()
        self._host.state_changed()

    # -- questions ----------------------------------------------------------------------------------------------------

    async def ask(self, question: str, backend: str) -> None:
        """Puts `question` to `backend`; returns when its turn is closed."""
        if self.session.engine is None and not await self._wait(question):
            return
        await self._follow(self.session.ask(question, backend), question)

    async def retry(self, turn: Turn, backend: str) -> None:
        """Puts the question of `turn` to `backend` again, with the history it had."""
        if self.session.engine is None and not await self._wait(turn.question):
            return
        from tui.feed import same_question

        feed = await self._host.show_feed()
        shown = self.session.shown()
        group = [other for other in shown if same_question(turn, other)] or [turn]
        if shown and shown[-1].id != group[-1].id:
            feed.cut_after(group[-1])
        await self._follow(self.session.retry(turn, backend), turn.question, repeats=True)

    def stop(self) -> bool:
        """Stops the answer, or the question that waits; False when there is neither."""
        if self.waiting:
            question, self.waiting = self.waiting, ""
            self._there.set()
            self._host.question_back(question)
            self._host.state_changed()
            return True
        return self.session.stop()

    def left(self) -> None:
        """The screen shows another conversation: what still comes for the old one is not shown."""
        self._conversation += 1
        self._checking.clear()

    async def _wait(self, question: str) -> bool:
        """Waits for the engine. False when it can't be had, or the question was stopped."""
        self.waiting = question
        if self.failure is None:
            self._there.clear()
            self._host.state_changed()
            await self._there.wait()
        stopped = bool(question) and not self.waiting
        self.waiting = ""
        if self.session.engine is not None and not stopped:
            return True
        if self.failure is not None and not stopped:
            feed = await self._host.show_feed()
            feed.note(str(self.failure), "error")
            if question:
                self._host.question_back(question)
        self._host.state_changed()
        return False

    async def _follow(self, events: AnswerEvents, question: str, *, repeats: bool = False) -> None:
        from kotae.events import Delta, Opened, Progress

        conversation = self._conversation
        feed = await self._host.show_feed()
        turn: Turn | None = None
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, Opened):
                        turn = event.turn
                    if turn is None or conversation != self._conversation:
                        continue
                    if not isinstance(event, Delta | Progress):
                        turn = self.session.conversation.turns[turn.id]
                    feed.take(event, turn, repeats=repeats)
                    self._after(event, turn, feed, repeats=repeats)
        except KotaeError as error:
            feed.note(str(error), "error")
            self._host.question_back(question)
        except Exception as error:
            _log.exception("asking failed")
            self._host.unexpected(error)
            if turn is None or not turn.answer:
                self._host.question_back(question)
        finally:
            if turn is not None:
                self._checking.discard(turn.id)
            self._host.state_changed()

    def _after(self, event: TurnEvent, turn: Turn, feed: Feed, *, repeats: bool) -> None:
        from kotae.events import Closed, Delta, Finished, Flagged, Opened, Progress

        if isinstance(event, Finished):
            self._checking.add(turn.id)
            if not turn.answer and not repeats:
                self._host.question_back(turn.question)
        elif isinstance(event, Closed):
            self._checking.discard(turn.id)
        if isinstance(event, Opened | Closed):
            self._settle(feed, turn)
        if not isinstance(event, Delta | Progress | Flagged):
            self._host.state_changed()

    def _settle(self, feed: Feed, turn: Turn) -> None:
        """Where a question has several answers, all but the one the conversation goes on from say that they are no part of it."""
        for one in (turn.id, turn.parent):
            for sibling in self.session.answers_beside(one):
                feed.settle(sibling, in_history=self.session.in_history(sibling))
