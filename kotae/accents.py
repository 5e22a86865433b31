"""One accent colour a backend, the same wherever the backend appears."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FIXED = {"base": 1, "rag": 2, "finetuned": 3, "quote": 4}
ON_DARK = ("#86aef0", "#7cc89b", "#e0a45e", "#c79be0", "#5fc4cf", "#e08c9a")
ON_LIGHT = ("#2456a8", "#14704a", "#945200", "#76399a", "#086b78", "#a8324c")
"""The colours of the variables `backend-1` to `backend-6`, readable on a dark and on a light ground."""
COUNT = len(ON_DARK)


def accents(backends: Iterable[str], kinds: Mapping[str, str]) -> dict[str, str]:
    """The theme variable (without `$`) of each backend.

    A backend has its kind's colour when it is the first of that kind; the others take the colours that are left, in order, and
    then all colours over again.
    """
    chosen: dict[str, str] = {}
    taken: set[int] = set()
    names = list(backends)
    for name in names:
        place = _FIXED.get(kinds.get(name, name))
        if place is not None and place not in taken:
            taken.add(place)
            chosen[name] = f"backend-{place}"
    left = [place for place in range(1, COUNT + 1) if place not in taken] or list(range(1, COUNT + 1))
    others = [name for name in names if name not in chosen]
    for order, name in enumerate(others):
        chosen[name] = f"backend-{left[order % len(left)]}"
    return {name: chosen[name] for name in names}
