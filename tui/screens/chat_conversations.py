"""The chat's conversations: beginning one, going on with another."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kotae.errors import KotaeError
from tui.screens.chat_layout import ChatLayout

if TYPE_CHECKING:
    from pathlib import Path

    from kotae.conversation import Turn

_log = logging.getLogger(__name__)


class ChatConversations(ChatLayout):
    """What keys and messages do with conversations."""

    def action_new(self) -> None:
        self.answering.stop()
        self.answering.left()
        self.session.new()
        self.show_welcome()
        self.prompt.focus()
        self.state_changed()

    async def action_resume(self) -> None:
        path = self.session.latest()
        if path is None:
            self.say(self.text.nothing_to_resume)
        else:
            await self.resume(path)

    async def resume(self, path: Path) -> None:
        """Shows the conversation in `path` and goes on with it; why it can't is said."""
        try:
            await self.session.resume(path)
        except KotaeError as error:
            (await self.show_feed()).note(str(error), "error")
            return
        except Exception as error:
            _log.exception("%s can't be resumed", path)
            self.unexpected(error)
            return
        self.answering.left()
        feed = await self.show_feed()
        turns = self.session.shown()
        feed.load(turns, self.session.in_history)
        self.prompt.remember(turn.question for turn in self.session.conversation.branch())
        self.say(self.text.resumed.format(when=_day(turns)), "✓", "$success")
        self.state_changed()


def _day(turns: list[Turn]) -> str:
    return turns[0].started[:10] if turns else "?"
