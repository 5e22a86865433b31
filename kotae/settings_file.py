"""Writing the settings file: what the user wrote in it stays as it is, comments and layout too."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from kotae.errors import SettingsError
from kotae.settings import Settings, file_of, from_environment, read, settled

Key = tuple[str, ...]
"""Where a setting stands: its tables, then its name, such as `("backends", "rag", "model")`."""
Origin = Literal["default", "file", "environment", "option"]
LARGEST = 1 << 20
"""Bytes of a settings file that can be changed here; a larger one was not written by hand."""


class SettingsFile(msgspec.Struct, frozen=True):
    """A settings file, and what wins over it."""

    path: Path = msgspec.field(default_factory=file_of)
    overrides: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """From the command line, nested like the file."""
    environ: Mapping[str, str] = msgspec.field(default_factory=lambda: os.environ)

    def load(self) -> Settings:
        """The settings as they are now, with what wins over the file.

        Raises:
            SettingsError: the file can't be read, or what is in it would not do.
        """
        return settled(read(self.path), self.path, from_environment(self.environ), self.overrides)

    def origins(self) -> dict[Key, Origin]:
        """Where each setting comes from that is not a default.

        Raises:
            SettingsError: the file can't be read.
        """
        layers: tuple[tuple[Origin, Mapping[str, Any]], ...] = (
            ("file", read(self.path)),
            ("environment", from_environment(self.environ)),
            ("option", self.overrides),
        )
        return {key: origin for origin, tree in layers for key in _leaves(tree)}

    def save(self, changes: Mapping[Key, Any]) -> Settings:
        """Writes settings into the file, and takes those out of it that are None; what else stands there stays.

        Returns:
            The settings as they are now, with what wins over the file.

        Raises:
            SettingsError: they would not do, or the file can't be read or written; it is as it was then.
        """
        import tomllib  # slow to load, as is all that writes; the program starts without

        text = self._text()
        changed = _changed(text, changes, self.path)
        settings = settled(tomllib.loads(changed), self.path, from_environment(self.environ), self.overrides)
        if changed != text:
            _replace(self.path, changed)
        return settings

    def _text(self) -> str:
        try:
            with self.path.open("rb") as file:
                data = file.read(LARGEST + 1)
            if len(data) > LARGEST:
                raise SettingsError(
                    f"{self.path} is too large to be changed from here: more than {LARGEST >> 20} MiB.",
                    "Change it with an editor.",
                )
            return data.decode("utf-8-sig")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"{self.path} can't be read: {error}.", "Check its permissions and that it is UTF-8."
            ) from None


def _leaves(tree: Mapping[str, Any], above: Key = ()) -> dict[Key, Any]:
    found: dict[Key, Any] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            found |= _leaves(value, (*above, name))
        elif value is not None:
            found[(*above, name)] = value
    return found


def _changed(text: str, changes: Mapping[Key, Any], path: Path) -> str:
    """The file's text with `changes` made in it."""
    import tomllib

    from tomlkit.exceptions import TOMLKitError

    why: Exception = ValueError("it would not read as it should")
    try:
        wanted = tomllib.loads(text)
        for key, value in changes.items():
            _set(wanted, key, value)
    except (ValueError, TypeError, RecursionError) as error:
        raise _unchangeable(path, error) from None
    for inline in (False, True):  # which kind of new table goes with what is there, trying tells
        try:
            changed = _edited(text, changes, inline=inline)
            if _leaves(tomllib.loads(changed)) == _leaves(wanted):
                return changed
        except (TOMLKitError, ValueError, TypeError, RecursionError) as error:
            why = error
    raise _unchangeable(path, why)


def _unchangeable(path: Path, error: Exception) -> SettingsError:
    reason = " ".join(str(error).split())[:200]
    return SettingsError(f"{path} can't be changed from here: {reason}.", "Change it with an editor.")


def _set(tree: dict[str, Any], key: Key, value: Any) -> None:
    """Sets a value in plain data; None takes it out."""
    for name in key[:-1]:
        if value is None and name not in tree:
            return
        tree = tree.setdefault(name, {})
    if value is None:
        tree.pop(key[-1], None)
    else:
        tree[key[-1]] = value


def _edited(text: str, changes: Mapping[Key, Any], *, inline: bool) -> str:
    import tomlkit  # the one TOML library that keeps what is between the values; slow to load, and seldom needed

    document = tomlkit.parse(text)
    for key, value in changes.items():
        if value is None:
            _remove(document, key)
        else:
            _put(document, key, value, inline=inline)
    return document.as_string()


def _put(document: MutableMapping[str, Any], key: Key, value: Any, *, inline: bool) -> None:
    import tomlkit

    table = document
    for place, name in enumerate(key[:-1]):
        if name not in table:
            # `[backends.rag]` alone, without a `[backends]` above it
            above = place < len(key) - 2
            table[name] = tomlkit.inline_table() if inline else tomlkit.table(is_super_table=above)
        table = table[name]
    name = key[-1]
    if name in table and table[name] == value:
        return
    # A line feed right behind the opening quotes would be no part of the text.
    lines = isinstance(value, str) and "\n" in value and not value.startswith(("\n", "\r"))
    table[name] = tomlkit.string(value, multiline=True) if lines else value


def _remove(document: MutableMapping[str, Any], key: Key) -> None:
    import tomlkit
    from tomlkit.items import Table
    from tomlkit.toml_document import TOMLDocument

    table: Any = document
    for name in key[:-1]:
        if name not in table:
            return
        table = table[name]
    if key[-1] not in table:
        return
    trivia = getattr(table.item(key[-1]) if hasattr(table, "item") else None, "trivia", None)
    del table[key[-1]]
    words = trivia.comment.lstrip("# ") if trivia is not None else ""
    if words and isinstance(table, Table | TOMLDocument):
        table.add(tomlkit.comment(words))  # what the user wrote beside the value stays


def _replace(path: Path, text: str) -> None:
    """Puts the file in place at once; its permissions stay, and a link to it stays one."""
    import tempfile

    try:
        real = path.resolve()
        real.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=".settings-")  # created with mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileNotFoundError):
                Path(name).chmod(stat.S_IMODE(real.stat().st_mode))
            Path(name).replace(real)
        except OSError:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SettingsError(
            f"{path} can't be written: {reason}.", "Make room, or check its permissions."
        ) from None
