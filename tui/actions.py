"""Everything the user can do, once: the bindings, the help screen, the palette and the slash commands are made of this list."""

from __future__ import annotations

from typing import Literal

import msgspec

Group = Literal["ask", "answers", "conversation"]
BACKEND_KEYS = ("f2", "f3", "f4", "f5")
"""Keys that choose the first four backends."""


class Action(msgspec.Struct, frozen=True):
    """One thing to do."""

    name: str
    """The screen's action, and the name of its texts in `Strings`."""
    group: Group
    keys: str = ""
    """As `Binding` takes them; empty when the prompt or the palette handles it."""
    shown: str = ""
    """The keys as people read them."""
    slash: str = ""
    """The word behind the slash."""
    argument: str = ""
    """What follows the slash command; the screen has a method `slash_NAME` that takes it."""
    palette: bool = True
    priority: bool = True
    """Whether the key works whatever has the focus."""


ACTIONS = (
    Action("send", "ask", shown="Enter", palette=False),
    Action("newline", "ask", shown="Ctrl+J  Alt+Enter", palette=False),
    Action("recall", "ask", shown="↑ ↓", palette=False),
    Action("next_backend", "ask", "tab", "Tab", priority=False),
    Action("previous_backend", "ask", "shift+tab", "Shift+Tab", priority=False),
    Action("select_backend", "ask", shown="F2 – F5", palette=False),
    Action("backend", "ask", slash="backend", argument="NAME", palette=False),
    Action("stop", "ask", "escape", "Esc", slash="stop", priority=False),
    Action("retry", "ask", "ctrl+r", "Ctrl+R", slash="retry"),
    Action("next_question", "ask", "ctrl+g", "Ctrl+G", slash="next"),
    Action("previous_question", "ask", "alt+g", "Alt+G", slash="previous"),
    Action("inspector", "answers", "ctrl+o", "Ctrl+O"),
    Action("query", "answers", "ctrl+t", "Ctrl+T", slash="query"),
    Action("next_flag", "answers", "f8,alt+n", "F8  Alt+N"),
    Action("previous_flag", "answers", "f7,alt+p", "F7  Alt+P"),
    Action("confirm_flag", "answers", "f9,alt+y", "F9  Alt+Y"),
    Action("reject_flag", "answers", "f10,alt+x", "F10  Alt+X"),
    Action("next_answer", "answers", "ctrl+down", "Ctrl+↓"),
    Action("previous_answer", "answers", "ctrl+up", "Ctrl+↑"),
    Action("copy", "answers", "ctrl+y", "Ctrl+Y", slash="copy"),
    Action("scroll", "answers", shown="PgUp  PgDn", palette=False),
    Action("scroll_ends", "answers", shown="Ctrl+Home  Ctrl+End", palette=False),
    Action("new", "conversation", "ctrl+n", "Ctrl+N", slash="new"),
    Action("resume", "conversation", "ctrl+l", "Ctrl+L", slash="resume"),
    Action("present", "conversation", "f12,alt+w", "F12  Alt+W", slash="present"),
    Action("save_screenshot", "conversation", "alt+s", "Alt+S", slash="screenshot"),
    Action("next_pane", "conversation", "f6", "F6", palette=False),
    Action("palette", "conversation", shown="Ctrl+P", palette=False),
    Action("help", "conversation", "f1", "F1", slash="help"),
    Action("interrupt", "conversation", "ctrl+c", "Ctrl+C", palette=False),
    Action("quit", "conversation", shown="Ctrl+Q", slash="quit"),
)


class Slash(msgspec.Struct, frozen=True):
    """A slash command as it was typed."""

    name: str
    argument: str = ""


def parse_slash(text: str) -> Slash | None:
    """The command in `text`, known or not; None when the text is a question.

    A command is one line that starts with a slash and a word of letters: `/etc/hosts` is none.
    """
    line = text.rstrip()
    if "\n" in line or not line.startswith("/"):
        return None
    word, _, rest = line[1:].partition(" ")
    return Slash(word.lower(), rest.strip()) if word.isalpha() else None


def matching(text: str) -> list[Action]:
    """The slash commands that `text` may become; empty when it is none."""
    if not text.startswith("/") or "\n" in text:
        return []
    word = text[1:].partition(" ")[0].lower()
    exact = " " in text
    return [a for a in ACTIONS if a.slash and (a.slash == word if exact else a.slash.startswith(word))]
