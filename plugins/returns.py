"""What a hook may give back. Anything else is a fault of the plugin that gave it, found while the plugin is still being called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from kotae.backend import Backend, Manual
from kotae.conversation import Flag, Rewrite
from kotae.evaluation.metrics import METRIC_NAME, Metric
from kotae.reading import PageText, Reader

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


def metrics(made: Iterable[object]) -> list[Metric]:
    """The metrics that `register_metrics` gave.

    Raises:
        ValueError: the name of one can't stand in a table or on a command line.
    """
    checked = [_an(Metric, item) for item in made]
    for metric in checked:
        if not isinstance(metric.name, str) or not METRIC_NAME.fullmatch(metric.name):
            raise ValueError(
                f"gave a metric named {metric.name!r} where letters, digits, `_` and `@` are wanted"
            )
    return checked


def readers(made: Iterable[object]) -> list[tuple[Reader, tuple[str, ...]]]:
    """The readers that `register_readers` gave, each with the suffixes it is for."""
    return [(reader, _suffixes(reader)) for reader in (_an(Reader, item) for item in made)]  # type: ignore[type-abstract]


def _suffixes(reader: Reader) -> tuple[str, ...]:
    if isinstance(reader.suffixes, str):
        raise TypeError("gave one str where a collection of suffixes is wanted")
    found = tuple(_an(str, suffix) for suffix in reader.suffixes)
    for suffix in found:
        if not suffix.startswith(".") or "." in suffix[1:] or suffix != suffix.lower() or len(suffix) < 2:
            raise ValueError(f"gave {suffix!r} where a suffix such as '.adoc' is wanted")
    return found


def page_text(made: object) -> PageText:
    """The page that a reader gave."""
    return _with_right_fields(PageText, _an(PageText, made))


def flags(made: Iterable[object]) -> list[Flag]:
    """The flags that `flag_answer` gave.

    Raises:
        ValueError: a score is none.
    """
    checked = [_with_right_fields(Flag, _an(Flag, item)) for item in made]
    for flag in checked:
        if not 0 <= flag.score <= 1:
            raise ValueError(f"gave a score of {flag.score:g} where one from 0 to 1 is wanted")
    return checked


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
