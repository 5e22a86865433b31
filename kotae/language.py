"""The language the program speaks, and the one it is spoken to in."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Literal

from kotae.errors import SettingsError

Language = Literal["en", "ja"]

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HAN_ALONE = r"[\u3400-\u9fff々〆\W\d_]*[\u3400-\u9fff][\u3400-\u9fff々〆\W\d_]*"
"""Compiled when it is first needed: that takes 3 ms, and every start would wait for it."""
_LONGEST_WITHOUT_KANA = 12
"""Characters that a Japanese question may have without any kana, such as `与信限度額`; a longer one is Chinese."""


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


def language_of(text: str) -> Language:
    """The language that an answer to `text` is given in: Japanese where `text` is, else English."""
    if _KANA.search(text):
        return "ja"
    text = text.strip()
    return "ja" if len(text) <= _LONGEST_WITHOUT_KANA and re.fullmatch(_HAN_ALONE, text) else "en"
