"""Commands of plugins, held to what a hook may do: one that raises or hangs switches its plugin off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from kotae.commands import Command
from kotae.conversation import Conversation

Call = Callable[[Callable[..., object], str, Conversation], Awaitable[str | None]]


def guarded(command: Command, call: Call) -> Command:
    """`command`, run by `call`, which never raises because of a plugin."""
    own = command.run

    async def run(argument: str, conversation: Conversation) -> str | None:
        return await call(own, argument, conversation)

    return replace(command, run=run)
