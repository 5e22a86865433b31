"""The chat's conversations: beginning one, going on with another, naming and listing them; and the drafts that belong to each."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kotae.errors import KotaeError
from tui import draft
from tui.plain import one_line, short_line
from tui.screens.chat_tree import ChatTree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kotae.conversation import Turn
    from tui.screens.conversations import Chosen

_log = logging.getLogger(__name__)


class ChatConversations(ChatTree):
    """What keys and messages do with conversations."""

    def action_new(self) -> None:
        self.answering.stop()
        self._put_draft_away()
        self.answering.left()
        self.session.new()
        self._show_none()

    async def action_resume(self) -> None:
        path = self.session.latest()
        if path is None:
            self.say(self.text.nothing_to_resume)
        else:
            await self.resume(path)

    async def resume(self, path: Path, turn: str = "", words: str = "") -> None:
        """Shows the conversation in `path`, at a turn that holds `words`, and goes on with it; why it can't is said."""
        starting = (
            self.to_resume == path
        )  # then its draft stands in the prompt, and there is no other to put away
        if not starting:
            self._put_draft_away()
        self.to_resume = None
        try:
            await self.session.resume(path, turn)
        except KotaeError as error:
            (await self.show_feed()).refused(error)
            return
        except Exception as error:
            _log.exception("%s can't be resumed", path)
            self.unexpected(error)
            return
        self.answering.left()
        if not starting:
            self._take_draft_up()
        await self.show_feed()
        self.show_branch(turn, words)
        self.prompt.remember(turn.question for turn in self.session.conversation.branch())
        self.say(self.text.resumed.format(when=_day(self.session.shown())), "✓", "$success")
        self.state_changed()

    def _show_none(self) -> None:
        """Shows the empty conversation."""
        self._take_draft_up()
        self.show_welcome()
        self.prompt.focus()
        self.state_changed()

    # -- drafts -------------------------------------------------------------------------------------------------------

    def save_draft(self) -> None:
        """Writes down what is typed but not sent, and what waits to be sent."""
        self._save([self.answering.waiting, *self.typed()])

    def _save(self, texts: list[str]) -> None:
        place = draft.draft_file(self.draft_of())
        if place != self.draft_at:  # a conversation has begun: what was typed before it belongs to it now
            draft.save(self.draft_at, "")
            self.draft_at = place
        draft.save(place, "\n\n".join(filter(None, texts)))

    def _put_draft_away(self) -> None:
        """Before another conversation is shown."""
        self._save(self.typed())
        self._end_edit()

    def _take_draft_up(self) -> None:
        """Once another conversation is there."""
        place = draft.draft_file(self.draft_of())
        if place != self.draft_at:
            self.draft_at = place
            self.prompt.value = draft.load(place)

    # -- naming and pinning -------------------------------------------------------------------------------------------

    def slash_rename(self, title: str) -> None:
        """Names the conversation; without a title it is asked for."""
        if title:
            self._rename(title)
        else:
            self.action_rename()

    def action_rename(self) -> None:
        if self.session.path is None:
            self.say(self.text.conversations.ask_first)
            return
        from tui.screens.rename import RenameScreen

        conversation = self.session.conversation
        dialog = RenameScreen(conversation.title, next(iter(conversation.turns.values())).question, self.text)
        self.app.push_screen(dialog, lambda title: self._rename(title) if title is not None else None)

    def _rename(self, title: str) -> None:
        path, text = self.session.path, self.text.conversations
        if path is None:
            self.say(text.ask_first)
        elif self._done(lambda: self.session.rename(path, title)):
            title = short_line(self.session.conversation.title)
            self.say(text.renamed.format(title=title) if title else text.title_removed, "✓", "$success")
            self.state_changed()

    def action_pin(self) -> None:
        """Pins the conversation, or lets go of it."""
        path, text = self.session.path, self.text.conversations
        if path is None:
            self.say(text.ask_first)
            return
        pinned = not self.session.conversation.pinned
        if self._done(lambda: self.session.pin(path, pinned)):
            self.say(text.pinned if pinned else text.unpinned, "★" if pinned else "☆", "$success")

    def _done(self, change: Callable[[], object]) -> bool:
        """Whether a change could be made; why it could not is said."""
        try:
            change()
        except KotaeError as error:
            self.notify(one_line(self.text.error(error)), severity="error", timeout=10, markup=False)
            return False
        return True

    # -- the list -----------------------------------------------------------------------------------------------------

    def action_conversations(self) -> None:
        from kotae.transcripts.library import Library
        from tui.screens.conversations import ConversationsScreen

        screen = ConversationsScreen(Library(self.session.folder), self, self.text)
        self.app.push_screen(screen, self._chosen)

    async def _chosen(self, chosen: Chosen | None) -> None:
        if chosen is None:
            return
        if chosen.path != self.session.path:
            await self.resume(chosen.path, chosen.turn, chosen.words)
        elif chosen.turn:
            from kotae import tree

            conversation = self.session.conversation
            turn = conversation.turns.get(chosen.turn)
            if turn is not None and not self.taken():
                on_view = any(other.id == turn.id for other in tree.shown(conversation))
                trouble = "" if on_view else self.session.go_below(turn.id)
                self._show_turn(turn, trouble, chosen.words)

    def rename_conversation(self, path: Path, title: str) -> None:
        """Names a conversation of the list. Raises TranscriptError."""
        self.session.rename(path, title)
        self.state_changed()

    def pin_conversation(self, path: Path, pinned: bool) -> None:
        """Pins a conversation of the list, or lets go of it. Raises TranscriptError."""
        self.session.pin(path, pinned)

    def delete_conversation(self, path: Path) -> Path:
        """Moves a conversation of the list into the bin; where it is now. Raises TranscriptError."""
        on_view = path == self.session.path
        if on_view:
            self._put_draft_away()
        moved = self.session.delete(path)
        if on_view:
            self.answering.left()
            self._show_none()
        return moved


def _day(turns: list[Turn]) -> str:
    return turns[0].started[:10] if turns else "?"
