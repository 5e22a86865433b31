"""Key sequences that Textual's parser does not know."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS

if TYPE_CHECKING:
    from collections.abc import MutableMapping


class _Key(enum.StrEnum):
    ALT_ENTER = "alt+enter"


def know_alt_enter() -> None:
    """Makes ESC CR arrive as `alt+enter`: so Alt+Enter is sent by tmux and by terminals without the kitty protocol.

    Textual would read it as Enter, and a line break would send the question.
    """
    table = cast("MutableMapping[str, tuple[enum.Enum, ...]]", ANSI_SEQUENCES_KEYS)
    table.setdefault("\x1b\r", (_Key.ALT_ENTER,))
