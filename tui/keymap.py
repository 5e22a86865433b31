"""The keys as they are now: those that the actions come with, and what the settings' `[keys]` make of them."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingsMap

from kotae.errors import SettingsError
from tui.actions import ACTIONS, Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual.dom import DOMNode

MODIFIERS = ("ctrl", "alt", "shift", "super")
_NAMED = {
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "space": "Space",
    "backspace": "Backspace",
    "delete": "Del",
    "insert": "Ins",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}
_OTHER_NAMES = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "page_up": "pageup",
    "page_down": "pagedown",
    "del": "delete",
    "ins": "insert",
    "control": "ctrl",
    "meta": "alt",
    "option": "alt",
}
_SIGNS = {
    "slash": "/",
    "backslash": "\\",
    "comma": ",",
    "full_stop": ".",
    "minus": "-",
    "underscore": "_",
    "plus": "+",
    "equals_sign": "=",
    "semicolon": ";",
    "colon": ":",
    "apostrophe": "'",
    "quotation_mark": '"',
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "exclamation_mark": "!",
    "at": "@",
    "number_sign": "#",
    "grave_accent": "`",
    "circumflex_accent": "^",
    "tilde": "~",
    "less_than_sign": "<",
    "greater_than_sign": ">",
}
_BY_SIGN = {sign: name for name, sign in _SIGNS.items()}
_PROMPTS_OWN = frozenset(
    {"space", "backspace", "delete", "up", "down", "left", "right", "home", "end", "shift+enter", "enter"}
)
"""Keys without which nothing can be typed; Enter and Shift+Enter are to be had for sending and for breaking the line."""
_SAME = {
    "ctrl+i": "Tab",
    "ctrl+m": "Enter",
    "ctrl+[": "Esc",
    "ctrl+h": "Backspace",
    "alt+b": "Ctrl+←",
    "alt+f": "Ctrl+→",
    "alt+[": "the beginning of other keys",
    "alt+shift+o": "the beginning of other keys",
    **{f"alt+{sign}": "another character" for sign in "0123456789-="},
}
"""Keys that terminals send, or Textual reads, as another one, which they can't be told from."""
_NEVER = {"ctrl+c": "interrupt"}
"""Keys that stay with one action: without it a program that hangs could not be left."""
_PLACEHOLDER = re.compile(r"<(\w+)>")
Bound = dict[str, tuple[str, ...]]


class Keymap:
    """Which keys do what. `bound` gives the keys by action; an action without any has an empty tuple."""

    def __init__(self, bound: Mapping[str, Sequence[str]] = {}) -> None:
        """`bound` changes those of the actions that it names."""
        self.changed: Bound = {name: tuple(keys) for name, keys in bound.items()}

    @cached_property
    def bound(self) -> Bound:
        """All actions that have keys, with the keys."""
        return {**_defaults(), **self.changed}

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of an action."""
        return self.bound.get(name, ())

    def shown(self, action: Action) -> str:
        """All keys of an action as people read them; empty where there are none."""
        if action.shown and action.name not in self.changed:
            return action.shown
        return "  ".join(shown(key) for key in self.keys(action.name))

    def first(self, name: str) -> str:
        """The first key of an action as people read it; empty where there is none."""
        action = _BY_NAME.get(name)
        return self.shown(action).split("  ")[0] if action is not None else ""

    def left(self, *keys: str) -> str:
        """The first of a screen's own keys that what works everywhere has not taken, as people read it; empty: none is left."""
        taken = (*self.keys("quit"), *self.keys("palette"))
        return next((shown(key) for key in keys if key not in taken), "")

    def reach(self, name: str) -> str:
        """How an action is had: its key, else its command, else by way of the palette."""
        action = _BY_NAME.get(name)
        command = f"/{action.slash}" if action is not None and action.slash else ""
        return self.first(name) or command or self.first("palette") or "/help"

    def filled(self, words: str) -> str:
        """`words` with `<ACTION>` replaced by how that action is had."""
        return _PLACEHOLDER.sub(lambda found: self.reach(found[1]), words) if "<" in words else words

    def bind(self, node: DOMNode, first: Sequence[Binding] = ()) -> None:
        """Gives the chat's screen the keys of all its actions; `first` come before others that are on the same keys."""
        own = BindingsMap([*first, *self._bindings()]).key_to_bindings
        node._bindings = BindingsMap.from_keys({**node._bindings.key_to_bindings, **own})

    def _bindings(self) -> Iterator[Binding]:
        for action in ACTIONS:
            if action.elsewhere or action.name not in self.bound:
                continue
            keys = self.bound[action.name]
            if not action.places:
                for key in keys:
                    yield Binding(key, action.name, show=False, priority=_first_of_all(key, action))
            for place, key in zip(action.places, keys, strict=False):
                does = f"{action.name}({place})"
                yield Binding(key, does, show=False, priority=_first_of_all(key, action))

    def follow(self, node: DOMNode) -> None:
        """Has the bindings of `node` whose id is an action's name follow the settings.

        `NAME.0` is the id of a binding for the action's first key alone.

        `App.set_keymap` would not do: it can't take an action's last key away, and loses bindings when two actions swap keys.
        """
        if not self.changed:
            return
        kept: dict[str, list[Binding]] = {}
        moved: set[tuple[str, str]] = set()
        for key, binding in node._bindings:
            name, _, place = (binding.id or "").partition(".")
            if name not in self.changed:
                kept.setdefault(key, []).append(binding)
            elif (name, binding.action) not in moved:
                moved.add((name, binding.action))
                keys = self.changed[name]
                for new in keys[int(place) : int(place) + 1] if place else keys:
                    first = binding.priority or _first_of_all(new)
                    kept.setdefault(new, []).insert(0, replace(binding, key=new, priority=first))
        node._bindings.key_to_bindings = kept


def keymap(wanted: Mapping[str, str | Sequence[str]]) -> Keymap:
    """The keys that the settings' table `[keys]` leaves.

    Raises:
        SettingsError: no such action or key, one that can't be had, or one that two actions want.
    """
    changed = {name: _wanted(name, keys) for name, keys in wanted.items()}
    made = Keymap(changed)
    taken: dict[str, str] = {}
    for name, keys in sorted(made.bound.items(), key=lambda item: item[0] in changed):
        for key in keys:
            if taken.setdefault(key, name) != name:
                raise SettingsError(
                    f"Settings: `keys.{name}` and `keys.{taken[key]}` are both {key} (in the settings file or the environment).",
                    f"Give one of them another key, or none: {taken[key]} = [].",
                )
    if not made.keys("send"):
        raise SettingsError(
            "Settings: `keys.send` is empty, and no question could be sent.",
            'Set it to a key such as "enter".',
        )
    return made


def _wanted(name: str, keys: str | Sequence[str]) -> tuple[str, ...]:
    action = _BY_NAME.get(name)
    if action is None:
        raise SettingsError(
            f"Settings: `keys.{name}`: there is no action of that name.",
            f"Choose one of: {', '.join(sorted(_defaults()))}.",
        )
    if not _defaults().get(name) and not _can_have_one(action):
        raise SettingsError(f"Settings: `keys.{name}` can't be changed.", "Remove it from [keys].")
    given = [keys] if isinstance(keys, str) else list(keys)
    found = tuple(dict.fromkeys(_key(name, key) for key in given if key.strip()))
    if action.places and len(found) > len(action.places):
        raise SettingsError(
            f"Settings: `keys.{name}` has {len(found)} keys, and takes {len(action.places)} at most.",
            "Remove those at the end.",
        )
    return found


def _key(name: str, typed: str) -> str:
    """A key as Textual calls it.

    Raises:
        SettingsError: there is no such key, or it can't be had.
    """
    key = normalized(typed)
    if key is None:
        raise SettingsError(
            f"Settings: `keys.{name}`: there is no key {typed[:40]!r}.",
            'Write it like "ctrl+g", "alt+o", "f12" or "pageup"; several as a list.',
        )
    *modifiers, base = key.split("+")
    if (same := _SAME.get("+".join([*modifiers, _SIGNS.get(base, base)]))) is not None:
        raise SettingsError(
            f"Settings: `keys.{name}`: terminals send {key} as {same}.", "Choose another key."
        )
    if _NEVER.get(key, name) != name:
        raise SettingsError(
            f"Settings: `keys.{name}`: {key} copies what is selected, and twice quits.", "Choose another key."
        )
    types = not set(modifiers) - {"shift"} and base not in _NAMED
    if types or (key in _PROMPTS_OWN and not (key.endswith("enter") and name in ("send", "newline"))):
        raise SettingsError(
            f"Settings: `keys.{name}`: the prompt needs {key} for typing.",
            "Choose a key with Ctrl or Alt, or a function key.",
        )
    return key


def normalized(typed: str) -> str | None:
    """A key's name as Textual writes it; None when it is none."""
    words = typed.strip().lower()
    if words.endswith("++"):
        words = f"{words[:-1]}plus"
    elif words == "+":
        words = "plus"
    *modifiers, base = [_OTHER_NAMES.get(part, part) for part in words.replace(" ", "").split("+")]
    base = _BY_SIGN.get(base, base)
    known = base in _NAMED or base in _SIGNS or (len(base) == 1 and base.isascii() and base.isalnum())
    if not known or len(set(modifiers)) != len(modifiers) or not set(modifiers) <= set(MODIFIERS):
        return None
    # Textual's order: alt+ctrl+shift, as its parser sorts them.
    return "+".join([*sorted(modifiers), base])


def shown(key: str) -> str:
    """A key as people read it."""
    *modifiers, base = key.split("+")
    named = _NAMED.get(base) or _SIGNS.get(base) or base.upper()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), named])


def _first_of_all(key: str, action: Action | None = None) -> bool:
    """Whether a key works before the widget with the focus sees it.

    With Alt a letter still counts as typed, and would be. Tab, Esc and the like are left to the prompt, which completes words.
    """
    if action is not None and key in action.keys.split(","):
        return action.priority
    *modifiers, base = key.split("+")
    return bool(set(modifiers) - {"shift"}) or re.fullmatch(r"f\d+", base) is not None


def _can_have_one(action: Action) -> bool:
    """Whether an action without a key may be given one: commands can, what the prompt does by itself can't."""
    return action.palette


def _defaults() -> Bound:
    return {action.name: tuple(action.keys.split(",")) for action in ACTIONS if action.keys}


_BY_NAME = {action.name: action for action in ACTIONS}
DEFAULT = Keymap()
"""The keys when the settings change none."""
