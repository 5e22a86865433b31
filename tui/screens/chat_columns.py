"""The chat's columns: what is on view while several answers stand side by side, and what keys do in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from tui.plain import one_line
from tui.screens.chat_layout import ChatLayout
from tui.widgets.tabs import BackendTabs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae.conversation import Turn
    from kotae.events import Notice
    from kotae.settings import Settings
    from tui.comparison import Column, ColumnFeed, Comparison
    from tui.feed import Feed
    from tui.session import Session
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


class ChatColumns(ChatLayout):
    """Columns in place of the conversation: they come, are gone through, and go."""

    def __init__(self, settings: Settings, session: Session, text: Strings, backend: str) -> None:
        super().__init__(settings, session, text, backend)
        self._comparison: CompareView | None = None
        self._feeds: Sequence[ColumnFeed] = ()
        self._blind = False
        self._hidden: dict[str, str] = {}
        """What the answers of blind comparisons are called that the reader has not voted on, by turn."""
        self._unsaid: list[Notice] = []
        """What backends said while it was hidden which is which."""

    # -- coming and going ---------------------------------------------------------------------------------------------

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

    async def show_feed(self) -> Feed:
        """The conversation, in place of the columns."""
        feed = await super().show_feed()
        if self._comparison is not None:
            self._settle_head()
            await self._drop()
            feed.load(self.session.shown(), self.session.in_history)
        return feed

    def show_branch(self, selected: str = "", words: str = "") -> None:
        if self._comparison is None:
            super().show_branch(selected, words)
        else:
            self.run_worker(self._show_branch(selected, words), group="vote", exit_on_error=False)

    async def _show_branch(self, selected: str, words: str) -> None:
        """The branch that was gone to takes the place of the columns; where the conversation goes on is settled."""
        await self._drop()
        await super().show_feed()
        super().show_branch(selected, words)

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
            trouble = self.session.go_to(column.turn_id)
            self.say(
                self.text.told(trouble)
                or self.text.compare.left.format(name=one_line(comparison.name(column)))
            )

    async def _leave(self) -> None:
        """Goes back to the conversation."""
        if self.session.begun:
            await self.show_feed()
        else:
            self.show_welcome()
        self.prompt.focus()
        self.state_changed()

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

    def _step_sibling(self, step: int) -> None:
        """The other answers to a question are its columns."""
        if self._comparison is not None:
            self.action_column(step)
        else:
            super()._step_sibling(step)  # type: ignore[misc]  # the screen's other parts have it

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
        """Stops the focused answer, then the others; gives up an edit, then what is selected; then leaves without a vote."""
        view = self._comparison
        if view is None:
            super().action_stop()  # type: ignore[misc]  # the screen's other parts have it
        elif (
            self.session.stop(view.comparison.column.turn_id or "\0")
            or self.answering.stop()
            or self.give_up_edit()
        ):
            return
        elif self.view is not None and self.view.selected_answer is not None:
            self.unselect()
        elif not self.answering.taken:
            self.run_worker(self._leave(), group="vote", exit_on_error=False)
