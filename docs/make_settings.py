"""Writes docs/settings.md from the docstrings in kotae/settings.py, so that it can't drift from the code."""

from __future__ import annotations

import ast
from pathlib import Path

from tui.actions import ACTIONS
from tui.strings.en import TEXTS

ROOT = Path(__file__).resolve().parent.parent
INTRO = """\
# Settings

One TOML file, `settings.toml`, in the platform's configuration folder (`~/.config/kotae` on Linux); `kotae doctor` says where.
The command line beats the environment, the environment beats the file, the file beats the defaults. Every key can be set in the
environment: `KOTAE_CHAT__LANG=ja` is `lang` in `[chat]`, `KOTAE_BACKENDS__BASE__MODEL=m` is `model` in `[backends.base]`.

A key that Kotae does not know, or a value of the wrong type, is an error that names its place. API keys are never settings: a
backend's `api_key_env` names the environment variable that holds one. No `.env` file is read.

This page is made from the code by `python docs/make_settings.py`.
"""
KEYS = """
## `[keys]`

The screen's keys: an action, and a key or a list of keys; an empty list takes the action its keys.

```toml
[keys]
retry = "f11"
next_flag = ["f8", "alt+j"]
query = []
```

A key is a letter, sign or named key (`f1` to `f24`, `enter`, `escape`, `tab`, `pageup`, `pagedown`, `home`, `end`, `insert`,
`up`, `down`, `left`, `right`) with `ctrl+`, `alt+`, `shift+` or `super+` before it. What is typed with stays the prompt's,
so a plain letter can't be had; nor can keys that terminals send as another one (Ctrl+I is Tab), nor one key for two actions.
The n-th key of `select_backend` is for the n-th backend; of `scroll_page` and `scroll_ends` the first goes up, the second
down. Help, palette, bottom line and messages name the keys as they are. Which keys arrive depends on the terminal: Ctrl with
Shift, Super, and Ctrl with a digit or sign often don't.

| action | keys | |
| --- | --- | --- |
"""


def page(source: str) -> str:
    """The page for the source text of the settings module."""
    parts = [INTRO]
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef) or node.name in ("Section", "Settings"):
            continue
        title = (ast.get_docstring(node) or node.name).split("\n")[0]
        table, _, rest = title.partition(":")
        parts.append(
            f"\n## {table.strip()}\n\n{(rest.strip() or title).capitalize()}\n\n"
            if rest
            else f"\n## {title}\n\n"
        )
        parts.append("| key | default | |\n| --- | --- | --- |\n")
        parts.extend(_rows(node))
    return "".join(parts) + _keys()


def _keys() -> str:
    """The actions that can have keys, and those that they come with."""
    parts = [KEYS]
    for action in ACTIONS:
        if action.keys or action.palette:
            keys = ", ".join(f"`{key}`" for key in action.keys.split(",") if key)
            parts.append(f"| `{action.name}` | {keys or 'none'} | {TEXTS.keys[action.name]} |\n")
    return "".join(parts)


def _rows(node: ast.ClassDef) -> list[str]:
    rows = []
    for place, item in enumerate(node.body):
        if not isinstance(item, ast.AnnAssign) or not isinstance(item.target, ast.Name):
            continue
        following = node.body[place + 1] if place + 1 < len(node.body) else None
        text = ""
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            text = " ".join(str(following.value.value).split())
        default = ast.unparse(item.value) if item.value is not None else ""
        default = {"None": "not set", "''": "empty", "()": "none", "True": "true"}.get(
            default, default.replace("'", '"')
        )
        if "field(" in default:
            default = "empty"
        rows.append(f"| `{item.target.id}` | {default} | {text} |\n")
    return rows


def main() -> None:
    source = (ROOT / "kotae" / "settings.py").read_text(encoding="utf-8")
    (ROOT / "docs" / "settings.md").write_text(page(source), encoding="utf-8")


if __name__ == "__main__":
    main()
