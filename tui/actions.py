"""Everything the user can do, once: the bindings, the help screen, the palette and the slash commands are made of this list."""

from __future__ import annotations

from typing import Literal

import msgspec

Group = Literal["ask", "answers", "conversation"]


class Action(msgspec.Struct, frozen=True):
    """One thing to do."""

    name: str
    """The screen's action, and the name of its texts in `Strings`."""
    group: Group
    keys: str = ""
    """As `Binding` takes them, before the settings change them; empty where there is no key, or none to be changed."""
    shown: str = ""
    """The keys as people read them; empty: made of `keys`."""
    slash: str = ""
    """The word behind the slash."""
    argument: str = ""
    """What follows the slash command; the screen has a method `slash_NAME` that takes it."""
    palette: bool = True
    priority: bool = True
    """Whether the key works whatever has the focus."""
    places: tuple[int, ...] = ()
    """What the action takes, a number for each of its keys in turn; empty: all keys do the same."""
    elsewhere: bool = False
    """Whether something other than the chat's screen binds the keys: the prompt, or the program."""


ACTIONS = (
    Action("send", "ask", "enter", palette=False, elsewhere=True),
    Action(
        "newline", "ask", "ctrl+j,alt+enter,shift+enter", "Ctrl+J  Alt+Enter", palette=False, elsewhere=True
    ),
    Action("recall", "ask", shown="↑ ↓", palette=False),
    Action("next_backend", "ask", "tab", "Tab", priority=False),
    Action("previous_backend", "ask", "shift+tab", "Shift+Tab", priority=False),
    Action("select_backend", "ask", "f2,f3,f4,f5", "F2 – F5", palette=False, places=tuple(range(9))),
    Action("backend", "ask", slash="backend", argument="NAME", palette=False),
    Action("stop", "ask", "escape", "Esc", slash="stop", priority=False),
    Action("edit_prompt", "ask", "alt+v", slash="editor"),
    Action("retry", "ask", "ctrl+r", "Ctrl+R", slash="retry"),
    Action("next_question", "ask", "alt+g,f11", slash="next"),
    Action("previous_question", "ask", "alt+shift+g", slash="previous"),
    Action("edit", "ask", "alt+e", "Alt+E", slash="edit"),
    Action("compare", "ask", "ctrl+g", "Ctrl+G", slash="compare", argument="BACKENDS", priority=False),
    Action("column", "ask", shown="Tab  ← →", palette=False),
    Action("pick", "ask", shown="1 – 9  Enter  =  0", palette=False),
    Action("vote", "ask", slash="vote"),
    Action("blind", "ask", slash="blind"),
    Action("inspector", "answers", "ctrl+o", "Ctrl+O"),
    Action("query", "answers", "ctrl+t", "Ctrl+T", slash="query"),
    Action("next_flag", "answers", "f8,alt+n", "F8  Alt+N"),
    Action("previous_flag", "answers", "f7,alt+p", "F7  Alt+P"),
    Action("confirm_flag", "answers", "f9,alt+y", "F9  Alt+Y"),
    Action("reject_flag", "answers", "f10,alt+x", "F10  Alt+X"),
    Action("next_answer", "answers", "ctrl+down", "Ctrl+↓"),
    Action("previous_answer", "answers", "ctrl+up", "Ctrl+↑"),
    Action("continue_here", "answers", "alt+c", slash="continue"),
    Action("previous_sibling", "answers", "alt+left"),
    Action("next_sibling", "answers", "alt+right"),
    Action("followed", "answers", "alt+down"),
    Action("copy", "answers", "ctrl+y"),
    Action("copy_what", "answers", slash="copy", argument="WHAT", palette=False),
    Action("scroll_page", "answers", "pageup,pagedown", palette=False, priority=False, places=(-1, 1)),
    Action("scroll_ends", "answers", "ctrl+home,ctrl+end", palette=False, places=(-1, 1)),
    Action("copy_code", "answers", "alt+k"),
    Action("copy_exchange", "answers", "alt+m"),
    Action("open_answer", "answers", "alt+o", slash="open"),
    Action("case", "answers", "alt+t", slash="case"),
    Action("new", "conversation", "ctrl+n", "Ctrl+N", slash="new"),
    Action("resume", "conversation", "ctrl+l", "Ctrl+L", slash="resume"),
    Action("present", "conversation", "f12,alt+w", "F12  Alt+W", slash="present"),
    Action("save_screenshot", "conversation", "alt+s", "Alt+S", slash="screenshot"),
    Action("conversations", "conversation", "ctrl+f", slash="list"),
    Action("rename", "conversation", "alt+r", "Alt+R", slash="rename", argument="TITLE"),
    Action("pin", "conversation", slash="pin"),
    Action("next_pane", "conversation", "f6", "F6", palette=False),
    Action("palette", "conversation", "ctrl+p", palette=False, elsewhere=True),
    Action("settings", "conversation", "ctrl+s", slash="settings"),
    Action("reload", "conversation", slash="reload"),
    Action("theme", "conversation", slash="theme", argument="NAME", palette=False),
    Action("help", "conversation", "f1", "F1", slash="help"),
    Action("interrupt", "conversation", "ctrl+c", "Ctrl+C", palette=False),
    Action("quit", "conversation", "ctrl+q", slash="quit", elsewhere=True),
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
