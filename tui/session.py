"""The conversation on the screen, without a screen: what is asked of whom, with which history, and where it is written down."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from kotae.conversation import Conversation, Flag, Turn, Verdict
    from kotae.engine import Engine
    from kotae.events import TurnEvent
    from kotae.preferences import Preference
    from kotae.transcripts.record import Recorder
    from kotae.turn import TurnRun
    from kotae.verdicts import Verdicts

AnswerEvents: TypeAlias = "AsyncGenerator[TurnEvent, None]"
_GRACE = 0.5
"""Seconds a stopped answer has to end by itself when the program ends."""


class _Writing(msgspec.Struct, eq=False):
    """A transcript that is open for writing."""

    recorder: Recorder
    turns: int = 0
    """How many turns are still being written to it."""
    left: bool = False
    """Whether the screen has gone on to another conversation."""


class Session:
    """Holds the current conversation and the answers that stream: one, or several to the same question.

    Flags may still come for an answer that has ended; meanwhile the next question can be asked.
    """

    def __init__(self, transcripts: Path, verdicts: Callable[[], Verdicts] | None = None) -> None:
        """`verdicts` opens what is remembered of flags; called when the first is asked for. None: nothing is."""
        self.engine: Engine | None = None
        self._open_verdicts = verdicts
        self._verdicts: Verdicts | None = None
        self._conversation: Conversation | None = None
        self._folder = transcripts
        self._path: Path | None = None
        self._writing: dict[Path, _Writing] = {}
        self._visit = 0
        """Counts the conversations that were left."""
        self._streaming: list[TurnRun] = []
        self._runs: set[TurnRun] = set()
        self._ended = asyncio.Event()
        self._ended.set()

    @property
    def folder(self) -> Path:
        """Where the transcripts are."""
        return self._folder

    @property
    def conversation(self) -> Conversation:
        """What has been asked and answered; without an id until the first question."""
        if self._conversation is None:
            from kotae.conversation import Conversation  # not on the way to the first frame

            self._conversation = Conversation(id="")
        return self._conversation

    @property
    def begun(self) -> bool:
        """Whether anything has been asked in the conversation."""
        return self._conversation is not None and bool(self._conversation.turns)

    @property
    def busy(self) -> bool:
        """Whether an answer streams."""
        return bool(self._streaming)

    @property
    def streaming(self) -> str:
        """The backend whose answer streams, the latest where there are several; empty when none does."""
        return self._streaming[-1].turn.backend if self._streaming else ""

    # -- asking -----------------------------------------------------------------------------------------------------

    def ask(self, question: str, backend: str, instead_of: Turn | None = None) -> AnswerEvents:
        """The events of `question` put to `backend` at the end of the branch on view, or at the place of another turn.

        Iterate within `contextlib.aclosing`: leaving the iteration stops the answer and closes its turn.

        Raises (while iterating):
            TranscriptError: the question could not be recorded; nothing was sent and the conversation is as it was.
            SettingsError: there is no such backend.
        """
        return self._run(question, backend, self.tip if instead_of is None else instead_of.parent)

    def retry(self, turn: Turn, backend: str, query: str | None = None) -> AnswerEvents:
        """The events of `turn`'s question put to `backend`, with the history it had: a sibling of `turn`.

        `query` is searched for in place of the question; when empty, what the rewriter makes of the question. Without one a query
        that was edited stays, and any other is worded anew.

        Raises: as `ask`.
        """
        if query is None and turn.rewrite is not None and turn.rewrite.method == "edited":
            query = turn.rewrite.query
        return self._run(turn.question, backend, turn.parent, query or None)

    def streams(self, turn_id: str) -> bool:
        """Whether the answer of this turn streams."""
        return any(run.turn.id == turn_id for run in self._streaming)

    def stop(self, turn_id: str | None = None) -> bool:
        """Stops what streams, or the answer of one turn alone; what has come stays. False when there is nothing to stop."""
        stopped = [run for run in self._streaming if turn_id in (None, run.turn.id)]
        for run in stopped:
            run.stop()
        return bool(stopped)

    async def _run(
        self, question: str, backend: str, parent: str | None, query: str | None = None
    ) -> AnswerEvents:
        from kotae.backend import AnswerRequest
        from kotae.events import Delta, Finished, Opened, Progress

        assert self.engine is not None, "the screen waits for the engine"
        conversation, path, writing = self._opened()
        visit = self._visit
        request = AnswerRequest(question=question, history=conversation.history(parent), query=query)
        run = self.engine.ask(
            backend, request, parent=parent, recorder=writing.recorder, verdicts=self._remembered()
        )
        self._streaming.append(run)
        self._runs.add(run)
        self._ended.clear()
        writing.turns += 1
        try:
            async with aclosing(cast("AnswerEvents", run.__aiter__())) as events:
                async for event in events:
                    if isinstance(event, Opened):
                        if visit == self._visit:  # else the user has left before the question was recorded
                            self._conversation = self.conversation.with_turn(run.turn)
                    elif not isinstance(event, Delta | Progress):
                        self._note(run.turn)
                    if isinstance(event, Finished):
                        self._release(run)
                    yield event
        finally:
            self._note(run.turn)
            self._release(run)
            self._runs.discard(run)
            writing.turns -= 1
            self._let_go(path)
            if not self._runs:
                self._ended.set()

    def _release(self, run: TurnRun) -> None:
        if run in self._streaming:
            self._streaming.remove(run)

    def _note(self, turn: Turn) -> None:
        """Brings the conversation up to date with a turn of it. The head stays: the user may have gone on meanwhile."""
        turns = self.conversation.turns
        if turn.id in turns:
            self._conversation = replace(self.conversation, turns={**turns, turn.id: turn})

    # -- flags ------------------------------------------------------------------------------------------------------

    def judge(self, turn_id: str, flag: Flag, verdict: Verdict, answer: str) -> str:
        """Records what the reader says of a flag of a turn, and remembers it for the same claim; empty takes it back.

        Args:
            answer: the text that the flag is in, as far as it has come.

        Returns:
            Why it can't be remembered; empty as a rule.

        Raises:
            TranscriptError: it could not be recorded; nothing has changed.
        """
        from kotae.verdicts import judged_by_reader

        turn = judged_by_reader(self.conversation.turns[turn_id], flag, verdict)
        said = replace(flag, verdict=verdict, remembered=False)
        _, _, writing = self._opened()
        writing.recorder.verdict(turn_id, said, turn.groundedness)
        for run in self._runs:
            if run.turn.id == turn_id:  # it is over, but not closed yet: the last word on the turn is its own
                run.turn = judged_by_reader(run.turn, flag, verdict)
        self._note(turn)
        try:
            if (remembered := self._remembered()) is not None:
                remembered.remember(said, answer)
        except OSError as error:
            return error.strerror or type(error).__name__
        return ""

    # -- preferences ------------------------------------------------------------------------------------------------

    def prefer(self, vote: Preference) -> None:
        """Records what the reader thinks of several answers; the conversation goes on from the turn that the vote says.

        Raises:
            TranscriptError: it could not be recorded; nothing has changed.
        """
        _, _, writing = self._opened()
        writing.recorder.preferred(vote)
        self._conversation = self.conversation.with_preference(vote)

    def _remembered(self) -> Verdicts | None:
        if self._verdicts is None and self._open_verdicts is not None:
            self._verdicts = self._open_verdicts()
        return self._verdicts

    @property
    def tip(self) -> str | None:
        """The turn the next question continues. A turn that brought no answer is passed over, for a sibling if there is one."""
        turn = self.conversation.turns.get(self.conversation.head or "")
        while turn is not None and not turn.answer:
            beside = self.answers_beside(turn.id)
            turn = beside[-1] if beside else self.conversation.turns.get(turn.parent or "")
        return turn.id if turn is not None else None

    def answers_beside(self, turn_id: str | None) -> list[Turn]:
        """The answers to the question of a turn, its own too, when there are several; those that never came don't count."""
        turn = self.conversation.turns.get(turn_id or "")
        if turn is None:
            return []
        found = self.conversation.siblings(turn.id)
        return (
            [other for other in found if other.answer and other.question == turn.question]
            if len(found) > 1
            else []
        )

    # -- conversations ----------------------------------------------------------------------------------------------

    def new(self) -> None:
        """Leaves the conversation; the next question begins another."""
        self._leave()
        self._conversation = None

    async def resume(self, path: Path, turn: str = "") -> None:
        """Goes on with the conversation in `path`; what is asked next is written there.

        `turn` is to be on view: the branch through it is gone to, where it is on another.

        Raises:
            TranscriptError: the file can't be read or is no transcript; the conversation on view stays.
        """
        from kotae import tree
        from kotae.transcripts.read import read

        conversation = await asyncio.to_thread(read, path)
        if turn in conversation.turns and all(other.id != turn for other in tree.shown(conversation)):
            conversation = replace(conversation, head=tree.end_below(conversation, turn))
        self._leave()
        self._conversation, self._path = conversation, path

    @property
    def path(self) -> Path | None:
        """The transcript of the conversation on view; None while nothing has been asked in it."""
        return self._path

    def rename(self, path: Path, title: str) -> None:
        """Names a conversation, this one or another; an empty title takes its name away.

        Raises:
            TranscriptError: it is open in another Kotae, gone, or can't be written.
        """
        from kotae.transcripts import changes

        title = changes.clean_title(title)
        if path in self._writing:
            self._writing[path].recorder.title(title)
        else:
            changes.rename(path, title)
        if path == self._path:
            self._conversation = replace(self.conversation, title=title)

    def pin(self, path: Path, pinned: bool) -> None:
        """Puts a conversation to the top of the list, or lets go of it. Raises as `rename`."""
        from kotae.transcripts import changes

        if path in self._writing:
            self._writing[path].recorder.pinned(pinned)
        else:
            changes.pin(path, pinned)
        if path == self._path:
            self._conversation = replace(self.conversation, pinned=pinned)

    def delete(self, path: Path) -> Path:
        """Moves a conversation into the bin, and leaves it if it is the one on view; where its file is now.

        Raises:
            TranscriptError: it is open in another Kotae, an answer is being written to it, or it can't be moved.
        """
        from kotae.errors import TranscriptError
        from kotae.transcripts import changes

        writing = self._writing.get(path)
        if writing is not None and writing.turns:
            raise TranscriptError(
                f"An answer is still being written to {path.stem}.", "Stop it, or wait for its end."
            )
        if writing is not None:
            del self._writing[path]
            writing.recorder.close()
        moved = changes.delete(path)
        if path == self._path:
            self.new()
        return moved

    # -- the tree ---------------------------------------------------------------------------------------------------

    def go_to(self, turn_id: str) -> str:
        """Makes a turn the end of the branch on view, and records that.

        Returns:
            Why it can't be recorded; empty as a rule.
        """
        from kotae.errors import TranscriptError

        if turn_id == self.conversation.head:
            return ""
        self._conversation = replace(self.conversation, head=turn_id)
        try:
            self._opened()[2].recorder.head(turn_id)
        except TranscriptError as error:
            return error.message
        return ""

    def go_below(self, turn_id: str) -> str:
        """Goes to the end of the branch through a turn that was asked last; otherwise as `go_to`."""
        from kotae.tree import end_below

        return self.go_to(end_below(self.conversation, turn_id))

    def latest(self) -> Path | None:
        """The transcript written to last, other than the one on view; None when there is none."""
        from kotae.transcripts.read import latest

        path = latest(self._folder)
        return None if path is None or path == self._path else path

    def shown(self) -> list[Turn]:
        """The turns to show: the branch, each turn after its siblings that answer the same question, oldest first."""
        from kotae.tree import shown

        return shown(self.conversation)

    def in_history(self, turn: Turn) -> bool:
        """Whether the next question's history tells of `turn`."""
        tip = self.tip
        return tip is not None and any(turn.id == told.id for told in self.conversation.branch(tip))

    def _opened(self) -> tuple[Conversation, Path, _Writing]:
        """The conversation, named if it is a new one, and its transcript."""
        from kotae.transcripts.record import Recorder, new_conversation_id, now

        conversation, path = self.conversation, self._path
        if not conversation.id:  # answers that are asked for at the same time go into one conversation
            conversation = replace(conversation, id=new_conversation_id(), created=now())
            self._conversation = conversation
        if path is None:
            path = self._path = self._folder / f"{conversation.id}.jsonl"
        writing = self._writing.get(path)
        if writing is None:
            # The path is known before the file is there: what has been asked says whether it has been begun.
            recorder = Recorder(path.parent, path.stem, created=conversation.created, begun=self.begun)
            writing = self._writing[path] = _Writing(recorder)
        writing.left = False
        return conversation, path, writing

    def _leave(self) -> None:
        self.stop()
        self._visit += 1
        path, self._path = self._path, None
        if path in self._writing:
            self._writing[path].left = True
            self._let_go(path)

    def _let_go(self, path: Path) -> None:
        """Closes a transcript that nobody looks at and nothing is written to any more."""
        writing = self._writing.get(path)
        if writing is not None and not writing.turns and (writing.left or path != self._path):
            del self._writing[path]
            writing.recorder.close()

    async def aclose(self, cancel: Callable[[], None], limit: float) -> None:
        """Stops what runs, closes the transcripts and ends the engine's child processes.

        Args:
            cancel: cancels the tasks that iterate over answers; called for those that still wait for flags.
            limit: seconds the engine may take to end.
        """
        self.stop()
        if not await self._all_ended(_GRACE):
            cancel()
            await self._all_ended(_GRACE)
        for writing in self._writing.values():
            writing.recorder.close()
        self._writing.clear()
        if self.engine is not None:
            engine, self.engine = self.engine, None
            with suppress(TimeoutError):
                async with asyncio.timeout(limit):
                    await engine.aclose()

    async def _all_ended(self, limit: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._ended.wait()
        return not self._runs
