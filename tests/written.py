"""Transcripts as the recorder writes them, in one call each."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from kotae.conversation import Turn
from kotae.events import Delta, Finished
from kotae.transcripts.record import Recorder

if TYPE_CHECKING:
    from pathlib import Path


class Said(NamedTuple):
    """A turn to write."""

    question: str
    answer: str = "An answer."
    backend: str = "base"
    parent: str | None = ""
    """Id of the turn it continues; empty: the one before it."""


def write(
    folder: Path,
    name: str,
    *said: Said | str,
    title: str = "",
    pinned: bool = False,
    day: int = 1,
    head: str = "",
) -> Path:
    """Writes a transcript; its turns are t1, t2 and so on, asked on that day of January 2026."""
    before: str | None = None
    with closing(Recorder(folder, name, created=f"2026-01-{day:02}T09:00:00.000+00:00")) as recorder:
        for number, item in enumerate(said, 1):
            one = Said(item) if isinstance(item, str) else item
            turn = Turn(
                id=f"t{number}",
                question=one.question,
                backend=one.backend,
                parent=before if one.parent == "" else one.parent,
                started=f"2026-01-{day:02}T09:{number:02}:00.000+00:00",
                status="stop",
                total=1.0,
            )
            recorder.opened(turn)
            recorder.event(turn.id, Delta(one.answer), 0.2)
            recorder.event(turn.id, Finished("stop"), 1.0)
            recorder.closed(turn)
            before = turn.id
        if title:
            recorder.title(title)
        if pinned:
            recorder.pinned(pinned)
        if head:
            recorder.head(head)
    return recorder.path
