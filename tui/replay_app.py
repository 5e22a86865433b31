"""The program that plays a recorded conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import SystemCommand

from kotae.errors import KotaeError
from tui.app import KotaeApp
from tui.screens.replay import PLAYING, VIEWING, ReplayScreen
from tui.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from textual.driver import Driver
    from textual.screen import Screen

    from kotae.engine import Engine
    from kotae.language import Language
    from kotae.settings import Settings
    from kotae.transcripts.timeline import Moment


class ReplayApp(KotaeApp):
    """As the chat, with the recorded conversation in its place; the chat's own screen is never shown."""

    def __init__(
        self,
        settings: Settings,
        path: Path,
        moments: Sequence[Moment],
        *,
        speed: float = 1.0,
        lang: Language = "en",
        talk: Talk | None = None,
        now: Callable[[], float] | None = None,
        driver_class: type[Driver] | None = None,
    ) -> None:
        """
        Args:
            settings: name the theme and the backends' kinds, which their colours follow.
            path: the transcript; it is not written to.
            moments: its timeline.
            speed: how fast it is played at first.
            lang: language of the screen.
            talk: how to show it.
            now: the clock that it is played by; None: the machine's.
            driver_class: how the terminal is spoken to; None: as Textual chooses.
        """
        super().__init__(
            settings, load_engine=_nothing, transcripts=path.parent, lang=lang, driver_class=driver_class
        )
        clock = {} if now is None else {"now": now}
        self._replay = ReplayScreen(
            settings, path, moments, self._text, speed=speed, talk=talk or Talk(), **clock
        )

    def get_default_screen(self) -> Screen[None]:
        return self._replay

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002 - Textual's signature
        for name, (_, shown) in PLAYING.items():
            action = "app.quit" if name == "quit" else name
            yield SystemCommand(self._text.talk.replay[name][1], shown, self._runs(action))
        for viewing in VIEWING:
            keys = self._text.keymap.shown(viewing)
            yield SystemCommand(self._text.keys[viewing.name], keys, self._runs(viewing.name))
        yield SystemCommand(self._text.settings.labels["theme"], "", self.action_change_theme)

    def _runs(self, action: str) -> Callable[[], object]:
        async def run() -> None:
            await self._replay.run_action(action)

        return run

    async def action_quit(self) -> None:
        self.exit()


def _nothing(report: object) -> Engine:  # noqa: ARG001 - what loads engines takes it
    raise KotaeError("A recorded conversation asks nothing.")
