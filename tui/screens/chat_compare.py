"""The chat's comparisons: one question to several backends at once, the vote on their answers, hiding which is which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kotae.errors import KotaeError
from tui.actions import parse_slash
from tui.plain import one_line
from tui.screens.chat_columns import ChatColumns
from tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae.conversation import Turn
    from kotae.preferences import Outcome
    from tui.comparison import Comparison
    from tui.feed import Feed
    from tui.session import AnswerEvents
    from tui.widgets.column import CompareColumn
    from tui.widgets.compare import CompareView

ALL = "all"
"""The word that stands for all backends behind `/compare`."""


class ChatCompare(ChatColumns):
    """What keys, commands and messages do with comparisons."""

    _compared: Sequence[str] = ()
    """The backends that are compared; empty: all."""

    # -- beginning ----------------------------------------------------------------------------------------------------

    def action_compare(self) -> None:
        """Asks what is typed, or what was asked last, of the backends that are chosen for it."""
        if parse_slash(self.prompt.value) is not None:
            self.prompt.post_message(Prompt.Submitted(self.prompt.value))
        else:
            self._compare(self.prompt.value.strip(), self._compared)

    def slash_compare(self, argument: str) -> None:
        """Names backends, a question, or both, in this order; the names are kept for the next comparison.

        What can't be done stays in the prompt.
        """
        from tui.comparison import named, unknown

        everyone = argument.split()[:1] == [ALL] and ALL not in self.backends
        names, question = named(argument.strip()[len(ALL) :] if everyone else argument, self.backends)
        if word := unknown(question, self.backends):
            self.say(self.text.unknown_backend.format(name=word, names=", ".join(self.backends)))
        elif len(names) == 1:
            self._too_few()
        elif self._compare_named(names, question, everyone=everyone):
            return
        self.prompt.value = f"/compare {argument}".rstrip()

    def _compare_named(self, names: Sequence[str], question: str, *, everyone: bool) -> bool:
        """Does what a command said; False when it could not be."""
        if names or everyone:
            self._compared = names
        if question or self.turn_on_view() is not None:
            return self._compare(question, self._compared)
        said = self.text.compare
        if names:
            self.say(said.chosen.format(names=", ".join(map(one_line, names))))
        else:
            self.say(said.chosen_all if everyone else said.nothing)
        return True

    def _too_few(self) -> None:
        self.say(self.text.compare.too_few.format(names=", ".join(map(one_line, self.backends))))

    def _compare(self, question: str, chosen: Sequence[str]) -> bool:
        """Asks `question`, or what the answer on view answers where it is empty; False when it can't be asked now."""
        from tui.comparison import compare

        if self.taken():
            return False
        turn, instead_of = None if question else self.turn_on_view(), None
        names = [name for name in chosen if name in self.backends] or self.backends
        if not question and turn is None:
            self.say(self.text.compare.nothing)
        elif len(names) < 2:
            self._too_few()
        else:
            if question:
                self.prompt.take(question)
                instead_of, turn = self.take_edit(question)
            self.load_again()
            comparison = compare(turn.question if turn is not None else question, names, hide=self._blind)
            self.run_worker(self._ask_all(comparison, turn, instead_of), group="answers", exit_on_error=False)
            return True
        return False

    async def _ask_all(self, comparison: Comparison, again: Turn | None, instead_of: Turn | None) -> None:
        """`again` is the turn whose question it is, `instead_of` the one in whose place a new question is asked."""

        async def begin() -> list[tuple[Feed, AnswerEvents]]:
            if again is None and instead_of is None:
                self._settle_head()  # the question continues the answer that is focused
            asks = [
                self.session.ask(comparison.question, column.backend, instead_of)
                if again is None
                else self.session.retry(again, column.backend)
                for column in comparison.columns
            ]
            await self._show(comparison)
            return list(zip(self._feeds, asks, strict=True))

        await self.answering.compare(comparison.question, begin, again=again is not None)
        view = self._comparison
        if view is not None and view.comparison is comparison:
            if all(column.state == "waiting" for column in comparison.columns):
                await self._leave()  # stopped before anything was asked
            else:
                self._look()

    # -- voting -------------------------------------------------------------------------------------------------------

    def action_vote(self) -> None:
        """Puts the answers to the question on view side by side again, to be voted on."""
        if not self.taken():
            self.run_worker(self._vote_again(), group="vote", exit_on_error=False)

    async def _vote_again(self) -> None:
        from kotae.preferences import vote_on
        from tui.comparison import Column, Comparison

        if self._comparison is not None:
            return
        turn = self.turn_on_view()
        turns = self.session.answers_beside(turn.id) if turn is not None else []
        if turn is None or len(turns) < 2:
            self.say(self.text.nothing_to_retry if turn is None else self.text.compare.nothing_to_vote)
            return
        # Whether one's backend may be seen decides which of the others it stands beside.
        hidden = turn.id in self._hidden
        turns = [one for one in turns if (one.id in self._hidden) == hidden]
        earlier = vote_on(self.session.conversation.preferences, turn.id)
        order = earlier.turns if earlier is not None else ()
        if hidden:
            turns.sort(key=lambda one: self._hidden[one.id])
        elif {one.id for one in turns} == set(order):
            turns.sort(key=lambda one: order.index(one.id))
        columns = []
        for one in turns:
            column = Column(one.backend, self._hidden[one.id] if hidden else "")
            column.end_as(one)
            columns.append(column)
        focused = next((place for place, one in enumerate(turns) if one.id == turn.id), 0)
        await self._show(Comparison(turn.question, tuple(columns), focused, hidden), turns)

    def action_pick(self, place: int) -> None:
        """The answer in the column at `place` is the better one."""
        self.run_worker(self._vote("better", place), group="vote", exit_on_error=False)

    def action_pick_focused(self) -> None:
        """The focused one is the better one; after a vote: goes on."""
        if self._comparison is not None and self._comparison.comparison.vote is not None:
            self.run_worker(self._leave(), group="vote", exit_on_error=False)
        elif self._comparison is not None:
            self.action_pick(self._comparison.comparison.focused)

    def action_vote_for(self, outcome: Outcome) -> None:
        """A tie, or none is any good."""
        self.run_worker(self._vote(outcome), group="vote", exit_on_error=False)

    def on_compare_column_picked(self, event: CompareColumn.Picked) -> None:
        self.action_pick(event.place)

    async def on_compare_view_voted(self, event: CompareView.Voted) -> None:
        await self._vote(event.outcome, event.place)

    async def on_compare_view_left(self) -> None:
        await self._leave()

    async def _vote(self, outcome: Outcome, place: int | None = None) -> None:
        from tui.comparison import vote_of

        view = self._comparison
        if view is None or view.comparison.vote is not None or (place or 0) >= len(view.columns):
            return
        comparison, said = view.comparison, self.text.compare
        turns = self.session.conversation.turns
        if self.answering.taken:
            self.say(said.not_yet)
            return
        if not any(column.answered for column in comparison.columns):
            self.say(said.no_answer)
            return
        winner = comparison.columns[place] if outcome == "better" and place is not None else None
        if winner is not None and not winner.answered:
            self.say(said.no_answer_there.format(name=one_line(comparison.name(winner))))
            return
        vote = vote_of(comparison, outcome, winner)
        try:
            self.session.prefer(vote)
        except KotaeError as error:
            self.notify(self.text.error(error), severity="error", timeout=10, markup=False)
            return
        comparison.vote = vote
        if comparison.hidden:
            self._reveal(comparison)
            self._look()
        else:
            await self.show_feed()
            self.state_changed()
        from_ = turns[vote.goes_on].backend if vote.goes_on in turns else ""
        self.say(said.voted[outcome].format(name=one_line(from_)), "✓", "$success")

    def _reveal(self, comparison: Comparison) -> None:
        """Shows which backend is which, in the columns."""
        comparison.hidden = False
        self._say_notices()
        turns = self.session.conversation.turns
        for column, feed in zip(comparison.columns, self._feeds, strict=True):
            self._hidden.pop(column.turn_id, None)
            if column.turn_id in turns:
                feed.load_again(turns[column.turn_id])

    # -- blind --------------------------------------------------------------------------------------------------------

    def action_blind(self) -> None:
        """Comparisons hide which backend is which, or no longer do; then what is hidden still is shown."""
        said = self.text.compare
        self._blind = not self._blind
        words = said.blind_on if self._blind else said.blind_off
        if self._comparison is not None and self._comparison.comparison.vote is None:
            self.say(f"{words} {said.blind_next}")
            return
        self.say(words, "◐", "$primary")
        if not self._blind and self._hidden and self._feed is not None and self._comparison is None:
            self._hidden.clear()
            self._feed.load(self.session.shown(), self.session.in_history)
            self.state_changed()
