"""One answer among several: who gives it and how far it is, over its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.footer import FAILED, STOPPED
from tui.plain import one_line
from tui.summary import CHECKING, CLEAN
from tui.transcript.view import TranscriptView
from tui.widgets.tabs import SELECTED

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from tui.comparison import ColumnState
    from tui.strings import Strings

_GLYPHS: dict[ColumnState, tuple[str, str]] = {
    "waiting": (CHECKING, "$warning"),
    "answering": ("…", "$primary"),
    "done": (CLEAN, "$success"),
    "stopped": (STOPPED, "$warning"),
    "failed": (FAILED, "$error"),
}
_RUNNING = ("waiting", "answering")


class ColumnHeading(Widget):
    """One line: name and state at the left, what a click does at the right."""

    DEFAULT_CSS = """
    ColumnHeading { height: 1; background: $panel; }
    CompareColumn.focused ColumnHeading { background: $primary 25%; }
    """

    name_shown: reactive[tuple[str, str]] = reactive(("", ""), init=False)
    """Name and accent."""
    state: reactive[ColumnState] = reactive("waiting", init=False)
    focused: reactive[bool] = reactive(False, init=False)
    voting: reactive[bool] = reactive(False, init=False)
    """Whether a click on the right end picks this answer."""
    picked: reactive[bool] = reactive(False, init=False)

    class Clicked(Message):
        """The right end was clicked, or the rest of the line."""

        def __init__(self, *, chip: bool) -> None:
            super().__init__()
            self.chip = chip

    def __init__(self, place: int, name: str, accent: str, text: Strings) -> None:
        super().__init__()
        self._place = place
        self._text = text
        self._chip_at = 0
        self.set_reactive(ColumnHeading.name_shown, (name, accent))

    def render(self) -> Content:
        width, said = self.content_size.width, self._text.compare
        name, accent = self.name_shown
        glyph, style = _GLYPHS[self.state]
        chip = Content("")
        if self.state in _RUNNING:
            chip = Content.styled(f" {STOPPED} {said.stop} ", "$muted")
        elif self.picked:
            chip = Content.styled(f" {CLEAN} {said.pick} ", "bold $success")
        elif self.voting:
            number = f"{self._place + 1} " if self._place < 9 else ""
            chip = Content.styled(f" {number}{said.pick} ", "bold $success")
        mark = SELECTED if self.focused else " "
        left = Content.assemble(
            (mark, f"bold {accent}"),
            (one_line(name), f"bold {accent}"),
            (f"  {glyph} ", style),
            (said.states[self.state], "$muted"),
        )
        room = max(0, width - chip.cell_length)
        left = left.truncate(room, ellipsis=True).pad_right(max(0, room - left.cell_length))
        self._chip_at = room if chip else width
        return Content.assemble(left, chip)

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Clicked(chip=event.get_content_offset_capture(self).x >= self._chip_at))


class CompareColumn(Vertical):
    """A heading and an answer that scrolls by itself."""

    DEFAULT_CSS = """
    CompareColumn { width: 1fr; height: 1fr; }
    """

    class Focused(Message):
        """The column was clicked, or something in it took the focus."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    class Stopped(Message):
        """Its answer is to be stopped."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    class Picked(Message):
        """It is the better one."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, place: int, name: str, accent: str, text: Strings, *, beside: int) -> None:
        """`beside`: how many columns there are, itself included."""
        super().__init__()
        self.place = place
        self.heading = ColumnHeading(place, name, accent, text)
        self.view = TranscriptView()
        # Painting is what costs, and narrow text moves up more often: all together are painted less often than one alone.
        self.view.pace *= beside + 1 if beside > 1 else 1

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.view

    def on_descendant_focus(self) -> None:
        self.post_message(self.Focused(self.place))

    def on_column_heading_clicked(self, event: ColumnHeading.Clicked) -> None:
        event.stop()
        self.post_message(self.Focused(self.place))
        if event.chip:
            running = self.heading.state in _RUNNING
            self.post_message(self.Stopped(self.place) if running else self.Picked(self.place))
