"""Text from outside as the transcript shows it: see `kotae.plain.visible`, and how its replacements are found again."""

from __future__ import annotations

import re

from kotae.plain import OTHER, visible

__all__ = ["SHOWN", "visible", "visible_lines"]

SHOWN = re.compile(f"[\u2400-\u2421{OTHER}]+")
"""Finds the replacements, so that they can be told from the text by their style."""


def visible_lines(text: str) -> str:
    """As `visible`, with Windows and old Macintosh line ends taken for line feeds; offsets do not survive that."""
    return visible(text.replace("\r\n", "\n").replace("\r", "\n"))
