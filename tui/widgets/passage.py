"""One passage in the inspector; Enter or a click opens its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from tui.widgets.card import Card

if TYPE_CHECKING:
    from textual.content import Content

    from kotae.conversation import Passage


class PassageCard(Card):
    """A passage that can be opened."""

    DEFAULT_CSS = """
    PassageCard { max-height: 9; }
    """

    class Opened(Message):
        """The page of a passage is asked for."""

        def __init__(self, passage: Passage) -> None:
            super().__init__()
            self.passage = passage

    def __init__(self, passage: Passage, content: Content) -> None:
        super().__init__(content)
        self.passage = passage

    def action_open(self) -> None:
        self.post_message(self.Opened(self.passage))
