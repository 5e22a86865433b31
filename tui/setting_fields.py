"""What the settings screen offers, and how what is typed there is read. No screen in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kotae.settings import POSITIONS, QUOTE, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kotae.settings_file import Key
    from tui.strings import Strings

Kind = Literal["choice", "line", "lines"]
LONGEST = 100_000
"""Characters of one setting."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_URL = re.compile(r"https?://[^\s/]+\S*")


@dataclass(frozen=True, slots=True)
class Field:
    """One setting."""

    key: Key
    kind: Kind = "line"
    choices: tuple[tuple[str, str], ...] = ()
    """For a choice: what is shown, and the value."""
    restart: bool = False
    """Whether a change shows after a restart only."""

    @property
    def name(self) -> str:
        """The name of its label and help in `SettingsStrings`."""
        return self.key[-1]


def fields(settings: Settings, themes: Sequence[str], text: Strings) -> dict[str, list[Field]]:
    """The fields by heading: the empty one for the program, then one for each backend."""
    own = (text.settings.own_theme, "")
    languages = ((text.settings.locale, ""), ("English", "en"), ("日本語", "ja"))
    found = {
        "": [
            Field(("chat", "backend"), "choice", tuple((n, n) for n in settings.backends), restart=True),
            Field(("chat", "theme"), "choice", (own, *((name, name) for name in themes))),
            Field(("chat", "lang"), "choice", languages, restart=True),
            Field(("flags", "threshold")),
        ]
    }
    for name, table in settings.backends.items():
        found[name] = [Field(("backends", name, key), kind) for key, kind in _of_backend(table.kind)]
    return found


def _of_backend(kind: str) -> Iterator[tuple[str, Kind]]:
    if kind != QUOTE:
        yield from (("model", "line"), ("base_url", "line"), ("api_key_env", "line"))
        yield from (("system_prompt", "lines"), ("temperature", "line"), ("max_tokens", "line"))
    if kind in ("rag", QUOTE):
        yield "passages", "line"


def value(settings: Settings, key: Key) -> Any:
    """What a setting is now."""
    found: Any = settings
    for name in key:
        found = found[name] if isinstance(found, dict) else getattr(found, name)
    return found


def written(value: Any) -> str:
    """A value as the field shows it."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def parsed(field: Field, typed: str, text: Strings) -> tuple[Any, str]:
    """What was typed as a value, None for the default, and what is wrong with it, empty as a rule."""
    words = typed if field.kind == "lines" else typed.strip()
    said = text.settings
    if not words.strip():
        return None, ""
    if len(words) > LONGEST:
        return None, said.too_long.format(count=f"{LONGEST:,}")
    if field.name == "temperature":
        number = _number(words)
        return number, "" if number is not None and 0 <= number <= 2 else said.bad_temperature
    if field.name in ("max_tokens", "passages"):
        count = int(words) if words.isdecimal() and words.isascii() and len(words) < 10 else 0
        return count, "" if count > 0 else said.bad_count
    if field.name == "threshold":
        if words in POSITIONS:
            return words, ""
        number = _number(words)
        return number, "" if number is not None and 0 <= number <= 1 else said.bad_threshold
    if field.name == "api_key_env":
        return words, "" if _VARIABLE.fullmatch(words) else said.bad_variable
    if field.name == "base_url":
        return words, "" if words == "embedded" or _URL.fullmatch(words) else said.bad_url
    return words, ""


def _number(words: str) -> float | None:
    try:
        number = float(words)
    except ValueError:
        return None
    return number if number == number and abs(number) < 1e9 else None
