"""Roles to terminal styles, for one theme.

A role is the name of a component class of the widget without its prefix. A run of text has any number of them, laid over
the widget's own style in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style
from textual.color import Color, ColorParseError

if TYPE_CHECKING:
    from textual.widget import Widget

PREFIX = "transcript--"


class Palette:
    """The styles of a widget as its theme has them now; made anew when the theme changes."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self.base = widget.rich_style
        self._overlays: dict[str, Style] = {}
        self._styles: dict[tuple[str, ...], Style] = {(): self.base}

    def style(self, roles: tuple[str, ...]) -> Style:
        """The style of text with these roles."""
        style = self._styles.get(roles)
        if style is None:
            style = self.base
            for role in roles:
                style += self._overlay(role)
            self._styles[roles] = style
        return style

    def _overlay(self, role: str) -> Style:
        overlay = self._overlays.get(role)
        if overlay is None:
            overlay = self._colour(role[1:]) if role.startswith("$") else self._component(PREFIX + role)
            self._overlays[role] = overlay
        return overlay

    def _component(self, name: str) -> Style:
        rules = self._widget.get_component_styles(name)
        # The full style has its colours blended over the background; the rules tell which of them are its own.
        full = self._widget.get_component_rich_style(name)
        return Style(
            color=full.color if rules.has_rule("color") else None,
            bgcolor=full.bgcolor if rules.has_rule("background") else None,
        ) + (rules.text_style if rules.has_rule("text_style") else Style.null())

    def _colour(self, variable: str) -> Style:
        """The colour of a theme variable; the plain text colour when the theme does not know it."""
        try:
            colour = Color.parse(self._widget.app.theme_variables[variable])
        except (KeyError, ColorParseError):
            return Style.null()
        return Style(color=colour.rich_color)
