"""The chat's settings: opening their screen, and going by what was saved there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui import themes
from tui.screens.chat_layout import ChatLayout

if TYPE_CHECKING:
    from kotae.settings import Settings
    from kotae.settings_file import SettingsFile


class ChatSettingsKeys(ChatLayout):
    """What keys do with settings."""

    settings_file: SettingsFile | None = None
    """Where they are written; None: the default file, with nothing that wins over it."""

    def action_settings(self) -> None:
        from kotae.settings_file import SettingsFile
        from tui.screens.settings import SettingsScreen

        file = self.settings_file or SettingsFile()
        self.app.push_screen(SettingsScreen(self.settings, file, self.text, self.adopt))

    def adopt(self, settings: Settings) -> None:
        """Goes by other settings from now on, as far as that goes without a restart."""
        wanted = settings.chat.theme or themes.DARK
        if settings.chat.theme != self.settings.chat.theme and wanted in self.app.available_themes:
            self.app.theme = wanted
        self.settings = settings
        if self.session.engine is not None:
            self.session.engine.adopt(settings)
        self.state_changed()
