"""What a conversation is made of, as the transcript shows it: questions, answers and notes, each a run of lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tui.transcript.document import Document
from tui.transcript.flags import Summary, touching
from tui.transcript.layout import Frame, Laid, lay_out
from tui.transcript.lines import Line
from tui.transcript.safe_text import visible_lines
from tui.transcript.wrap import cells, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from kotae import Flag
    from tui.transcript.blocks import Leaf
    from tui.transcript.palette import Palette

NoteKind = Literal["info", "hint", "warning", "error"]

NOTE_GLYPHS = {"info": "·", "hint": "›", "warning": "!", "error": "✗"}
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


@dataclass(slots=True, eq=False)
class Block:
    """A stretch of an entry's lines with one text that can be selected."""

    text: str = ""
    label: str = ""
    apart: bool = True
    """A blank line stands above it when copied."""
    laid: Laid | None = None


@dataclass(eq=False)
class Entry:
    """One question, answer or note. `lines` is None until it is laid out; `height` is a guess until then."""

    key: str
    lines: list[Line] | None = field(default=None, init=False)
    blocks: list[Block] = field(default_factory=list, init=False)
    height: int = field(default=0, init=False)
    gutter: tuple[str, tuple[str, ...]] = field(default=("", ()), init=False)
    """Glyph and roles in front of the entry's first line of text."""

    def lay_out(self, palette: Palette, width: int) -> None:
        """Make `lines` and `blocks` for a text column of `width` cells."""
        raise NotImplementedError

    def source(self) -> str:
        """The text as it came."""
        raise NotImplementedError

    def guess(self, width: int) -> int:
        """About how many lines it takes, without reading it."""
        return 2 + sum(1 + len(line) // max(1, width) for line in self.source().split("\n"))

    def forget(self) -> None:
        """Let go of what can be made again; the height stays."""
        self.lines = None
        self.blocks = []

    def repaint(self) -> None:
        """What was painted no longer holds."""
        for line in self.lines or ():
            line.strip = None


@dataclass(eq=False)
class TextEntry(Entry):
    """A question or a note: plain text, shown as typed."""

    text: str
    kind: Literal["question", "info", "hint", "warning", "error"] = "question"
    mark: str = ""
    """Stands below the text, and is no part of it."""

    def source(self) -> str:
        return self.text

    def lay_out(self, palette: Palette, width: int) -> None:
        question = self.kind == "question"
        roles = ("question",) if question else (f"note-{self.kind}",)
        fill = roles if question else ()
        self.gutter = ("❯", ("question", "question-mark")) if question else (NOTE_GLYPHS[self.kind], roles)
        text = visible_lines(self.text).rstrip("\n")
        lines = [Line()]
        for start, end in wrap(text.replace("\t", " "), width):
            line = Line(fill)
            line.start, line.end = start, end
            line.add(text[start:end].replace("\t", " "), roles, palette, start)
            lines.append(line)
        self.blocks = [Block(text)]
        if self.mark:
            line = Line(fill)
            line.block = 1
            line.add(self.mark, (*roles, "footer"), palette)
            lines.append(line)
            self.blocks.append(Block(apart=False))
        self.lines, self.height = lines, len(lines)


@dataclass(eq=False)
class AnswerEntry(Entry):
    """An answer: its label, its Markdown, a status line while there is something to wait for, what was flagged, a footer.

    Without a label the text begins on the first line.
    """

    label: str
    accent: str
    text: list[str] = field(default_factory=list)
    flags: tuple[Flag, ...] = ()
    status: str = ""
    summary: Summary | None = None
    footer: str = ""
    finished: bool = False
    citations: bool = True
    """They are shown."""
    selected_flag: int | None = field(default=None, init=False)
    _document: Document | None = field(default=None, init=False)
    _pending: list[str] = field(default_factory=list, init=False)
    _laid: list[Laid] = field(default_factory=list, init=False)
    _closed: int = field(default=0, init=False)
    _closed_lines: int = field(default=0, init=False)

    @property
    def _head(self) -> int:
        """Lines above the text: none without a label."""
        return 2 if self.label else 0

    def source(self) -> str:
        if len(self.text) > 1:
            self.text = ["".join(self.text)]
        return self.text[0] if self.text else ""

    def append(self, delta: str) -> None:
        """Take in text; it is shown by the next `update`."""
        self.text.append(delta)
        if self._document is not None:
            self._pending.append(delta)

    def forget(self) -> None:
        super().forget()
        if self.finished:
            self._document = None
            self._pending = []
        self._laid = []

    def lay_out(self, palette: Palette, width: int) -> None:
        self._laid, self._closed = [], 0
        self.gutter = ("●", (self.accent,)) if self.label else (" ", ())
        self.lines = [Line() for _ in range(self._head)]
        if self.lines:
            self.lines[-1].add(visible_lines(self.label), ("label", self.accent), palette)
        self.blocks = [Block()]
        self._closed_lines = self._head
        self.update(palette, width)

    def update(self, palette: Palette, width: int) -> int:
        """Lay out what has come since; the first line that may have changed."""
        lines = self.lines
        if lines is None:
            return 0
        if self._document is None:
            self._document = Document(citations=self.citations)
            self._document.append(self.source())
            if self.finished:
                self._document.finish()
        elif self._pending:
            self._document.append("".join(self._pending))
        self._pending.clear()
        if self.finished and not self._document.finished:
            self._document.finish()
            if self._document.reread:
                return self._restart(palette, width)
        frame = Frame(width, palette, self.flags, self.selected_flag)
        first = self._closed_lines
        del lines[first:], self._laid[self._closed :], self.blocks[1 + self._closed :]
        document = self._document
        for leaf in document.closed[self._closed :]:
            self._add(leaf, frame)
        self._closed = len(document.closed)
        self._closed_lines = len(lines)
        for leaf in document.tail:
            self._add(leaf, frame)
        self._end(palette, width)
        self.height = len(lines)
        return first

    def _restart(self, palette: Palette, width: int) -> int:
        self.lay_out(palette, width)
        return 0

    def _add(self, leaf: Leaf, frame: Frame) -> None:
        assert self.lines is not None
        above = self._laid[-1] if self._laid else None
        laid = lay_out(
            leaf,
            frame,
            above.leaf.marks if above is not None else (),
            above.carry if above is not None else None,
        )
        if above is not None and above.carry is not None:
            laid.leaf.gap = False
        self._laid.append(laid)
        number = len(self.blocks)
        self.blocks.append(Block(laid.text, laid.label, leaf.gap, laid))
        for line in laid.lines:
            line.block = number
        self.lines += laid.lines

    def _end(self, palette: Palette, width: int) -> None:
        """The lines under the text. They belong to a block of their own, which holds no text."""
        assert self.lines is not None
        number = len(self.blocks)
        self.blocks.append(Block(apart=False))
        summary = self.summary.fitting(width) if self.summary is not None else ""
        for text, role, lead in (
            (self.status, "status", SPINNER[0] + " "),
            (summary, self.summary.role if self.summary is not None else "", ""),
            (self.footer, "footer", ""),
        ):
            if not text:
                continue
            text = visible_lines(text)
            for index, (start, end) in enumerate(wrap(text, width - cells(lead))):
                line = Line()
                line.block = number
                line.add((lead if index == 0 else " " * len(lead)), (self.accent,), palette)
                line.add(text[start:end], (role,), palette)
                self.lines.append(line)

    def status_line(self) -> int | None:
        """The line that holds the spinner; None when nothing waits."""
        if not self.status or self.lines is None:
            return None
        end = self.blocks[-1]
        return next((i for i, line in enumerate(self.lines) if self.blocks[line.block] is end), None)

    def set_flags(
        self, flags: tuple[Flag, ...], selected: int | None, palette: Palette, width: int
    ) -> int | None:
        """Take other flags; the first line that changed, None when none did."""
        before, chosen = self.flags, self.selected_flag
        self.flags, self.selected_flag = flags, selected
        if self.lines is None:
            return None
        changed = {*before} ^ {*flags}
        changed |= {before[chosen]} if chosen is not None and chosen < len(before) else set()
        changed |= {flags[selected]} if selected is not None else set()
        if not changed:
            return None
        order = sorted(changed, key=lambda flag: flag.start)
        # Flags are numbered: one that is gone renumbers those behind it.
        return self.lay_out_again(
            lambda laid: bool(laid.flagged or touching(order, laid.leaf)), palette, width
        )

    def lay_out_again(self, affected: Callable[[Laid], bool], palette: Palette, width: int) -> int | None:
        """Lay out the leaves that are `affected` by a change from outside; the first line that changed, None when none did."""
        if self.lines is None or not any(map(affected, self._laid)):
            return None
        if any(laid.leaf.continues or laid.leaf.head is not None for laid in self._laid):
            # Parts of one block depend on each other: a line that two share, the columns of a table.
            self.lay_out(palette, width)
            return 0
        frame = Frame(width, palette, self.flags, self.selected_flag)
        lines = self.lines[: self._head]
        closed = self._head
        for index, laid in enumerate(self._laid):
            if affected(laid):
                laid = lay_out(laid.leaf, frame, self._laid[index - 1].leaf.marks if index else ())
                for line in laid.lines:
                    line.block = 1 + index
                self._laid[index] = self.blocks[1 + index].laid = laid
            lines += laid.lines
            closed = len(lines) if index < self._closed else closed
        end = len(self.blocks) - 1
        lines += [line for line in self.lines if line.block == end]
        self.lines[:] = lines
        self._closed_lines, self.height = closed, len(lines)
        return self._head

    def flag_line(self, index: int) -> int | None:
        """The line on which flag `index` starts; None when it covers nothing that is shown."""
        for line_index, line in enumerate(self.lines or ()):
            laid = self.blocks[line.block].laid
            for flagged in laid.flagged if laid is not None else ():
                if (
                    flagged.index == index
                    and flagged.start <= line.end
                    and line.start <= flagged.start
                    and line.segments
                ):
                    return line_index
        return None
