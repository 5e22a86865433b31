"""The rows of the list of conversations. Only those in view are drawn, so ten thousand cost no more than ten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events

    from kotae.transcripts.library import Entry
    from kotae.transcripts.matching import Excerpt
    from tui.strings import Strings

CURSOR, PIN = "▸", "★"
_GLYPHS = {"question": "❯", "answer": "●"}
_WIDE = 100
"""Cells from which backends are named and the time of day is told."""
_NARROW = 60
"""Cells below which backends are left out, and the year."""
_NAMES = 26
"""Cells that the names of backends may take."""
_WHEEL = 3
"""Lines that the wheel goes on."""


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation, and what was found in it."""

    entry: Entry
    marks: tuple[tuple[int, int], ...] = ()
    """The ranges of its heading that were searched for."""
    excerpt: Excerpt | None = None
    where: str = ""
    turn: str = ""


class ConversationRows(Widget):
    """The owner moves the mark; a click moves it, and a click on the marked row opens it."""

    rows: reactive[Sequence[Row]] = reactive((), init=False)
    marked: reactive[int] = reactive(0, init=False)
    nothing: reactive[str] = reactive("", init=False)
    """What is said where there are no rows."""

    class Opened(Message):
        """The marked row was clicked."""

    def __init__(self, text: Strings, accent: Callable[[str], str], order: Sequence[str]) -> None:
        """`order`: all backends, as they are named here: in the order in which they were asked, a blind comparison's would show."""
        super().__init__(id="rows")
        self._text = text
        self._accent = accent
        self._order = list(order)
        self._first = 0
        """The row that is drawn at the top."""

    @property
    def row(self) -> Row | None:
        """The one that is marked."""
        return self.rows[self.marked] if self.marked < len(self.rows) else None

    def show(self, rows: Sequence[Row], nothing: str) -> None:
        """Shows these rows; the mark stays with its conversation where that is among them."""
        before = self.row
        place = 0
        if before is not None:
            found = (at for at, row in enumerate(rows) if row.entry.path == before.entry.path)
            place = next(found, min(self.marked, max(0, len(rows) - 1)))
        self.nothing, self.rows = nothing, rows
        self.marked = place
        self.refresh()

    def move(self, step: int) -> None:
        """Marks the row `step` places on, or the first or the last."""
        self.marked = max(0, min(len(self.rows) - 1, self.marked + step))

    @property
    def page(self) -> int:
        """How many rows are in view."""
        return max(1, self.content_size.height // self._lines)

    @property
    def _lines(self) -> int:
        """Lines a row: what was found stands on a second one."""
        return 2 if any(row.excerpt is not None for row in self.rows[:1]) or self._any_excerpt else 1

    @property
    def _any_excerpt(self) -> bool:
        return any(row.excerpt is not None for row in self.rows[:200])

    def render(self) -> Content:
        width = self.content_size.width
        if not self.rows:
            return Content("\n").join(
                [Content(""), *Content.styled(self.nothing, "$muted").wrap(max(8, width))]
            )
        lines, page = self._lines, self.page
        self._first = max(min(self._first, self.marked), self.marked - page + 1)
        self._first = max(0, min(self._first, len(self.rows) - page))
        drawn: list[Content] = []
        for at in range(self._first, min(self._first + page, len(self.rows))):
            drawn.append(self._heading(self.rows[at], width, marked=at == self.marked))
            if lines == 2:
                drawn.append(self._excerpt(self.rows[at], width))
        return Content("\n").join(drawn)

    def _heading(self, row: Row, width: int, *, marked: bool) -> Content:
        entry = row.entry
        lead = Content.assemble(
            (f"{CURSOR if marked else ' '} ", "bold $primary"),
            (f"{PIN if entry.pinned else ' '} ", "bold $warning"),
            (f"{_when(entry.updated, width)}  ", "$muted"),
        )
        turns = self._text.conversations.turns_one if entry.turns == 1 else self._text.conversations.turns
        count = Content.styled(turns.format(count=f"{entry.turns:,}"), "$muted")
        tail = Content.assemble(
            "  ", self._backends(entry, width), count.pad_left(max(0, 9 - count.cell_length))
        )
        room = max(0, width - lead.cell_length - tail.cell_length)
        heading = _marked(entry.heading, row.marks, "bold" if marked else "")
        line = Content.assemble(lead, heading.truncate(room, ellipsis=True, pad=True), tail)
        return line.stylize("on $panel") if marked else line

    def _excerpt(self, row: Row, width: int) -> Content:
        if row.excerpt is None:
            return Content("")
        glyph = Content.styled(f"      {_GLYPHS.get(row.where, ' ')} ", "$muted")
        return Content.assemble(glyph, _marked(row.excerpt.text, row.excerpt.marks, "$muted")).truncate(
            width, ellipsis=True
        )

    def _backends(self, entry: Entry, width: int) -> Content:
        """The backends in their colours: their names, or their first letters where there is no room for more."""
        if width < _NARROW:
            return Content("")
        last = len(self._order)
        places = {name: place for place, name in enumerate(self._order)}
        asked = sorted(entry.backends, key=lambda name: (places.get(name, last), name))
        names = [(one_line(name), self._accent(name)) for name in asked]
        if width < _WIDE:
            shown = Content.assemble(*((f"●{name[:1]}", accent) for name, accent in names[:4]))
            return shown.pad_left(max(0, 8 - shown.cell_length))
        parts = [Content.styled(f"●{name}", accent) for name, accent in names]
        shown = Content(" ").join(parts).truncate(_NAMES, ellipsis=True)
        return shown.pad_left(max(0, _NAMES - shown.cell_length))

    # -- mouse --------------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        event.stop()
        at = event.get_content_offset(self)
        place = self._first + at.y // self._lines if at is not None else len(self.rows)
        if place >= len(self.rows):
            return
        if place == self.marked or event.chain > 1:
            self.marked = place
            self.post_message(self.Opened())
        else:
            self.marked = place

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-_WHEEL)


def _marked(text: str, marks: Sequence[tuple[int, int]], style: str) -> Content:
    """Text on one line with ranges marked: underlined, so that it is seen without colours too."""
    parts: list[Content] = []
    at = 0
    for start, end in marks:
        parts.append(Content.styled(_flat(text[at:start]), style))
        parts.append(Content.styled(_flat(text[start:end]), "bold underline $primary"))
        at = end
    return Content.assemble(*parts, Content.styled(_flat(text[at:]), style))


def _flat(text: str) -> str:
    """As `one_line`, but a blank at either end stays: it may stand between two words."""
    line = one_line(text)
    lead = " " if text[:1].isspace() and line else ""
    trail = " " if text[-1:].isspace() else ""
    return f"{lead}{line}{trail}"


def _when(at: str, width: int) -> str:
    """A time as the user's clock has it."""
    form, cells = ("%Y-%m-%d %H:%M", 16) if width >= _WIDE else ("%Y-%m-%d", 10)
    if width < _NARROW:
        form, cells = "%m-%d", 5
    try:
        return datetime.fromisoformat(at).astimezone().strftime(form)
    except (ValueError, OverflowError):
        return one_line(at)[:cells].ljust(cells)
