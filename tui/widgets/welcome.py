"""What an empty conversation shows: the product, three questions to try, and the keys to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from tui.strings import Strings

MARK = "▸"


class Welcome(Widget):
    """Three sample questions, one of them marked; a click or the screen's Enter sends one."""

    marked: reactive[int] = reactive(0, init=False)
    resumable: reactive[str] = reactive("", init=False, layout=True)
    """The title or the first question of the conversation that can be resumed; empty when there is none."""

    class Picked(Message):
        """A sample question was clicked."""

        def __init__(self, question: str) -> None:
            super().__init__()
            self.question = question

    def __init__(self, text: Strings, keys: Sequence[tuple[str, str]]) -> None:
        """`keys` are shown below the questions: keys and what they do."""
        super().__init__(id="welcome")
        self._text = text
        self._keys = tuple(keys)
        self._rows_above = 0
        """Lines above the first question, as it was drawn last."""

    @property
    def question(self) -> str:
        """The question that is marked."""
        return self._text.samples[self.marked]

    def move(self, step: int) -> None:
        """Marks the next question, or the one before."""
        self.marked = (self.marked + step) % len(self._text.samples)

    def render(self) -> Content:
        text, width = self._text, self.content_size.width
        lines = [
            Content.assemble(("Kotae ", "bold $primary"), ("答え", "$primary")),
            *_wrapped(text.tagline, width),
            Content(""),
            Content.styled(text.samples_title, "bold"),
            Content(""),
        ]
        self._rows_above = len(lines)
        for place, sample in enumerate(text.samples):
            chosen = place == self.marked
            row = Content.assemble(
                (f"{MARK if chosen else ' '} ", "bold $primary"),
                (f"{place + 1}  ", "$muted"),
                (sample, "bold" if chosen else ""),
            )
            lines.append(row.truncate(width, ellipsis=True) if width else row)
        lines += [Content(""), *_wrapped(text.sample_hint, width, indent=2)]
        if self.resumable:
            question = one_line(self.resumable)
            row = Content.assemble(
                (f"  {text.keymap.reach('resume')}  ", "bold"),
                (f"{text.resume_hint} ", "$muted"),
                f"“{question}”",
            )
            lines += [Content(""), row.truncate(width, ellipsis=True) if width else row]
        lines.append(Content(""))
        lines += self._columns(width)
        return Content("\n").join(lines)

    def _columns(self, width: int) -> list[Content]:
        """The keys, in as many columns as there is room for."""
        cells = [
            Content.assemble((f"{keys}  ", "bold $muted"), (does, "$muted")) for keys, does in self._keys
        ]
        widest = max((cell.cell_length for cell in cells), default=0) + 3
        columns = max(1, (width - 2) // widest) if widest else 1
        rows = []
        for start in range(0, len(cells), columns):
            row = cells[start : start + columns]
            rows.append(Content.assemble("  ", *(cell.pad_right(widest - cell.cell_length) for cell in row)))
        return rows

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset_capture(self).y - self._rows_above
        if 0 <= place < len(self._text.samples):
            self.marked = place
            self.post_message(self.Picked(self._text.samples[place]))


def _wrapped(words: str, width: int, *, indent: int = 0) -> list[Content]:
    """Muted words in lines of at most `width` cells, in one while the width is not known."""
    whole = Content.styled(words, "$muted")
    lines = whole.wrap(max(8, width - indent)) if width else [whole]
    return [Content.assemble(" " * indent, line) for line in lines]
