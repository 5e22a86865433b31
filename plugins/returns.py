"""What a hook may give back. Anything else is a fault of the plugin that gave it, found while the plugin is still being called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from kotae.backend import Backend, Manual
from kotae.conversation import Flag, Rewrite

_T = TypeVar("_T")
LONGEST_QUERY = 100_000
"""Characters: as many as a question may have that was pasted, and a search can still bear."""


def anything(made: object) -> object:
    """For hooks whose results nobody looks at."""
    return made


def backends(made: Iterable[object]) -> list[Backend]:
    """The backends that `register_backends` gave.

    Raises:
        TypeError: it gave something else; the other functions raise the same.
    """
    checked = [_an(Backend, item) for item in made]  # type: ignore[type-abstract]
    for backend in checked:
        _an(str, backend.name)
    return checked


def retrievers(made: Mapping[str, object]) -> dict[str, Manual]:
    """The manuals that `register_retrievers` gave, by name."""
    return {_an(str, name): _an(Manual, manual) for name, manual in _an(dict, made).items()}  # type: ignore[type-abstract]


def flags(made: Iterable[object]) -> list[Flag]:
    """The flags that `flag_answer` gave."""
    return [_with_right_fields(Flag, _an(Flag, item)) for item in made]


def rewrite(made: object) -> Rewrite:
    """The query that `rewrite_query` gave.

    Raises:
        ValueError: there is nothing in it, or far more than anyone asks.
    """
    given = _with_right_fields(Rewrite, _an(Rewrite, made))
    if not given.query.strip():
        raise ValueError("gave an empty query")
    if len(given.query) > LONGEST_QUERY:
        raise ValueError(f"gave a query of {len(given.query):,} characters")
    return given


def _an(kind: type[_T], item: object) -> _T:
    if not isinstance(item, kind):
        raise TypeError(f"gave {type(item).__name__} where {kind.__name__} is wanted")
    return item


def _with_right_fields(kind: type[_T], item: _T) -> _T:
    """`item`, of whose fields a plugin may have made anything: dataclasses don't look."""
    import msgspec

    # Its ValidationError is a ValueError, and names the field.
    return msgspec.convert(msgspec.to_builtins(item), kind)
