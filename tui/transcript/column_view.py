"""The part of the transcript widget that scrolls and paints: a column of entries in one `ScrollView`, drawn line by line.

Entries are laid out when they come into view and only then; the answer that streams lays out its open block anew every `FLUSH`
seconds and nothing else. The widget sets its virtual size without asking the screen for a layout, since nothing around it moves.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.widget import Widget

from tui.transcript import code
from tui.transcript.column import STRIDE, Column
from tui.transcript.entries import SPINNER, AnswerEntry, Entry
from tui.transcript.painting import GUTTER, paint, with_cue, with_offsets, with_selection
from tui.transcript.palette import Palette

if TYPE_CHECKING:
    from textual import events
    from textual.strip import Strip

FLUSH = 0.05
"""Seconds between two looks at what has come."""
SPIN = 0.125
"""Seconds between two pictures of the spinner."""
MAX_TEXT = 100
"""Cells of the text column at most: longer lines are hard to read."""
KEPT = 48
"""Entries kept laid out when many have been."""
REST = 4
MAX_REST = 0.25
"""A flush that took t seconds is followed by a rest of at least `REST` times t, and `MAX_REST` seconds at most."""


class ColumnView(ScrollView, can_focus=True):
    """Shows a column of entries and follows its end."""

    follow: reactive[bool] = reactive(True, repaint=False)
    """The end is kept in view. Let go of by scrolling up, taken hold of again at the end."""
    behind: reactive[bool] = reactive(False, repaint=False)
    """Text has come below while the end was not in view."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.column = Column()
        self.pace = FLUSH
        """Seconds between two flushes; more where several of these stream side by side."""
        self.cues = True
        """Whether it is said that text has come below what is in view."""
        self.palette: Palette | None = None
        self.text_width = 0
        """Cells of the text column; 0 before there is room."""
        self._look: object = None
        self._changed: set[int] = set()
        self._loading: set[str] = set()
        self._held: tuple[int, int, int] | None = None
        """What was at the top before the text was laid out for another width."""
        self._placing = False
        self._painting = False
        self._settling = False
        self._rest_until = 0.0
        self._frame = 0

    @property
    def allow_select(self) -> bool:
        """Text can be selected with the mouse."""
        return True

    def chosen(self, entry: Entry) -> bool:  # noqa: ARG002 - for subclasses
        """Whether an entry is marked in the gutter."""
        return False

    def on_mount(self) -> None:
        """Timers stand still until there is something to do."""
        self._flush_timer = self.set_interval(FLUSH, self._tick, pause=True)
        self._spin_timer = self.set_interval(SPIN, self._spin, pause=True)
        self._wake()

    def on_show(self) -> None:
        """What came while the widget was hidden is shown."""
        self._wake()

    # -- flushing -----------------------------------------------------------------------------------------------------

    def touch(self, place: int) -> None:
        """The entry at `place` has changed: show it at the next flush."""
        self._changed.add(place)
        self._wake()

    def shorten(self, length: int) -> None:
        """Keep the first `length` entries."""
        self.column.cut(length)
        self._changed = {place for place in self._changed if place < length}
        self._held = None
        if self.is_attached and self.text_selection is not None:
            self.screen.clear_selection()
        self.follow, self.behind = True, False
        self.settle()
        self.refresh()

    def _wake(self) -> None:
        if self.is_mounted and self._changed:
            self._flush_timer.resume()

    def _tick(self) -> None:
        if not self._changed or not self._has_room():
            self._flush_timer.pause()
            return
        began = monotonic()
        if began >= self._rest_until:
            self.flush()
            ended = monotonic()
            rest = min(MAX_REST, (ended - began) * REST)
            self._rest_until = max(ended + rest, began + self.pace - FLUSH / 2)

    def flush(self) -> None:
        """Show now what has come; the timer does it within `FLUSH` seconds."""
        if not self._changed or not self._has_room():
            return
        palette = self._ready()
        changed = sorted(self._changed)
        self._changed.clear()
        dirty = self.column.height
        for place in changed:
            entry = self.column.entries[place]
            first = 0
            if entry.lines is None:
                entry.height = entry.guess(self.text_width)
            elif isinstance(entry, AnswerEntry):
                first = entry.update(palette, self.text_width)
                if entry.status:
                    self._spin_timer.resume()
            dirty = min(dirty, self.column.tops[place] + first)
        self.column.moved(changed[0])
        self._load_languages()
        before = self.scroll_offset.y
        self.settle()
        if self.cues and not self.follow and self.column.height > before + self.size.height:
            self.behind = True
        if self.scroll_offset.y == before:
            self.refresh_below(dirty)

    def _load_languages(self) -> None:
        """Colour the code of a language that is met for the first time as soon as a thread has loaded it."""
        if languages := code.wanted - self._loading:
            self._loading |= languages
            self.run_worker(self._colour(languages), group="languages", exit_on_error=False)

    async def _colour(self, languages: set[str]) -> None:
        await asyncio.to_thread(code.load, languages)
        self._loading -= languages
        code.wanted.difference_update(languages)
        if self.palette is None:
            return
        for _, entry in self.column.answers():
            entry.lay_out_again(lambda laid: laid.leaf.kind == "code", self.palette, self.text_width)
        self.column.moved()
        self.settle()
        self.refresh()

    def refresh_below(self, line: int) -> None:
        """Paint again what is in view from `line` on."""
        top = max(0, line - self.scroll_offset.y)
        if top < self.size.height:
            self.refresh(Region(0, top, self.size.width, self.size.height - top))

    def _spin(self) -> None:
        """Turn the spinners that are in view; stand still when there is none."""
        waiting = [(place, entry) for place, entry in self.column.answers() if entry.status]
        if not waiting:
            self._spin_timer.pause()
            return
        self._frame += 1
        for place, entry in waiting:
            index = entry.status_line()
            if index is not None and entry.lines is not None and self.palette is not None:
                entry.lines[index].lead(SPINNER[self._frame % len(SPINNER)])
                y = self.column.tops[place] + index - self.scroll_offset.y
                if 0 <= y < self.size.height:
                    self.refresh(Region(0, y, self.size.width, 1))

    # -- geometry -----------------------------------------------------------------------------------------------------

    def _has_room(self) -> bool:
        return self.is_mounted and self.size.width > GUTTER + 2 and self.size.height > 0

    def _room(self) -> int:
        # The size of a scroll view includes its scroll bar.
        return max(2, min(MAX_TEXT, self.size.width - GUTTER - max(1, self.styles.scrollbar_size_vertical)))

    def _ready(self) -> Palette:
        """The palette; entries that were laid out for another width are forgotten."""
        width = self._room()
        if self.palette is None:
            self.palette = Palette(self)
            self._look = (self.app.theme, self.rich_style)
        if width != self.text_width:
            self._held = self._top_line()
            self.text_width = width
            for entry in self.column.entries:
                entry.forget()
                entry.height = entry.guess(width)
            self.column.moved()
        return self.palette

    def _top_line(self) -> tuple[int, int, int] | None:
        """What is at the top: the entry, the block in it, and the offset in that block's text."""
        found = self.column.at(self.scroll_offset.y)
        lines = self.column.entries[found[0]].lines if found is not None else None
        if found is None or lines is None or found[1] >= len(lines):
            return self._held
        line = lines[found[1]]
        return found[0], line.block, line.start

    def lay_out(self, place: int) -> None:
        entry = self.column.entries[place]
        if entry.lines is None:
            before = entry.height
            entry.lay_out(self._ready(), self.text_width)
            if entry.height != before:
                self.column.moved(place)
            self._load_languages()

    def settle(self) -> None:
        """Lay out what is in view, and put it where it belongs: the end when following, else what is at the top."""
        if self._settling or not self._has_room():
            return
        self._settling = True
        try:
            self._ready()
            y = self._settle_end() if self.follow else self._settle_top()
            self._held = None
            self.place(y)
            self._let_go()
        finally:
            self._settling = False

    def _settle_end(self) -> int:
        self.behind = False
        place, filled = len(self.column.entries), 0
        while place > 0 and filled < self.size.height:
            place -= 1
            self.lay_out(place)
            filled += self.column.entries[place].height
        return max(0, self.column.height - self.size.height)

    def _settle_top(self) -> int:
        y = self.scroll_offset.y
        if self._held is not None:
            place, block, start = self._held
            self.lay_out(place)
            lines = self.column.entries[place].lines or []
            at = [index for index, line in enumerate(lines) if line.block == block and line.start <= start]
            y = self.column.tops[place] + (at[-1] if at else 0)
        found = self.column.at(y)
        if found is None:
            return max(0, min(y, self.column.height - self.size.height))
        place, line = found
        entry = self.column.entries[place]
        if entry.lines is None:
            # Its height was a guess; what stands below keeps its place.
            below = entry.height - line
            self.lay_out(place)
            line = max(0, entry.height - below)
        top = self.column.tops[place] + line
        index = place
        while index < len(self.column.entries) and self.column.tops[index] < top + self.size.height:
            self.lay_out(index)
            index += 1
        return top

    def place(self, y: int) -> None:
        size = Size(self.size.width, self.column.height)
        self._placing = True
        try:
            if size != self.virtual_size:
                # Setting the reactive would ask the screen to lay out everything, for a change that only the scroll bar shows.
                self.set_reactive(Widget.virtual_size, size)
                self._scroll_update(size)
            self.scroll_target_y = self.scroll_y = y
        finally:
            self._placing = False

    def _let_go(self) -> None:
        """Forget the lines of entries that are far from view."""
        laid = [place for place, entry in enumerate(self.column.entries) if entry.lines is not None]
        if len(laid) <= 2 * KEPT:
            return
        found = self.column.at(self.scroll_offset.y)
        here = found[0] if found is not None else 0
        for place in sorted(laid, key=lambda place: abs(place - here))[KEPT:]:
            self.column.entries[place].forget()

    def on_resize(self) -> None:
        """Lay out anew what is in view, with what was at the top still there."""
        if self._has_room():
            for entry in self.column.entries:
                entry.repaint()
            self.settle()
            self._wake()
            self.refresh()

    def notify_style_update(self) -> None:
        """The style sheet was applied; colours are looked up again if they are others."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self._restyle)

    def _restyle(self) -> None:
        if self.palette is None or (look := (self.app.theme, self.rich_style)) == self._look:
            return
        self.palette, self._look = Palette(self), look
        for entry in self.column.entries:
            entry.forget()  # heights stay, so nothing moves
        self.settle()
        self.refresh()

    # -- scrolling ----------------------------------------------------------------------------------------------------

    def scroll_to(self, x: float | None = None, y: float | None = None, **options: Any) -> None:
        """Scroll at once. What comes into view is laid out; a glide would lay out all that it passes."""
        super().scroll_to(x, y, **{**options, "animate": False})

    def scroll_end(self, **options: Any) -> None:  # noqa: ARG002 - it is always at once
        """Go to the end and stay there while text comes."""
        self.follow = True
        self.settle()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The reader scrolled, or the end moved."""
        super().watch_scroll_y(old_value, new_value)
        if not self._placing:
            self.follow = new_value >= self.max_scroll_y
            if self.follow:
                self.behind = False
            self.settle()

    def watch_behind(self) -> None:
        """The cue comes and goes."""
        if self.is_mounted and self.size:
            self.refresh(Region(0, self.size.height - 1, self.size.width, 1))

    # -- painting and selecting ---------------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines to be painted; unlike those that the mouse is looked up in, they carry no offsets."""
        self._painting = True
        try:
            return super().render_lines(crop)
        finally:
            self._painting = False

    def render_line(self, y: int) -> Strip:
        """One line of the view."""
        palette = self._ready()
        found = self.column.at(y + self.scroll_offset.y)
        width = self.size.width
        if found is None:
            return paint(None, None, 0, palette, width, self.text_width, chosen=False)
        place, index = found
        entry = self.column.entries[place]
        if entry.lines is None:
            self.lay_out(place)
        assert entry.lines is not None
        if index >= len(entry.lines):
            return paint(None, None, 0, palette, width, self.text_width, chosen=False)
        line = entry.lines[index]
        chosen = self.chosen(entry)
        number = place * STRIDE + line.block
        if not self._painting:
            return with_offsets(
                paint(line, entry, index, palette, width, self.text_width, chosen=chosen), line, number
            )
        strip = line.strip
        if strip is None or strip.cell_length != width:
            strip = line.strip = paint(line, entry, index, palette, width, self.text_width, chosen=chosen)
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(number)) is not None:
            style = self.screen.get_component_rich_style("screen--selection")
            strip = with_selection(strip, line, *span, style)
        if self.behind and y == self.size.height - 1:
            strip = with_cue(strip, palette)
        return strip

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The plain text of a selection: no gutter, wrapped lines joined."""
        first = selection.start.y // STRIDE if selection.start is not None else 0
        last = selection.end.y // STRIDE if selection.end is not None else len(self.column.entries) - 1
        for place in range(first, min(last, len(self.column.entries) - 1) + 1):
            self.lay_out(place)
        return self.column.extract(selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 - Textual's signature
        """The selection is drawn over the lines."""
        self.refresh()

    def hit(self, event: events.MouseEvent) -> tuple[int, int, int] | None:
        """What is under the pointer: entry, line within it, and offset in the text of the line's block."""
        at = event.get_content_offset(self)
        found = self.column.at(at.y + self.scroll_offset.y) if at is not None else None
        if at is None or found is None:
            return None
        lines = self.column.entries[found[0]].lines
        if lines is None or found[1] >= len(lines):
            return None
        return (*found, lines[found[1]].offset_at(at.x - GUTTER))
