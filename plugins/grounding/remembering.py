"""Remembering results by how much text they were made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_SMALL = 20_000


def remembered(
    many: int, size: Callable[_Arguments, int]
) -> Callable[[Callable[_Arguments, _Result]], Callable[_Arguments, _Result]]:
    """An `lru_cache` of `many` results of small arguments, in characters by `size`, and of the last one of large ones.

    What is made of a text takes many times its room. A manual's passages are small, and come again with the next claim; a
    document as context can be a megabyte, and only its own claims are held against it.
    """

    def decorate(make: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
        small = lru_cache(maxsize=many)(make)
        large = lru_cache(maxsize=1)(make)

        @wraps(make)
        def made(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
            cached = small if size(*args, **kwargs) <= _SMALL else large
            return cached(*args, **kwargs)  # type: ignore[arg-type]  # an lru_cache takes what can be hashed

        return made

    return decorate
