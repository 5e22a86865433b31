"""Commands that plugins add to the chat: slash commands, and entries of the palette."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kotae.conversation import Conversation

RunCommand = Callable[[str, Conversation], "str | Awaitable[str | None] | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing to do, by `/name` or from the palette."""

    name: str
    """The word behind the slash: lower-case letters."""
    help: str
    """What it does, in one line."""
    run: RunCommand
    """Takes what was typed behind the name, and the conversation on view. The text it gives is shown below that."""
    help_ja: str = ""
    """`help` in Japanese; empty: `help` serves."""
    argument: str = ""
    """What may follow the name, in capitals, such as `NAME`; empty: nothing does."""
