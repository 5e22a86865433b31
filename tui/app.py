"""The terminal program."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType

from tui import themes
from tui.keymap import keymap
from tui.keys import know_alt_enter
from tui.plain import one_line
from tui.screens.chat import ChatScreen
from tui.session import Session
from tui.strings import strings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from textual.driver import Driver
    from textual.screen import Screen

    from kotae.language import Language
    from kotae.settings import Settings
    from kotae.settings_file import SettingsFile
    from kotae.verdicts import Verdicts
    from tui.loading import LoadEngine
    from tui.talk import Talk


class KotaeApp(App[None]):
    """A chat with every backend. What is slow to load is loaded after the first frame."""

    CSS_PATH = "styles/chat.tcss"
    TITLE = "Kotae"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", show=False, priority=True, id="quit"),
        Binding("ctrl+p", "command_palette", show=False, priority=True, id="palette"),
    ]

    def __init__(
        self,
        settings: Settings,
        *,
        load_engine: LoadEngine,
        transcripts: Path,
        backend: str = "",
        resume: Path | None = None,
        lang: Language = "en",
        settings_file: SettingsFile | None = None,
        talk: Talk | None = None,
        driver_class: type[Driver] | None = None,
    ) -> None:
        """
        Args:
            settings: names the backends' tabs before the engine is there.
            load_engine: makes the engine; called in a thread, with a function that takes reports of a line each.
            transcripts: folder for the transcripts.
            backend: the one that is chosen at start; empty: the first.
            resume: transcript of a conversation to go on with.
            lang: language of the screen.
            settings_file: where the settings screen writes; None: the default file.

        Raises:
            SettingsError: the settings bind keys that can't be bound.
            talk: prepared questions, and how to show it all.
            driver_class: how the terminal is spoken to; None: as Textual chooses.
        """
        super().__init__(driver_class=driver_class)
        know_alt_enter()
        keys = keymap(settings.keys)
        keys.follow(self)
        self._text = strings(lang, keys)
        self._closing_down = False
        for theme in themes.own_themes():
            self.register_theme(theme)
        wanted = settings.chat.theme or themes.DARK
        self._unknown_theme = "" if wanted in self.available_themes else wanted
        self.set_reactive(App.theme, themes.DARK if self._unknown_theme else wanted)
        self.stylesheet.set_variables(
            self.get_css_variables()
        )  # the watcher would read all style sheets twice
        self._chat = ChatScreen(
            settings,
            Session(transcripts, lambda: _verdicts(settings, lang)),
            self._text,
            backend=backend,
            load_engine=load_engine,
            resume=resume,
            talk=talk,
        )
        self._chat.settings_file = settings_file

    async def on_event(self, event: events.Event) -> None:
        # A letter with Alt is a key, in no field a letter.
        if isinstance(event, events.Key) and event.key.startswith("alt+"):
            event.character = None
        await super().on_event(event)

    async def on_app_focus(self) -> None:
        # Whoever comes back may have trained a model meanwhile, in another window.
        self._chat.run_worker(self._chat.look_again(), group="settings file", exit_on_error=False)

    def get_default_screen(self) -> Screen[None]:
        return self._chat

    def get_theme_variable_defaults(self) -> dict[str, str]:
        theme = self.current_theme
        return {**themes.backend_colours(dark=theme.dark), **themes.greys(theme)}

    def action_command_palette(self) -> None:
        """The palette, in the screen's language."""
        from textual.command import CommandPalette

        if self.use_command_palette and self.screen.id != "--command-palette":
            self.push_screen(CommandPalette(id="--command-palette", placeholder=self._text.find_command))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002 - Textual's signature
        from tui.commands import palette

        yield from palette(self._chat)

    def on_mount(self) -> None:
        if self._unknown_theme:
            self.notify(
                self._text.unknown_theme.format(name=one_line(self._unknown_theme)),
                severity="warning",
                markup=False,
            )

    async def on_unmount(self) -> None:
        # However the program ends: transcripts are closed, child processes end.
        if not self._closing_down:
            await self._chat.close_session()

    async def action_quit(self) -> None:
        """Ends the program, the child processes with it; a second call doesn't wait for them."""
        if not self._closing_down:
            self._closing_down = True
            await self._chat.close_down()
        self.exit()


def _verdicts(settings: Settings, lang: Language) -> Verdicts:
    from kotae import paths
    from kotae.verdicts import Verdicts, manual_name

    return Verdicts(paths.verdicts_file(), manual_name(settings, lang))
