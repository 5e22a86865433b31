"""All conversations: listed, searched as one types, gone on with, named, pinned, deleted and taken back."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from kotae.errors import KotaeError
from kotae.transcripts import changes
from kotae.transcripts.library import FOUND
from tui.plain import one_line, short_line
from tui.widgets.conversation_rows import ConversationRows, Row
from tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import ComposeResult

    from kotae.transcripts.library import Library
    from tui.strings import Strings

_FIRST = 200
"""Conversations that are shown before anything is looked at."""
_LISTED_AGAIN = 1.0
"""Seconds after which what has been read so far is shown, while there is more to read."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A conversation to go on with, and the turn of it that was found."""

    path: Path
    turn: str = ""
    words: str = ""
    """What was searched for."""


class Keeper(Protocol):
    """The chat, as far as the list needs it. The methods that change something raise TranscriptError."""

    backends: list[str]

    def accent(self, backend: str) -> str: ...

    def rename_conversation(self, path: Path, title: str) -> None: ...

    def pin_conversation(self, path: Path, pinned: bool) -> None: ...

    def delete_conversation(self, path: Path) -> Path: ...


class ConversationsScreen(Screen[Chosen | None]):
    """Gives the conversation to go on with; None when it was closed."""

    CSS_PATH = "../styles/conversations.tcss"
    AUTO_FOCUS = "#words"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+f", "close", show=False, id="conversations"),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("ctrl+home", "ends(-1)", show=False, priority=True),
        Binding("ctrl+end", "ends(1)", show=False, priority=True),
        Binding("f2,alt+r", "rename", show=False, priority=True),
        Binding("f3,alt+p", "pin", show=False, priority=True),
        Binding("f8,alt+d", "delete", show=False, priority=True),
        Binding("alt+u", "undo", show=False, priority=True),
        Binding("tab,shift+tab", "stay", show=False, priority=True),
    ]

    class Reading(Message):
        """The index is being brought up to date."""

        def __init__(self, done: int, total: int) -> None:
            super().__init__()
            self.done = done
            self.total = total

    def __init__(self, library: Library, keeper: Keeper, text: Strings) -> None:
        super().__init__()
        text.keymap.follow(self)
        self._library = library
        self._keeper = keeper
        self._text = text.conversations
        self._strings = text
        self._reading: tuple[int, int] | None = (0, 0)
        """How far reading has come; None once it is over."""
        self._listed = 0.0
        self._deleted: list[tuple[Path, str]] = []
        """Where those are that were deleted here, and what they are called."""

    def compose(self) -> ComposeResult:
        text, key = self._text, self._strings.keymap.left
        yield Static(id="heading", markup=False)
        yield Input(placeholder=text.search, compact=True, id="words")
        yield ConversationRows(self._strings, self._keeper.accent, self._keeper.backends)
        yield KeyLine(
            (
                ("Enter", text.open, "open"),
                (key("f2", "alt+r"), text.rename, "rename"),
                (key("f3", "alt+p"), text.pin, "pin"),
                (key("f8", "alt+d"), text.delete, "delete"),
                ("Alt+U", text.undo, "undo"),
                ("Esc", text.close, "leave"),
            )
        )

    @property
    def _rows(self) -> ConversationRows:
        return self.query_one(ConversationRows)

    @property
    def _words(self) -> str:
        return self.query_one("#words", Input).value

    # -- what is shown ------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self._show_count()
        self.run_worker(self._open_list(), group="reading", exit_on_error=False)

    async def _open_list(self) -> None:
        """The first of what is known is shown at once: what has changed since may take a while."""
        await self._look_up("", _FIRST)
        await self._follow()

    def on_unmount(self) -> None:
        self._library.stop()

    async def _follow(self) -> None:
        """Brings the list up to date with the files, in a thread."""

        def told(done: int, total: int) -> None:
            self.post_message(self.Reading(done, total))

        try:
            await asyncio.to_thread(self._library.update, told)
        except KotaeError as error:
            self._complain(error)
        self._reading = None
        self._list()

    @on(Reading)
    def _told(self, event: Reading) -> None:
        if self._reading is None:
            return
        self._reading = (event.done, event.total)
        self._show_count()
        if event.done and time.monotonic() - self._listed > _LISTED_AGAIN:
            self._list()

    def _list(self) -> None:
        self._listed = time.monotonic()
        self.run_worker(self._look_up(self._words), group="looking up", exclusive=True, exit_on_error=False)

    async def _look_up(self, words: str, limit: int | None = None) -> None:
        try:
            rows = await asyncio.to_thread(self._rows_for, words, limit)
        except KotaeError as error:
            self._complain(error)
            rows = []
        if not self.is_attached or words != self._words:
            return
        text = self._text
        nothing = text.nothing_found.format(words=one_line(words)) if words.strip() else text.nothing_yet
        self._rows.show(rows, "" if self._reading is not None and not words.strip() else nothing)
        self._show_count()

    def _rows_for(self, words: str, limit: int | None) -> list[Row]:
        if not words.strip():
            return [Row(entry) for entry in self._library.entries(limit)]
        return [
            Row(found.entry, found.heading_marks, found.excerpt, found.where, found.turn)
            for found in self._library.search(words)
        ]

    def _show_count(self) -> None:
        text, count = self._text, len(self._rows.rows)
        if self._reading is not None and self._reading[1]:
            done, total = self._reading
            said = text.reading.format(done=f"{done:,}", total=f"{total:,}")
        elif self._reading is not None:
            said = ""
        elif not self._words.strip():
            said = text.shown.format(count=f"{count:,}") if count else ""
        elif count >= FOUND:
            said = text.found_first.format(count=f"{count:,}")
        else:
            said = text.found.format(count=f"{count:,}")
        heading = self.query_one("#heading", Static)
        title = Content.styled(text.heading, "bold $primary")
        room = heading.content_size.width - title.cell_length
        heading.update(Content.assemble(title, Content.styled(said, "$muted").pad_left(_gap(room, said))))

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_count)

    @on(Input.Changed, "#words")
    def _typed(self) -> None:
        self._rows.marked = 0
        self._list()

    def _complain(self, error: KotaeError) -> None:
        if self.is_attached:
            self.notify(one_line(self._strings.error(error)), severity="error", timeout=10, markup=False)

    # -- going through it ---------------------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        self._rows.move(step)

    def action_page(self, step: int) -> None:
        self._rows.move(step * self._rows.page)

    def action_ends(self, step: int) -> None:
        self._rows.move(step * len(self._rows.rows))

    def action_stay(self) -> None:
        """Tab would leave the search for nothing."""

    def action_leave(self) -> None:
        """Clears the search, then closes."""
        if self._words:
            self.query_one("#words", Input).value = ""
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted, "#words")
    @on(ConversationRows.Opened)
    def action_open(self) -> None:
        if (row := self._rows.row) is not None:
            self.dismiss(Chosen(row.entry.path, row.turn, self._words if row.turn else ""))

    @on(KeyLine.Clicked)
    async def _clicked(self, event: KeyLine.Clicked) -> None:
        await self.run_action(event.action)

    # -- changing -----------------------------------------------------------------------------------------------------

    def action_rename(self) -> None:
        if (row := self._rows.row) is None:
            return
        from tui.screens.rename import RenameScreen

        entry = row.entry

        def rename(title: str | None) -> None:
            if title is None:
                return
            clean = short_line(title)
            said = self._text.renamed.format(title=clean) if clean else self._text.title_removed
            self._change(lambda: self._keeper.rename_conversation(entry.path, title), said)

        self.app.push_screen(RenameScreen(entry.title, entry.question, self._strings), rename)

    def action_pin(self) -> None:
        if (row := self._rows.row) is not None:
            entry = row.entry
            said = self._text.unpinned if entry.pinned else self._text.pinned
            self._change(lambda: self._keeper.pin_conversation(entry.path, not entry.pinned), said)

    def action_delete(self) -> None:
        if (row := self._rows.row) is None:
            return
        from tui.screens.delete import DeleteScreen

        path, heading = row.entry.path, short_line(row.entry.heading)

        def delete(sure: bool | None) -> None:
            if sure:
                self._change(
                    lambda: self._deleted.append((self._keeper.delete_conversation(path), heading)),
                    self._text.deleted.format(title=heading),
                )

        self.app.push_screen(DeleteScreen(row.entry.heading, self._strings), delete)

    def action_undo(self) -> None:
        if not self._deleted:
            self.query_one(KeyLine).say(self._text.nothing_to_restore, "›")
            return
        path, heading = self._deleted[-1]

        def restore() -> None:
            changes.restore(path)
            self._deleted.pop()

        self._change(restore, self._text.restored.format(title=heading))

    def _change(self, change: Callable[[], object], said: str) -> None:
        """Makes a change, says so and shows it, or says why it can't be made."""
        try:
            change()
        except KotaeError as error:
            self._complain(error)
            return
        self.query_one(KeyLine).say(said)
        self.run_worker(self._follow(), group="reading", exit_on_error=False)


def _gap(room: int, said: str) -> int:
    """Blanks that bring words to the right end of a line."""
    return max(1, room - Content(said).cell_length)
