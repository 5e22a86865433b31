"""The language the program speaks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

from kotae.errors import SettingsError

Language = Literal["en", "ja"]


def screen_language(setting: str = "", environ: Mapping[str, str] | None = None) -> Language:
    """`setting` where it is given, else what the locale's environment variables say; English when in doubt.

    Raises:
        SettingsError: `setting` is a language that Kotae doesn't speak.
    """
    if setting:
        if setting not in ("en", "ja"):
            raise SettingsError(f"Kotae does not speak {setting!r}.", "Set lang to en or ja.")
        return "ja" if setting == "ja" else "en"
    environ = os.environ if environ is None else environ
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "ja" if environ[name].startswith("ja") else "en"
    return "en"
