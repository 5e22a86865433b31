"""The command palette: everything there is to do, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import SystemCommand

from tui.actions import ACTIONS
from tui.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tui.screens.chat import ChatScreen


def palette(screen: ChatScreen) -> Iterator[SystemCommand]:
    """A command for each action, and one for each backend."""
    text = screen.text
    for action in ACTIONS:
        if action.palette:
            yield SystemCommand(text.keys[action.name], text.keymap.shown(action), _runs(screen, action.name))
    for place, name in enumerate(screen.backends):
        yield SystemCommand(
            text.ask_from_now.format(name=one_line(name)), "", _runs(screen, f"select_backend({place})")
        )


def _runs(screen: ChatScreen, action: str) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await screen.run_action(action)

    return run
