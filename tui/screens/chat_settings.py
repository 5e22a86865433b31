"""The chat's settings: opening their screen, and going by what was saved there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kotae.errors import KotaeError
from tui import themes
from tui.plain import one_line
from tui.screens.chat_layout import ChatLayout

if TYPE_CHECKING:
    from pathlib import Path

    from kotae.settings import Settings
    from kotae.settings_file import SettingsFile


class ChatSettingsKeys(ChatLayout):
    """What keys do with settings."""

    settings_file: SettingsFile | None = None
    """Where they are written; None: the default file, with nothing that wins over it."""

    _seen: tuple[int, int] | None = None
    """What the file was like when it was last looked at; None: not yet."""

    def action_settings(self) -> None:
        from kotae.settings_file import SettingsFile
        from tui.screens.settings import SettingsScreen

        file = self.settings_file or SettingsFile()
        self.app.push_screen(SettingsScreen(self.settings, file, self.text, self.adopt))

    async def action_reload(self) -> None:
        """Reads the settings file again, and says what is new."""
        added = await self._read_again()
        if added is not None:
            texts = self.text.settings
            self.say(
                texts.reloaded.format(names=", ".join(map(one_line, added))) if added else texts.nothing_new
            )

    async def look_again(self) -> None:
        """As `action_reload`, for whoever comes back to the window: where the file is as it was, nothing is done or said."""
        path = (self.settings_file or await _default_file()).path
        known, self._seen = self._seen, await asyncio.to_thread(_state, path)
        if known is None or known == self._seen:
            return
        if added := await self._read_again():
            self.notify(
                self.text.settings.reloaded.format(names=", ".join(map(one_line, added))), markup=False
            )

    def remember_file(self) -> None:
        """From now on it is seen when the file changes."""

        async def remember() -> None:
            self._seen = await asyncio.to_thread(_state, (self.settings_file or await _default_file()).path)

        self.run_worker(remember(), group="settings file", exit_on_error=False)

    async def _read_again(self) -> list[str] | None:
        """Goes by the settings file as it is now; what backends are new. None: it can't be used, which has been said."""
        engine = self.session.engine
        file = self.settings_file or await _default_file()
        try:
            settings = await asyncio.to_thread(file.load)
        except KotaeError as error:
            self.notify(one_line(self.text.error(error)), severity="error", timeout=10, markup=False)
            return None
        added = await asyncio.to_thread(engine.add, settings) if engine is not None else []
        self.adopt(settings)
        if engine is not None and added:
            self.show_backends(list(engine.backends))
        return added

    def adopt(self, settings: Settings) -> None:
        """Goes by other settings from now on, as far as that goes without a restart."""
        wanted = settings.chat.theme or themes.DARK
        if settings.chat.theme != self.settings.chat.theme and wanted in self.app.available_themes:
            self.app.theme = wanted
        self.settings = settings
        if self.session.engine is not None:
            self.session.engine.adopt(settings)
        self.state_changed()


async def _default_file() -> SettingsFile:
    def made() -> SettingsFile:
        from kotae.settings_file import SettingsFile

        return SettingsFile()

    return await asyncio.to_thread(made)


def _state(path: Path) -> tuple[int, int]:
    """When a file was changed, and its size; zeros where there is none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
