"""The command palette: everything there is to do, by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand

from tui.actions import ACTIONS
from tui.keymap import shown
from tui.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tui.screens.chat import ChatScreen


def palette(screen: ChatScreen) -> Iterator[SystemCommand]:
    """A command for each action with its keys, then for what can be chosen by name; themes come up when they are looked for."""
    text = screen.text
    for action in ACTIONS:
        if action.palette:
            reach = text.keymap.shown(action) or (f"/{action.slash}" if action.slash else "")
            yield SystemCommand(text.keys[action.name], reach, _runs(screen, action.name))
    keys = [shown(key) for key in text.keymap.keys("select_backend")]
    for place, name in enumerate(screen.backends):
        key = keys[place] if place < len(keys) else f"/backend {one_line(name)}"
        yield SystemCommand(
            text.ask_from_now.format(name=one_line(name)), key, _runs(screen, f"select_backend({place})")
        )
    for command in screen.commands:
        if command.plugin is not None:
            yield SystemCommand(
                one_line(command.does), f"/{command.name}", partial(screen.run_plugin_command, command.plugin)
            )
    if screen.empty:
        for question in text.samples:
            title = text.commands.sample.format(question=question)
            yield SystemCommand(title, "", partial(screen.send, question))
    for theme in sorted(screen.app.available_themes):
        now = text.commands.theme_now if theme == screen.app.theme else ""
        title = text.commands.theme.format(name=theme)
        yield SystemCommand(title, now, partial(screen.slash_theme, theme), discover=False)


def _runs(screen: ChatScreen, action: str) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await screen.run_action(action)

    return run
