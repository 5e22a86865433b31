"""Takes questions through the session and into the transcript widget, one at a time, or one to several backends at once."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import msgspec

from kotae.errors import KotaeError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from kotae.conversation import Turn
    from kotae.events import Notice, TurnEvent
    from tui.feed import Feed
    from tui.session import AnswerEvents, Session

_log = logging.getLogger(__name__)
BeginSeveral: TypeAlias = "Callable[[], Awaitable[Sequence[tuple[Feed, AnswerEvents]]]]"
State = Literal["loading", "waiting", "failed", "answering", "checking", "ready"]


class Host(Protocol):
    """The screen, as far as answering needs it."""

    async def show_feed(self) -> Feed:
        """The transcript, made visible."""

    def show_welcome(self) -> None:
        """The empty conversation, made visible."""

    def state_changed(self) -> None:
        """`Answering.state` is another, or the turn on view has more to show."""

    def question_back(self, question: str) -> None:
        """A question brought no answer; it must not be lost."""

    def notice(self, notice: Notice) -> None:
        """A backend has something to say beside its answer."""

    def unexpected(self, error: Exception) -> None:
        """Something failed that nobody foresaw."""


class _Attempt(msgspec.Struct, eq=False):
    """A question between Enter and its first event."""

    question: str
    stopped: bool = False


class Answering:
    """One question is answered at most, by any number of backends; one asked before the engine is there waits for it."""

    def __init__(self, session: Session, host: Host) -> None:
        self.session = session
        self.failure: KotaeError | None = None
        """Why there is no engine."""
        self._host = host
        self._attempt: _Attempt | None = None
        self._there = asyncio.Event()
        self._checking: set[str] = set()
        self._conversation = 0

    @property
    def state(self) -> State:
        """What goes on, the most pressing first."""
        if self.waiting:
            return "waiting"
        if self.taken:
            return "answering"
        if self.failure is not None:
            return "failed"
        if self.session.engine is None:
            return "loading"
        return "checking" if self._checking else "ready"

    @property
    def taken(self) -> bool:
        """Whether another question has to wait for an answer to end."""
        return self._attempt is not None or self.session.busy

    @property
    def waiting(self) -> str:
        """The question that waits for the engine; empty when none does."""
        return self._attempt.question if self._attempt is not None and self.session.engine is None else ""

    # -- the engine ---------------------------------------------------------------------------------------------------

    def loading(self) -> None:
        """The engine is being loaded, again."""
        self.failure = None

    def loaded(self) -> None:
        """`session.engine` is there, or `failure` says why not; the question that waits goes on."""
        self._there.set()
        self._host.state_changed()

    # -- questions ----------------------------------------------------------------------------------------------------

    def ask(self, question: str, backend: str, instead_of: Turn | None = None) -> Coroutine[None, None, None]:
        """Puts `question` to `backend`: what is returned, awaited, ends when the turn is closed.

        It continues the branch on view, or stands in place of a turn, on a branch of its own.

        `taken` from the call on, not from the first step: a second Enter must not start a second answer.
        """
        return self._ask(self._begin(question), backend, instead_of)

    def retry(self, turn: Turn, backend: str, query: str | None = None) -> Coroutine[None, None, None]:
        """Puts the question of `turn` to `backend` again, with the history it had; otherwise as `ask`.

        `query` is what `Session.retry` takes.
        """
        return self._retry(self._begin(turn.question), turn, backend, query)

    def compare(self, question: str, begin: BeginSeveral, *, again: bool) -> Coroutine[None, None, None]:
        """Puts `question` to several backends at once; otherwise as `ask`.

        Args:
            begin: called once the engine is there; gives the answers' events, each with where they are shown.
            again: the question stands in the conversation already, and need not be given back.
        """
        return self._compare(self._begin(question), begin, again=again)

    def stop(self) -> bool:
        """Stops the answers, or the question that is not under way yet; False when there is neither."""
        attempt = self._attempt
        if attempt is None or self.session.busy:
            return self.session.stop()
        self._give_back(attempt)
        self._there.set()
        self._host.state_changed()
        return True

    def _begin(self, question: str) -> _Attempt:
        self._attempt = attempt = _Attempt(question)
        self._host.state_changed()
        return attempt

    def _give_back(self, attempt: _Attempt) -> None:
        if not attempt.stopped:
            attempt.stopped = True
            self._over(attempt)
            self._host.question_back(attempt.question)

    def _over(self, attempt: _Attempt) -> None:
        """The attempt streams, or came to nothing."""
        if self._attempt is attempt:
            self._attempt = None

    async def _ask(self, attempt: _Attempt, backend: str, instead_of: Turn | None = None) -> None:
        try:
            if self.session.engine is None and not await self._wait(attempt):
                return
            await self._follow(
                attempt,
                lambda: self.session.ask(attempt.question, backend, instead_of),
                forks=instead_of is not None,
            )
        finally:
            self._over(attempt)
            self._host.state_changed()

    async def _retry(self, attempt: _Attempt, turn: Turn, backend: str, query: str | None) -> None:
        from tui.feed import same_question

        try:
            if self.session.engine is None and not await self._wait(attempt):
                return
            if turn.id not in self.session.conversation.turns:  # another conversation was resumed meanwhile
                self._give_back(attempt)
            feed = await self._feed(attempt)
            if feed is None:
                return
            shown = self.session.shown()
            group = [other for other in shown if same_question(turn, other)] or [turn]
            if shown and shown[-1].id != group[-1].id:
                feed.cut_after(group[-1])
            await self._follow(attempt, lambda: self.session.retry(turn, backend, query), repeats=True)
        finally:
            self._over(attempt)
            self._host.state_changed()

    async def _compare(self, attempt: _Attempt, begin: BeginSeveral, *, again: bool) -> None:
        try:
            if self.session.engine is None and not await self._wait(attempt):
                return
            streams = await begin()
            if attempt.stopped:
                return
            async with asyncio.TaskGroup() as group:
                answers = [
                    group.create_task(self._take(attempt, events, feed, repeats=True, alone=False))
                    for feed, events in streams
                ]
            if not again and not any(task.result() for task in answers):
                self._host.question_back(attempt.question)
        finally:
            self._over(attempt)
            self._host.state_changed()

    def left(self) -> None:
        """The screen shows another conversation: what still comes for the old one is not shown."""
        self._conversation += 1
        self._checking.clear()
        if self._attempt is not None and not self.waiting:
            self.stop()

    async def _wait(self, attempt: _Attempt) -> bool:
        """Waits for the engine. False when it can't be had, or the question was stopped."""
        if self.failure is None:
            self._there.clear()
            self._host.state_changed()
            await self._there.wait()
        if self.session.engine is None and self.failure is not None and not attempt.stopped:
            feed = await self._host.show_feed()
            feed.refused(self.failure)
            self._give_back(attempt)
        return self.session.engine is not None and not attempt.stopped

    async def _follow(
        self,
        attempt: _Attempt,
        begin: Callable[[], AnswerEvents],
        *,
        repeats: bool = False,
        forks: bool = False,
    ) -> None:
        feed = await self._feed(attempt)
        if feed is not None:
            await self._take(attempt, begin(), feed, repeats=repeats, forks=forks)

    async def _take(
        self,
        attempt: _Attempt,
        events: AnswerEvents,
        feed: Feed,
        *,
        repeats: bool,
        forks: bool = False,
        alone: bool = True,
    ) -> bool:
        """Shows what happens to one turn; whether it brought an answer.

        Args:
            repeats: its question already stands above.
            forks: it is asked in place of another, whose branch is not on view any more.
            alone: no other backend was asked at the same time; a question that brought no answer is given back.
        """
        from kotae.events import Delta, Notice, Opened, Progress

        question, conversation = attempt.question, self._conversation
        turn: Turn | None = None
        try:
            async with aclosing(events):
                async for event in events:
                    self._over(attempt)
                    if isinstance(event, Opened):
                        turn = event.turn
                    if turn is None or conversation != self._conversation:
                        continue
                    if isinstance(event, Notice):
                        self._host.notice(event)
                        continue
                    if isinstance(event, Opened) and forks:
                        # What followed the question as it was is on another branch.
                        feed.load(self.session.shown()[:-1], self.session.in_history)
                    if not isinstance(event, Delta | Progress):
                        turn = self.session.conversation.turns[turn.id]
                    feed.take(event, turn, repeats=repeats)
                    self._after(event, turn, feed, repeats=repeats)
        except KotaeError as error:
            feed.refused(error)
            if alone:
                self._host.question_back(question)
        except Exception as error:
            _log.exception("asking failed")
            self._host.unexpected(error)
            if alone and (turn is None or not turn.answer):
                self._host.question_back(question)
        finally:
            if turn is not None:
                self._checking.discard(turn.id)
        return turn is not None and bool(turn.answer)

    async def _feed(self, attempt: _Attempt) -> Feed | None:
        """The transcript, made visible; None when the attempt was stopped meanwhile."""
        feed = await self._host.show_feed()
        if not attempt.stopped:
            return feed
        if not self.session.begun:
            self._host.show_welcome()
        return None

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
        """Where a question has several answers, all but the one the conversation goes on from say that they are no part of it.

        The answer that is continued no longer ends the branch.
        """
        parent = self.session.conversation.turns.get(turn.parent or "")
        if parent is not None:
            feed.settle(parent, in_history=self.session.in_history(parent))
        for one in (turn.id, turn.parent):
            for sibling in self.session.answers_beside(one):
                feed.settle(sibling, in_history=self.session.in_history(sibling))
