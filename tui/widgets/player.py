"""One line below a recorded conversation: how far it has come, and how fast it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.replaying import clock

if TYPE_CHECKING:
    from tui.strings import Strings

_DONE, _LEFT = "━", "─"
_GLYPHS = {"playing": "▶", "paused": "‖", "over": "■"}


class PlayerLine(Widget):
    """A bar with the time at its left, and the speed and the answer's number at its right."""

    DEFAULT_CSS = """
    PlayerLine { height: 1; background: $surface; }
    """

    state: reactive[str] = reactive("playing", init=False)
    """`playing`, `paused` or `over`."""
    position: reactive[float] = reactive(0.0, init=False, repaint=False)
    """Seconds."""
    speed: reactive[float] = reactive(1.0, init=False)
    answer: reactive[int] = reactive(0, init=False)
    """Number of the answer that is on, from 1."""

    def __init__(self, text: Strings, length: float, answers: int) -> None:
        """
        Args:
            text: what the screen says.
            length: seconds of the whole.
            answers: how many there are.
        """
        super().__init__(id="player")
        self._text = text
        self._length = length
        self._answers = answers
        self._drawn = ""

    def watch_position(self) -> None:
        """Draws anew only when something would be seen of it."""
        if self._line().plain != self._drawn:
            self.refresh()

    def render(self) -> Content:
        line = self._line()
        self._drawn = line.plain
        return line

    def _line(self) -> Content:
        width = self.content_size.width
        head = Content.assemble(
            (f" {_GLYPHS[self.state]} ", "bold $primary"),
            (f"{clock(self.position)} / {clock(self._length)} ", "$muted"),
        )
        number = self._text.talk.turn_of.format(place=self.answer, count=self._answers)
        tail = Content.assemble((f" ×{self.speed:g} ", "bold $primary"), (f" {number} ", "$muted"))
        room = max(0, width - head.cell_length - tail.cell_length)
        done = round(room * min(1.0, self.position / self._length)) if self._length else room
        bar = Content.assemble((_DONE * done, "$primary"), (_LEFT * (room - done), "$faint"))
        return Content.assemble(head, bar, tail).truncate(width)
