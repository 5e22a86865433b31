"""Several answers to one question: side by side where there is room, one below the other where there is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.plain import safe_lines
from tui.widgets.column import CompareColumn
from tui.widgets.vote_line import VoteLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.app import ComposeResult

    from kotae.preferences import Outcome
    from tui.comparison import Comparison
    from tui.strings import Strings
    from tui.widgets.vote_line import Choice

NARROWEST = 40
"""Cells of a column below which the columns are stacked."""
LOWEST = 8
"""Lines of a stacked column below which the focused one gets most of the room."""
_PEEK = 3
"""Lines of the others then."""
_AROUND = 3
"""Lines that the question and the vote take."""
TIE_KEY, BAD_KEY = "=", "0"


class CompareView(Vertical):
    """The question, the columns, and the line to vote on."""

    DEFAULT_CSS = """
    CompareView {
        width: 1fr;
        height: 1fr;

        #asked { height: auto; max-height: 3; padding: 0 1; background: $surface; }
        #columns { height: 1fr; layout: horizontal; }
        #columns.stacked { layout: vertical; }
        #columns CompareColumn { border-left: vkey $border-blurred; }
        #columns CompareColumn.focused { border-left: vkey $primary; }
        #columns.stacked CompareColumn { border-left: none; }
    }
    """

    class Voted(Message):
        """The reader has chosen."""

        def __init__(self, outcome: Outcome, place: int = 0) -> None:
            """`place` is that of the better one."""
            super().__init__()
            self.outcome = outcome
            self.place = place

    class Left(Message):
        """The reader goes on, without a vote or after it."""

    def __init__(self, comparison: Comparison, accent_of: Callable[[str], str], text: Strings) -> None:
        """`accent_of` gives the style of what a column is called."""
        super().__init__(id="compare")
        self.comparison = comparison
        self._accent_of = accent_of
        self._text = text
        count = len(comparison.columns)
        self.columns = [
            CompareColumn(place, name := comparison.name(column), accent_of(name), text, beside=count)
            for place, column in enumerate(comparison.columns)
        ]
        self._line = VoteLine()
        self._at_beginning: set[int] = set()
        """Places of the columns that were scrolled to the beginning, for want of room."""

    def compose(self) -> ComposeResult:
        question = Content.assemble(("❯ ", "bold $primary"), safe_lines(self.comparison.question))
        yield Static(question, markup=False, id="asked")
        yield Container(*self.columns, id="columns")
        yield self._line

    def on_mount(self) -> None:
        self.show()

    def on_resize(self) -> None:
        self._arrange()

    @property
    def focused(self) -> CompareColumn:
        """The column that keys go to."""
        return self.columns[self.comparison.focused]

    def show(self) -> None:
        """Brings headings and lines up to date with the comparison."""
        comparison = self.comparison
        ready = not comparison.running
        for place, (column, widget) in enumerate(zip(comparison.columns, self.columns, strict=True)):
            name = comparison.name(column)
            accent = self._accent_of(name)
            if comparison.blind and not comparison.hidden:
                name = f"{column.letter} = {name}"
            heading = widget.heading
            heading.name_shown, heading.state = (name, accent), column.state
            heading.focused = place == comparison.focused
            heading.voting = ready and comparison.vote is None and column.answered
            heading.picked = comparison.vote is not None and comparison.vote.winner == column.turn_id != ""
            widget.set_class(heading.focused, "focused")
        self._line.words, self._line.choices = self._words(ready=ready), tuple(self._choices(ready=ready))
        self._arrange()

    def _words(self, *, ready: bool) -> str:
        said, columns = self._text.compare, self.comparison.columns
        if ready:
            return said.which if self.comparison.vote is None else ""
        done = sum(not column.running for column in columns)
        return said.progress.format(done=done, count=len(columns))

    def _choices(self, *, ready: bool) -> Iterator[Choice]:
        said, comparison = self._text.compare, self.comparison
        if not ready:
            return
        if comparison.vote is not None:
            yield "Enter", said.close, "$muted"
            return
        for place, column in enumerate(comparison.columns[:9]):
            name = comparison.name(column)
            yield str(place + 1), name, self._accent_of(name)
        yield TIE_KEY, said.tie, "$muted"
        yield BAD_KEY, said.both_bad if len(comparison.columns) == 2 else said.all_bad, "$muted"
        yield self._text.keymap.reach("stop"), said.leave, "$muted"

    def on_vote_line_chosen(self, event: VoteLine.Chosen) -> None:
        event.stop()
        picks = min(9, len(self.comparison.columns)) if self.comparison.vote is None else 0
        if event.place < picks:
            self.post_message(self.Voted("better", event.place))
        elif self.comparison.vote is None and event.place - picks < 2:
            self.post_message(self.Voted("tie" if event.place == picks else "bad"))
        else:
            self.post_message(self.Left())

    def _arrange(self) -> None:
        """Side by side or stacked, by the room there is; what is in the columns stays."""
        if not self.size:
            return
        count = len(self.columns)
        box = self.query_one("#columns")
        stacked = self.size.width < NARROWEST * count
        box.set_class(stacked, "stacked")
        close = stacked and self.size.height - _AROUND < LOWEST * count
        for place, widget in enumerate(self.columns):
            low = close and place != self.comparison.focused
            widget.styles.height = _PEEK if low else "1fr"
            over = low and not self.comparison.columns[place].running
            widget.view.cues = not over
            if not low:
                self._at_beginning.discard(place)
            elif over and place not in self._at_beginning:
                self._at_beginning.add(place)
                widget.view.follow = widget.view.behind = False
                self.call_after_refresh(widget.view.scroll_home)  # what it says, rather than its footer
