"""A screen that stands still, as pictures and their comparison need it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from textual.widgets import Input, TextArea

from tui.screens.chat import ChatScreen
from tui.transcript.column_view import ColumnView

if TYPE_CHECKING:
    from textual.pilot import Pilot

_LOOKS = 4
_BETWEEN = 0.05
"""Seconds; a machine that is busy elsewhere may paint late, but it doesn't paint the same four times in between."""


async def stand_still(pilot: Pilot[Any], limit: float = 20.0) -> None:
    """Stops what moves, takes away what would go by itself, and waits until the screen is painted the same again.

    Transcripts are laid out whole: their scroll bars go by guesses for what was never on view, and what was on view before the
    screen had its size depends on how busy the machine is.
    """
    for screen in pilot.app.screen_stack:
        if isinstance(screen, ChatScreen):
            screen.be_quiet()
        for area in screen.query(TextArea):
            area.cursor_blink = False
            area.notify_style_update()  # lines painted while the cursor was in its dark phase are kept otherwise
            area.refresh()
        for field in screen.query(Input):
            field.cursor_blink = False
            field._cursor_visible = True
    end = time.monotonic() + limit
    painted, same = None, 0
    while same < _LOOKS:
        assert time.monotonic() < end, "the screen never stood still"
        await pilot.pause(_BETWEEN)
        for column in pilot.app.screen.query(ColumnView):
            _lay_out(column)
        before, painted = painted, pilot.app.screen._compositor.render_strips()
        same = same + 1 if painted == before else 0


def _lay_out(view: ColumnView) -> None:
    guesses = [place for place, entry in enumerate(view.column.entries) if entry.lines is None]
    if view.size.width and guesses:
        for place in guesses:
            view.lay_out(place)
        view.settle()
        view.refresh()
