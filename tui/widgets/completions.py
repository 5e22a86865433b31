"""The list above the prompt: what the word that is typed may become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui.completion import Candidate, SlashCommand, Word, offered, told, word_at
from tui.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from tui.completion import Arguments
    from tui.strings import Strings

ROWS = 8
"""Candidates that are shown at once; the list scrolls."""
_MARK = "▸"
_LABEL = 26
"""Cells of the column of labels, at least."""


class Completions(Widget):
    """Hidden while there is nothing to complete. The prompt asks it what its keys mean; it has no focus of its own."""

    class Wanted(Message):
        """The pages whose names have `typed` in them are wanted; `show_pages` takes them."""

        def __init__(self, typed: str) -> None:
            super().__init__()
            self.typed = typed

    class Clicked(Message):
        """A candidate was clicked, and is marked."""

    def __init__(self, text: Strings, commands: Sequence[SlashCommand], arguments: Arguments) -> None:
        """`arguments` gives what may follow a command."""
        super().__init__(id="completions")
        self.commands = commands
        self._arguments = arguments
        self._text = text
        self._line = ("", True)
        self.word: Word | None = None
        self.candidates: list[Candidate] = []
        self._note = ""
        self._place = 0
        self._top = 0
        self.moved = False
        """Whether the user has moved the mark."""
        self.awaited = False
        """Whether Tab was pressed before the pages were there."""
        self.pending = False
        """Whether pages were asked for that are not there yet."""
        self.display = False

    @property
    def marked(self) -> Candidate | None:
        """The candidate that Tab takes."""
        return self.candidates[self._place] if self.candidates else None

    @property
    def open(self) -> bool:
        """Whether there is something to choose from."""
        return self.display and bool(self.candidates)

    def follow(self, before: str, *, first_line: bool) -> None:
        """`before` is the line up to the cursor now."""
        if (before, first_line) == self._line:
            return
        self._line = (before, first_line)
        word = word_at(before, first_line=first_line)
        asks = word is not None and word.kind == "page" and (self.word is None or self.word != word)
        stays = word is not None and self.word is not None and word.kind == self.word.kind == "page"
        self.word, self.awaited, self._note, self.pending = word, False, "", asks
        if word is None or word.kind != "page":
            self._show(offered(word, self.commands, self._arguments) if word is not None else [])
        elif not stays:
            self._show([])
        if word is not None and not self.candidates and (command := told(word, self.commands)) is not None:
            self._note = f"/{command.name} {command.argument}".rstrip() + f"  {command.does}"
            self._show([])
        if asks and word is not None:
            self.post_message(self.Wanted(word.typed))

    def show_pages(self, typed: str, pages: Sequence[Candidate], note: str = "") -> None:
        """The pages for what was typed, unless something else is typed by now; `note` says why there are none."""
        if self.word is not None and self.word.kind == "page" and self.word.typed == typed:
            self._note = note
            self._show(list(pages))

    def done(self, typed: str) -> bool:
        """The pages for what was typed have been shown, or never will be; whether Tab waits for them."""
        if self.word is None or self.word.typed != typed:
            return False
        awaited, self.awaited, self.pending = self.awaited, False, False
        return awaited and bool(self.candidates)

    def close(self, before: str = "", *, first_line: bool = True) -> None:
        """Shows nothing until something else than `before` is typed."""
        self._line, self.word, self._note = (before, first_line), None, ""
        self.awaited = self.pending = False
        self._show([])

    def move(self, step: int) -> None:
        """Marks the next candidate, or the one before."""
        self.moved = True
        self._mark((self._place + step) % len(self.candidates))

    def _mark(self, place: int) -> None:
        self._place = place
        self._top = min(max(self._top, place - ROWS + 1), place)
        self.refresh()

    def _show(self, candidates: list[Candidate]) -> None:
        self.candidates, self._place, self._top, self.moved = candidates, 0, 0, False
        rows = min(ROWS, len(candidates)) or bool(self._note)
        self.display = bool(rows)
        self.styles.height = rows + (len(candidates) > ROWS)
        self.refresh()

    def render(self) -> Content:
        width = self.content_size.width
        if not self.candidates:
            return Content.styled(f" {one_line(self._note)}", "$muted").truncate(width, ellipsis=True)
        shown = self.candidates[self._top : self._top + ROWS]
        label = min(max(_LABEL, *(cell_len(one_line(c.label)) for c in self.candidates)), max(8, width // 2))
        lines = [self._row(candidate, label, width) for candidate in shown]
        if len(self.candidates) > ROWS:
            counted = self._text.commands.counted.format(place=self._place + 1, count=len(self.candidates))
            lines.append(Content.styled(f"   {counted}", "$faint").truncate(width, ellipsis=True))
        return Content("\n").join(lines)

    def _row(self, candidate: Candidate, label: int, width: int) -> Content:
        marked = candidate is self.marked
        name = Content(one_line(candidate.label)).truncate(label, ellipsis=True)
        row = Content.assemble(
            (f" {_MARK if marked else ' '} ", "bold $primary"),
            name.stylize("bold" if marked else "$muted").pad_right(label - name.cell_length + 2),
            (one_line(candidate.does), "" if marked else "$faint"),
        )
        return row.truncate(width, ellipsis=True)

    def on_click(self, event: events.Click) -> None:
        place = self._top + event.get_content_offset_capture(self).y
        if place < len(self.candidates):
            self.moved = True
            self._mark(place)
            self.post_message(self.Clicked())
