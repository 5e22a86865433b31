"""How the states of the program look in the status line, and which keys are offered in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae.errors import KotaeError
    from tui.answering import State
    from tui.strings import Strings

_GLYPHS: dict[State, tuple[str, str]] = {
    "loading": ("◌", "$warning"),
    "waiting": ("◌", "$warning"),
    "failed": ("✗", "$error"),
    "answering": ("▸", "$primary"),
    "checking": ("⚑", "$primary"),
    "ready": ("✓", "$success"),
}
_IDLE = ("next_backend", "compare", "inspector", "retry", "next_flag", "help", "palette", "quit")
_FLAGGED = ("next_flag", "confirm_flag", "reject_flag", "inspector", "help", "quit")
_SELECTED = ("edit", "continue_here", "next_sibling", "help", "retry", "inspector", "quit")
_COMPARING = ("inspector", "next_flag", "help", "quit")
_ANSWERING = ("stop", "inspector", "help", "quit")
_WELCOME = (
    "send",
    "newline",
    "next_backend",
    "compare",
    "retry",
    "inspector",
    "next_flag",
    "conversations",
    "palette",
    "help",
    "quit",
)


def status(state: State, text: Strings, backend: str, failure: KotaeError | None) -> tuple[str, str, str]:
    """Glyph, words and style of a state."""
    glyph, style = _GLYPHS[state]
    words = {
        "loading": text.loading,
        "waiting": text.loading_waits,
        "failed": f"{text.load_failed}: {text.told(failure.message) if failure else ''}",
        "answering": text.answering.format(backend=backend),
        "checking": text.checking,
        "ready": text.ready,
    }[state]
    return glyph, words, style


def hints(
    state: State, text: Strings, *, flagged: bool = False, selected: bool = False
) -> list[tuple[str, str]]:
    """Keys and what they do, the most useful first. `flagged` says that a flag is selected, `selected` an answer."""
    idle = _FLAGGED if flagged else _SELECTED if selected else _IDLE
    names = _ANSWERING if state in ("answering", "waiting") else idle
    return _keys(names, text)


def comparing(text: Strings, *, over: bool, flagged: bool) -> list[tuple[str, str]]:
    """The keys of answers side by side; `over` says that all have ended."""
    if flagged:
        return _keys(_FLAGGED, text)
    said = text.compare.hints
    keys = [("←→", said["column"])]
    if not over:
        keys.append((text.keymap.reach("stop"), said["stop"]))
    return keys + _keys(_COMPARING, text)


def welcome_keys(text: Strings) -> list[tuple[str, str]]:
    """The keys that an empty conversation shows, and what can be typed besides questions."""
    typed = [("/", text.commands.commands_short), ("@", text.commands.pages_short)]
    return [*_keys(_WELCOME, text), *typed]


def _keys(names: Sequence[str], text: Strings) -> list[tuple[str, str]]:
    """Those of the actions that have a key."""
    return [(key, text.short[name]) for name in names if (key := text.keymap.first(name))]
