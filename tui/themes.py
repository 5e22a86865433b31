"""Kotae's own two themes, and the colours of backends in all the others."""

from __future__ import annotations

from textual.color import Color
from textual.theme import Theme

from kotae.accents import ON_DARK, ON_LIGHT

DARK = "kotae-dark"
LIGHT = "kotae-light"


def backend_colours(*, dark: bool) -> dict[str, str]:
    """The theme variables `backend-1` to `backend-6`."""
    return {f"backend-{place}": colour for place, colour in enumerate(ON_DARK if dark else ON_LIGHT, 1)}


def greys(theme: Theme) -> dict[str, str]:
    """The theme variables `muted` and `faint`: the text colour, on its way to the background.

    Textual's own `text-muted` is a share of whatever lies behind; styles within content can't say that.
    """
    colours = theme.to_color_system().generate()
    behind, text = Color.parse(colours["background"]), Color.parse(colours["foreground"])
    if theme.ansi:  # no shades there: the terminal's own colours are all there is
        return {"muted": colours["foreground"], "faint": colours["foreground"]}
    return {"muted": behind.blend(text, 0.68).hex, "faint": behind.blend(text, 0.5).hex}


def own_themes() -> tuple[Theme, Theme]:
    """The dark one and the light one."""
    dark = Theme(
        name=DARK,
        primary="#86aef0",
        secondary="#7d8799",
        accent="#e0a45e",
        warning="#e3b664",
        error="#e57d84",
        success="#7cc89b",
        foreground="#d7dae1",
        background="#14171c",
        surface="#1a1e25",
        panel="#232831",
        dark=True,
        variables={
            **backend_colours(dark=True),
            "border": "#4a5364",
            "border-blurred": "#333a47",
            "input-selection-background": "#86aef0 30%",
            "scrollbar": "#333a47",
            "scrollbar-background": "#14171c",
        },
    )
    light = Theme(
        name=LIGHT,
        primary="#2456a8",
        secondary="#69707d",
        accent="#945200",
        warning="#8a5a00",
        error="#b3263a",
        success="#14704a",
        foreground="#23272e",
        background="#fbfaf7",
        surface="#f3f1ec",
        panel="#e8e5de",
        dark=False,
        variables={
            **backend_colours(dark=False),
            "border": "#a9a69d",
            "border-blurred": "#cfccc3",
            "input-selection-background": "#2456a8 25%",
            "scrollbar": "#cfccc3",
            "scrollbar-background": "#fbfaf7",
        },
    )
    return dark, light
