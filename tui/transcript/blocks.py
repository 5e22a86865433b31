"""Blocks of Markdown as a flat list of leaves.

A leaf is what has text of its own: a paragraph, a heading, code, a table, a rule. What it is nested in (lists, quotes) is kept as
marks that are drawn in front of its lines. Every piece of text in a leaf can say where in the source it came from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tui.transcript import inline
from tui.transcript.inline import Inline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markdown_it.token import Token

Kind = Literal["paragraph", "heading", "code", "table", "rule"]

CODE_LINES = 16
"""Lines of code that are laid out together; a longer block is cut into parts of this many."""
TABLE_ROWS = 20
"""Rows by which a table's columns are measured; later rows are parts that follow them."""

_TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
_BULLETS = "•◦▪"


@dataclass(slots=True, eq=False)
class Mark:
    """What stands in front of the lines of a list item or quote: `first` on its first line, `rest` on the others."""

    first: str
    rest: str
    role: str


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Text of a leaf, and where its content lies in the source: pairs of content offset and source offset."""

    rich: Inline
    anchors: tuple[tuple[int, int], ...] = ()

    def text_range(self, start: int, end: int) -> tuple[int, int] | None:
        """The range of the text that shows any of the source's `start..end`; None when none does."""
        first = last = -1
        for index, (offset, source) in enumerate(self.anchors):
            after = self.anchors[index + 1][0] if index + 1 < len(self.anchors) else None
            a = offset + max(0, start - source)
            b = offset + end - source
            if after is not None:
                b = min(b, after)
            if a < b and (found := self.rich.text_range(a, b)) is not None:
                first = found[0] if first < 0 else first
                last = max(last, found[1])
        return (first, last) if first >= 0 else None

    def tail(self, start: int) -> Piece:
        """What is left from text offset `start` on."""
        return Piece(self.rich.tail(start), self.anchors)


@dataclass(slots=True, eq=False)
class Leaf:
    """One block with text of its own."""

    kind: Kind
    start: int
    """Offsets in the source."""
    end: int
    marks: tuple[Mark, ...] = ()
    fresh: int = 0
    """How many marks, counted from the innermost, show their `first`."""
    gap: bool = True
    """A blank line stands above it."""
    pieces: list[Piece] = field(default_factory=list)
    level: int = 0
    language: str = ""
    aligns: tuple[str, ...] = ()
    head: Leaf | None = None
    """The first part, when this is a later part of a table or of code."""
    before: Leaf | None = None
    """The part before this one, of code."""
    lexed: tuple[str, ...] = ()
    """The state of the lexer at the end of code, once that is coloured."""
    continues: bool = False
    """A long paragraph that goes on in the next leaf, which shares its last line."""


@dataclass(frozen=True, slots=True)
class Level:
    """A list item or a quote that goes on."""

    mark: Mark
    next_number: int | None = None
    """Of the item after this one, in an ordered list."""


@dataclass(slots=True)
class Context:
    """What a text that starts in the middle of something has to know."""

    path: tuple[Level, ...] = ()
    """The containers the text starts in, from the outermost. The parser sees them opened by lines put in front."""
    number: int | None = None
    """Of the first item, when the text starts with an item of an ordered list."""
    nested: bool = False
    """The text starts in a list or quote that began before it."""
    head: Leaf | None = None
    before: Leaf | None = None
    """The first part and the last one, when a table or code goes on."""
    joined: bool = False
    """When a paragraph goes on: the text starts with one character that is not part of it."""


@dataclass(slots=True)
class Reader:
    """Turns the block tokens of `text` into leaves; `offset` is where in the source `text` starts."""

    text: str
    offset: int
    references: Mapping[str, Any]
    context: Context = field(default_factory=Context)
    citations: bool = True
    """They are shown."""
    first: bool = True
    """Nothing stands above."""
    blank_above: bool = True
    """A blank line stands above, in the source."""

    lines: list[str] = field(init=False)
    starts: list[int] = field(init=False)
    leaves: list[Leaf] = field(init=False, default_factory=list)
    _marks: list[Mark] = field(init=False, default_factory=list)
    _entered: int = field(init=False, default=0)
    """How many containers have been opened."""
    _fresh: list[Mark] = field(init=False, default_factory=list)
    _lists: list[int | None] = field(init=False, default_factory=list)
    _top: int = field(init=False, default=0)
    """How many lists and quotes that stand in no other have been opened."""
    _last_top: int = field(init=False, default=-1)
    _row: list[Piece] = field(init=False, default_factory=list)
    _row_line: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.lines = self.text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def read(self, tokens: Sequence[Token]) -> list[Leaf]:
        """The leaves of `tokens`, in order."""
        block: Token | None = None
        for token in tokens:
            kind = token.type
            if kind in ("paragraph_open", "heading_open", "table_open"):
                block = token
                if kind == "table_open":
                    self._open_table(token)
            elif kind == "inline" and block is not None:
                if block.type == "table_open":
                    self._row.append(self._cell(token, len(self._row)))
                else:
                    self._text(token, block)
            elif kind == "tr_close":
                self._close_row()
            elif kind == "th_open":
                style = str(token.attrs.get("style", ""))
                self.leaves[-1].aligns += (style.removeprefix("text-align:"),)
            elif kind in ("fence", "code_block"):
                self._code(token)
            elif kind == "hr":
                self._leaf("rule", token)
            else:
                self._container(token)
        return self.leaves

    def open_levels(self) -> tuple[tuple[Level, ...], int | None]:
        """What is open where reading has stopped: the containers, and the number of the next item of the innermost list."""
        numbers = iter(self._lists)
        path = tuple(Level(mark, next(numbers) if mark.role == "marker" else None) for mark in self._marks)
        return path, next(numbers, None)

    def _container(self, token: Token) -> None:
        kind = token.type
        if token.level == 0 and token.nesting == 1:
            self._top += 1
        if kind == "bullet_list_open":
            self._lists.append(None)
        elif kind == "ordered_list_open":
            number = int(token.attrs.get("start", 1))
            if self.context.number is not None and self._entered == len(self.context.path) == len(
                self._marks
            ):
                number = self.context.number
            self._lists.append(number)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif kind in ("list_item_open", "blockquote_open") and self._entered < len(self.context.path):
            level = self.context.path[self._entered]
            if kind == "list_item_open":
                self._lists[-1] = level.next_number
            self._marks.append(level.mark)
            self._entered += 1
        elif kind == "list_item_open":
            number_now = self._lists[-1]
            if number_now is None:
                bullet = _BULLETS[min(sum(1 for n in self._lists if n is None), len(_BULLETS)) - 1]
                mark = Mark(f"{bullet} ", "  ", "marker")
            else:
                label = f"{number_now}. "
                mark = Mark(label, " " * len(label), "marker")
                self._lists[-1] = number_now + 1
            self._marks.append(mark)
            self._fresh.append(mark)
            self._entered += 1
        elif kind == "blockquote_open":
            self._marks.append(Mark("▎ ", "▎ ", "quote-bar"))
            self._entered += 1
        elif kind in ("list_item_close", "blockquote_close"):
            if self._marks[-1] in self._fresh:
                # An item without text still shows its mark.
                self._leaf("paragraph", token)
            self._marks.pop()

    def _leaf(self, kind: Kind, token: Token) -> Leaf:
        marks = tuple(self._marks)
        start_line, end_line = token.map or (len(self.lines) - 1, len(self.lines) - 1)
        fresh = 0
        for mark in reversed(marks):
            if mark not in self._fresh:
                break
            fresh += 1
        leaf = Leaf(
            kind,
            self._source(self.starts[start_line]),
            self._source(self.starts[end_line]),
            marks,
            fresh,
            self._gap(marks, start_line),
        )
        self._fresh.clear()
        self._last_top = self._top if marks else -1
        self.leaves.append(leaf)
        return leaf

    def _gap(self, marks: tuple[Mark, ...], line: int) -> bool:
        if not self.leaves:
            if self.first:
                return False
            return self.blank_above or not (self.context.nested and marks)
        # Blocks stand apart; within a list they do when the source has them so.
        if not marks or self._top != self._last_top:
            return True
        return line > 0 and not self.lines[line - 1].strip(" >\t")

    def _source(self, offset: int) -> int:
        return max(0, self.offset + offset)

    def _anchors(self, content: str, first_line: int) -> tuple[tuple[int, int], ...]:
        """Content is made of source lines less their indent and the marks in front of them: a suffix of each line."""
        anchors: list[tuple[int, int]] = []
        position = 0
        for index, piece in enumerate(content.split("\n")):
            line = self.lines[first_line + index] if first_line + index < len(self.lines) else ""
            kept, bare = line.rstrip(), piece.rstrip()
            blanks = 0
            if not kept.endswith(bare):  # a tab that reaches beyond the indent is blanks in the content
                blanks, bare = len(bare) - len(bare.lstrip()), bare.lstrip()
            if kept.endswith(bare):
                source = self.starts[first_line + index] + len(kept) - len(bare)
                anchors.append((position + blanks, self._source(source)))
            position += len(piece) + 1
        return tuple(anchors)

    def _text(self, token: Token, block: Token) -> None:
        content = token.content
        line = (token.map or [0, 0])[0]
        heading = block.type == "heading_open"
        anchors: tuple[tuple[int, int], ...]
        if heading and block.markup.startswith("#"):
            source = self.lines[line]
            at = source.find(content, source.find("#") + len(block.markup)) if content else -1
            anchors = ((0, self._source(self.starts[line] + at)),) if at >= 0 else ()
        else:
            anchors = self._anchors(content, line)
        drop = 0
        if self.context.joined and not self.leaves:
            drop = 1
        elif self._marks and self._marks[-1] in self._fresh and (task := _TASK.match(content)):
            drop = task.end()
            self._marks[-1].first = ("☐ " if task[1] == " " else "☑ ") + self._marks[-1].first[2:]
            self._marks[-1].rest = " " * len(self._marks[-1].first)
        if drop:
            content = content[drop:]
            anchors = tuple((max(0, at - drop), to + max(0, drop - at)) for at, to in anchors)
        leaf = self._leaf("heading" if heading else "paragraph", block)
        leaf.level = int(block.tag[1:]) if heading else 0
        leaf.pieces.append(Piece(inline.parse(content, self.references, citations=self.citations), anchors))
        if drop and self.context.joined:
            leaf.gap = False

    def _code(self, token: Token) -> None:
        first, last = token.map or (0, 0)
        content = token.content.removesuffix("\n")
        fenced = token.type == "fence"
        body = first + 1 if fenced else first
        lines = content.split("\n") if content or not fenced else []
        head = self.context.head if not self.leaves else None
        before = self.context.before if not self.leaves else None
        for index in range(0, max(1, len(lines)), CODE_LINES):
            part = lines[index : index + CODE_LINES]
            if head is not None and not part:
                break
            leaf = self._leaf("code", token)
            text = "\n".join(part)
            if head is not None:
                leaf.start = self._source(self.starts[min(last, body + index)])
            if index + CODE_LINES < len(lines):
                leaf.end = self._source(self.starts[body + index + CODE_LINES])
            leaf.language = token.info.split()[0] if token.info.strip() else ""
            leaf.pieces.append(Piece(inline.plain(text), self._anchors(text, body + index) if part else ()))
            leaf.gap = leaf.gap and head is None
            leaf.head, leaf.before = head, before
            head, before = head or leaf, leaf

    def _open_table(self, token: Token) -> None:
        head = self.context.head if not self.leaves else None
        leaf = self._leaf("table", token)
        self._row = []
        if head is not None:
            leaf.gap, leaf.head = False, head

    def _cell(self, token: Token, column: int) -> Piece:
        line = self._row_line = (token.map or [0, 0])[0]
        content = token.content
        anchors: tuple[tuple[int, int], ...] = ()
        cells = _cells(self.lines[line])
        if column < len(cells) and cells[column][1] == content:
            anchors = tuple((at, self._source(self.starts[line] + to)) for at, to in cells[column][0])
        return Piece(inline.parse(content, self.references, citations=self.citations), anchors)

    def _close_row(self) -> None:
        table = self.leaves[-1]
        columns = len(table.aligns)
        rows = len(table.pieces) // columns if columns else 0
        continued = table.head is not None
        if continued and rows == 0 and not table.pieces and table.level == 0:
            table.level = 1  # the head's own header row, repeated for the parser only
            table.start = self._source(self.starts[self._row_line + 2])
        elif rows > TABLE_ROWS or (continued and rows >= TABLE_ROWS):
            start = self._source(self.starts[self._row_line])
            part = Leaf("table", start, table.end, table.marks, gap=False, aligns=table.aligns, level=1)
            table.end = start
            part.head = table.head or table
            part.pieces.extend(self._row)
            self.leaves.append(part)
        else:
            table.pieces.extend(self._row)
        self._row = []


def _cells(line: str) -> list[tuple[list[tuple[int, int]], str]]:
    """The cells of a table row: anchors relative to the line, and the content; `\\|` stands for `|`."""
    start = len(line) - len(line.lstrip(" >\t"))
    end = len(line.rstrip())
    ranges: list[tuple[int, int]] = []
    at = start
    for match in re.finditer(r"\\.|\|", line[:end]):
        if match.start() >= start and match.group() == "|":
            ranges.append((at, match.start()))
            at = match.end()
    ranges.append((at, end))
    if ranges and ranges[0][0] == ranges[0][1]:
        ranges.pop(0)
    if ranges and ranges[-1][0] == ranges[-1][1]:
        ranges.pop()
    cells: list[tuple[list[tuple[int, int]], str]] = []
    for a, b in ranges:
        raw = line[a:b]
        a += len(raw) - len(raw.lstrip())
        raw = raw.strip()
        anchors = [(0, a)]
        content = ""
        at = 0
        for match in re.finditer(r"\\\|", raw):
            content += raw[at : match.start()]
            at = match.start() + 1
            anchors.append((len(content), a + at))
        cells.append((anchors, content + raw[at:]))
    return cells
