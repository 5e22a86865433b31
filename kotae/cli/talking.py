"""Options of the commands that show the screen: prepared questions, presentation, screenshots, and the terminal it needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from kotae.script import Step
    from kotae.settings import Settings
    from tui.talk import Talk

F = TypeVar("F", bound=Callable[..., Any])
_WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
record_option = click.option(
    "--record",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the transcripts.",
)


def screen_options(function: F) -> F:
    """`--theme --lang --present --screenshots`."""
    for option in reversed(
        (
            click.option("--theme", metavar="NAME", help="Colour theme."),
            click.option("--lang", type=click.Choice(["en", "ja"]), help="Language of the screen."),
            click.option("--present", is_flag=True, help="Start in presentation mode (F12)."),
            click.option(
                "--screenshots",
                metavar="DIR",
                type=click.Path(file_okay=False, path_type=Path),
                help="Folder for screenshots (Alt+S).",
            ),
        )
    ):
        function = option(function)
    return function


def talk(
    settings: Settings, *, script: Path | None = None, present: bool = False, screenshots: Path | None = None
) -> Talk:
    """What the options ask for.

    Raises:
        ScriptError: the file of questions can't be used.
    """
    from tui.talk import Talk

    steps: tuple[Step, ...] = ()
    if script is not None:
        from kotae.cli.installed import others_plugins_installed
        from kotae.script import read
        from tui.actions import ACTIONS

        known = None if others_plugins_installed() else list(settings.backends)
        steps = read(script, backends=known, commands=[action.slash for action in ACTIONS if action.slash])
    return Talk(steps, present, screenshots.expanduser().absolute() if screenshots else None)


def in_browser() -> bool:
    """Whether `kotae serve` runs this process for a page in a browser."""
    return os.environ.get("TEXTUAL_DRIVER") == _WEB_DRIVER


def needs_terminal(otherwise: str) -> None:
    """Raises a UsageError where there is no screen to draw on; `otherwise` says what to run then."""
    if not (in_browser() or (sys.stdin.isatty() and sys.stderr.isatty())):
        raise click.UsageError(otherwise)


def driver() -> Any:
    """How the screen speaks to what shows it; None: as Textual chooses."""
    if not in_browser():
        return None
    from tui.browser import BrowserDriver

    return BrowserDriver
