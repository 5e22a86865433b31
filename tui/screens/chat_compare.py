"""The chat's comparisons: one question to several backends at once, the vote on their answers, hiding which is which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from kotae.errors import KotaeError
from tui.plain import one_line
from tui.screens.chat_layout import ChatLayout
from tui.widgets.tabs import BackendTabs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae.conversation import Turn
    from kotae.events import Notice
    from kotae.preferences import Outcome
    from kotae.settings import Settings
    from tui.comparison import Column, ColumnFeed, Comparison
    from tui.feed import Feed
    from tui.session import AnswerEvents, Session
    from tui.strings import Strings
    from tui.transcript.view import TranscriptView
    from tui.widgets.column import CompareColumn
    from tui.widgets.compare import CompareView

COMPARE_KEYS = (
    Binding("tab,right", "column(1)", show=False),
    Binding("shift+tab,left", "column(-1)", show=False),
    Binding("enter", "pick_focused", show=False),
    Binding("equals_sign", "vote_for('tie')", show=False),
    Binding("0", "vote_for('bad')", show=False),
    *(Binding(str(place + 1), f"pick({place})", show=False) for place in range(9)),
)
"""They count while columns are on view and nothing is typed."""
_PASSED_ON = frozenset({"left", "right", "enter", "equals_sign", *"0123456789"})
"""Those that the prompt has a use of its own for."""
_ACTIONS = ("column", "pick_focused", "vote_for", "pick")
ALL = "all"
"""The word that stands for all backends behind `/compare`."""


class ChatCompare(ChatLayout):
    """What keys and messages do with several answers side by side."""

    def __init__(self, settings: Settings, session: Session, text: Strings, backend: str) -> None:
        super().__init__(settings, session, text, backend)
        self._comparison: CompareView | None = None
        self._feeds: Sequence[ColumnFeed] = ()
        self._chosen: Sequence[str] = ()
        """The backends that are compared; empty: all."""
        self._blind = False
        self._hidden: dict[str, str] = {}
        """What the answers of blind comparisons are called that the reader has not voted on, by turn."""
        self._unsaid: list[Notice] = []
        """What backends said while it was hidden which is which."""

    # -- beginning ----------------------------------------------------------------------------------------------------

    def action_compare(self) -> None:
        """Asks what is typed, or what was asked last, of the backends that are chosen for it."""
        self._compare(self.prompt.value.strip(), self._chosen)

    def slash_compare(self, argument: str) -> None:
        """Names backends, a question, or both, in this order; the names are kept for the next comparison."""
        from tui.comparison import named, unknown

        everyone = argument.split()[:1] == [ALL] and ALL not in self.backends
        names, question = named(argument.strip()[len(ALL) :] if everyone else argument, self.backends)
        if word := unknown(question, self.backends):
            self.say(self.text.unknown_backend.format(name=word, names=", ".join(self.backends)))
            return
        if len(names) == 1:
            self._too_few()
            return
        if names or everyone:
            self._chosen = names
        if question or self.turn_on_view() is not None:
            self._compare(question, self._chosen)
        elif names:
            self.say(self.text.compare.chosen.format(names=", ".join(map(one_line, names))))
        else:
            said = self.text.compare
            self.say(said.chosen_all if everyone else said.nothing)

    def _too_few(self) -> None:
        self.say(self.text.compare.too_few.format(names=", ".join(map(one_line, self.backends))))

    def _compare(self, question: str, chosen: Sequence[str]) -> None:
        """Asks `question`, or what the answer on view answers where it is empty."""
        from tui.comparison import compare

        if self.taken():
            return
        turn = None if question else self.turn_on_view()
        names = [name for name in chosen if name in self.backends] or self.backends
        if not question and turn is None:
            self.say(self.text.compare.nothing)
        elif len(names) < 2:
            self._too_few()
        else:
            if question:
                self.prompt.take(question)
            self.load_again()
            comparison = compare(turn.question if turn is not None else question, names, hide=self._blind)
            self.run_worker(self._ask_all(comparison, turn), group="answers", exit_on_error=False)

    async def _ask_all(self, comparison: Comparison, again: Turn | None) -> None:
        async def begin() -> list[tuple[Feed, AnswerEvents]]:
            if again is None:
                self._settle_head()  # the question continues the answer that is focused
            asks = [
                self.session.ask(comparison.question, column.backend)
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

    async def _show(self, comparison: Comparison, turns: Sequence[Turn] = ()) -> None:
        """Puts the columns in place of the conversation, with the turns that are over already."""
        from tui.comparison import ColumnFeed
        from tui.widgets.compare import CompareView

        await self._drop()
        view = CompareView(comparison, self.accent, self.text)
        self._comparison = view
        self.prompt.passed_on = _PASSED_ON
        self._feeds = [
            self._column_feed(ColumnFeed, comparison, column, widget)
            for column, widget in zip(comparison.columns, view.columns, strict=True)
        ]
        for feed, turn in zip(self._feeds, turns, strict=False):
            feed.load([turn], lambda _: True)
        self.welcome.display = False
        if self._view is not None:
            self._view.display = False
        await self.query_one("#body").mount(view, after=self.welcome)
        if not self.prompt.has_focus:
            self.prompt.focus()
        self._look()

    def _column_feed(
        self, make: type[ColumnFeed], comparison: Comparison, column: Column, widget: CompareColumn
    ) -> ColumnFeed:
        def opened(turn: Turn) -> None:
            if comparison.hidden:
                self._hidden[turn.id] = column.letter

        return make(
            widget.view,
            self.text,
            self.accent,
            column,
            opened=opened,
            changed=self._look,
            seen=self.as_seen,
            hidden=lambda: comparison.hidden,
        )

    def action_vote(self) -> None:
        """Puts the answers to the question on view side by side again, to be voted on."""
        if not self.taken():
            self.run_worker(self._vote_again(), group="vote", exit_on_error=False)

    async def _vote_again(self) -> None:
        from tui.comparison import Column, Comparison

        if self._comparison is not None:
            return
        turn = self.turn_on_view()
        turns = self.session.answers_beside(turn.id) if turn is not None else []
        if turn is None or len(turns) < 2:
            self.say(self.text.nothing_to_retry if turn is None else self.text.compare.nothing_to_vote)
            return
        # Whether one's backend may be seen decides which of the others it stands beside.
        hidden = turn is not None and turn.id in self._hidden
        turns = [one for one in turns if (one.id in self._hidden) == hidden]
        turns.sort(key=lambda one: self._hidden.get(one.id, "") if hidden else "")
        columns = []
        for one in turns:
            column = Column(one.backend, self._hidden[one.id] if hidden else "")
            column.end_as(one)
            columns.append(column)
        focused = next((place for place, one in enumerate(turns) if one.id == turn.id), 0)
        await self._show(Comparison(turn.question, tuple(columns), focused, hidden), turns)

    # -- what is on view ----------------------------------------------------------------------------------------------

    @property
    def view(self) -> TranscriptView | None:
        return self._comparison.focused.view if self._comparison is not None else self._view

    @property
    def feed(self) -> Feed | None:
        return (
            self._feeds[self._comparison.comparison.focused] if self._comparison is not None else self._feed
        )

    def as_seen(self, turn: Turn) -> Turn:
        called = self._hidden.get(turn.id)
        if called is None:
            return turn
        from tui.blind import masked

        return masked(turn, called, self.text)

    def turn_on_view(self) -> Turn | None:
        if self._comparison is None:
            return super().turn_on_view()
        return self.session.conversation.turns.get(self._comparison.comparison.column.turn_id)

    def notice(self, notice: Notice) -> None:
        if self._comparison is not None and self._comparison.comparison.hidden:
            self._unsaid.append(notice)
        else:
            super().notice(notice)

    async def show_feed(self) -> Feed:
        """The conversation, in place of the columns."""
        feed = await super().show_feed()
        if self._comparison is not None:
            self._settle_head()
            await self._drop()
            feed.load(self.session.shown(), self.session.in_history)
        return feed

    def show_welcome(self) -> None:
        super().show_welcome()
        if self._comparison is not None:
            self.run_worker(self._drop(), group="vote", exit_on_error=False)

    async def _drop(self) -> None:
        """Takes the columns away; what still comes for them is shown in the conversation."""
        view, self._comparison = self._comparison, None
        self.prompt.passed_on = frozenset()
        feeds, self._feeds = self._feeds, ()
        for feed in feeds:
            feed.later = self._feed
        self._say_notices()
        if not self._blind:
            self._hidden.clear()
        if view is not None:
            if view.has_focus_within:
                self.prompt.focus()
            await view.remove()

    def _say_notices(self) -> None:
        """What was kept back says which backend has said it."""
        for notice in self._unsaid:
            super().notice(notice)
        self._unsaid.clear()

    def _look(self) -> None:
        """Brings the columns, and what follows them, up to date."""
        if self._comparison is not None and self._comparison.is_attached:
            self._comparison.show()
        self.state_changed()

    def state_changed(self) -> None:
        super().state_changed()
        if self.is_attached:
            hidden = self._comparison is not None and self._comparison.comparison.hidden
            self.query_one(BackendTabs).instead = self.text.compare.blind_tabs if hidden else ""

    def _status(self) -> tuple[tuple[str, str, str], tuple[tuple[str, str], ...]]:
        shown, hints = super()._status()
        if self._comparison is None:
            return shown, hints
        from tui import states

        comparison = self._comparison.comparison
        if self.answering.state == "answering":
            shown = (shown[0], self.text.compare.answering.format(count=len(comparison.columns)), shown[2])
        flagged = self.flag_on_view() is not None
        return shown, tuple(
            states.comparing(self.text, over=not self.session.busy, flagged=flagged)
            if comparison.vote is None
            else hints
        )

    # -- columns ------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of the columns are typed, or go to what has the focus, where they are not meant."""
        if action not in _ACTIONS:
            return super().check_action(action, parameters)
        view = self._comparison
        return view is not None and not self.prompt.text and (self.prompt.has_focus or view.has_focus_within)

    def action_column(self, step: int) -> None:
        """Goes to the next column, or the one before."""
        if self._comparison is not None:
            count = len(self._comparison.columns)
            self._go_to((self._comparison.comparison.focused + step) % count)

    def _go_to(self, place: int) -> None:
        view = self._comparison
        if view is None or view.comparison.focused == place:
            return
        focused = view.has_focus_within
        view.comparison.focused = place
        if focused and not view.focused.view.has_focus:
            view.focused.view.focus()
        self._look()

    def on_compare_column_focused(self, event: CompareColumn.Focused) -> None:
        self._go_to(event.place)

    def on_compare_column_stopped(self, event: CompareColumn.Stopped) -> None:
        if self._comparison is not None:
            self.session.stop(self._comparison.comparison.columns[event.place].turn_id)

    def action_stop(self) -> None:
        """Stops the focused answer, then the others; then takes back what is selected; then leaves without a vote."""
        view = self._comparison
        if view is None:
            super().action_stop()  # type: ignore[misc]  # the screen's other parts have it
        elif self.session.stop(view.comparison.column.turn_id or "\0") or self.answering.stop():
            return
        elif self.view is not None and self.view.selected_answer is not None:
            self.unselect()
        elif not self.answering.taken:
            self.run_worker(self._leave(), group="vote", exit_on_error=False)

    # -- voting -------------------------------------------------------------------------------------------------------

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
        if view is None or (place is not None and place >= len(view.columns)):
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
            self.notify(str(error), severity="error", timeout=10, markup=False)
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

    def _settle_head(self) -> None:
        """Without a vote, the conversation goes on from the answer that is focused; that is said."""
        if self._comparison is None or self._comparison.comparison.vote is not None:
            return
        comparison = self._comparison.comparison
        order = (comparison.column, *comparison.columns)
        column = next((column for column in order if column.answered), None)
        if column is None:
            self.say(self.text.compare.left_unanswered)
            return
        if self.session.conversation.head in {c.turn_id for c in comparison.columns}:
            self.session.go_on_from(column.turn_id)
            self.say(self.text.compare.left.format(name=one_line(comparison.name(column))))

    async def _leave(self) -> None:
        """Goes back to the conversation."""
        if self.session.begun:
            await self.show_feed()
        else:
            self.show_welcome()
        self.prompt.focus()
        self.state_changed()

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
