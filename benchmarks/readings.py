"""What readers made of the claims of the sets, kept between the training of the reader and that of the trees."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from plugins.grounding.reader import Read, Reading

Key = tuple[str, str, int]
"""A claim: its set, the id of its answer, and where it begins there."""


def save(path: Path, found: Iterable[tuple[Key, Reading]]) -> None:
    """Writes them, a line a claim."""
    lines = (json.dumps([*key, round(reading.doubt, 3), reading.words]) for key, reading in found)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def load(path: Path) -> Callable[[Key], Read]:
    """Gives for each claim what reads it: whatever it is read beside, it is read as it was.

    Raises:
        KeyError: the claim was not among those saved.
    """
    found: dict[Key, Reading] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, id_, start, doubt, words = json.loads(line)
        found[name, id_, start] = Reading(doubt, tuple((a, b, odds) for a, b, odds in words))

    def reader(key: Key) -> Read:
        reading = found[key]
        return lambda claim, beside: reading  # noqa: ARG005

    return reader
