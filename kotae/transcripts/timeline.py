"""A transcript as a film: what happened in a conversation, and when."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from kotae.conversation import Turn
from kotae.events import (
    Closed,
    Delta,
    Finished,
    Flagged,
    Opened,
    Prompted,
    Retrieved,
    Rewritten,
    TurnEvent,
    Used,
)
from kotae.transcripts.read import follow

PAUSE = 3.0
"""Seconds in which nothing happens, at most, unless the viewer wants it otherwise."""
_PIECE = 0.05
"""Seconds of answer that are shown at once: text is recorded twice a second, but came word by word."""
_SPREAD = 1.0
"""Seconds over which the text of one line came, at most."""
_LONGEST = 1e7
"""Seconds that a turn may claim to have taken."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of one turn."""

    at: float
    """Seconds from the beginning."""
    event: TurnEvent
    turn: Turn
    """The turn once that has happened; its answer is whole from `Finished` on."""
    line: int
    """Number of the recorded line it comes from; the pieces of one text have the same."""


@dataclass(slots=True)
class _Clock:
    """The times of one turn, which only ever go on."""

    began: float
    last: float
    finished: bool = False
    closed: bool = False


@dataclass(slots=True)
class _Reading:
    """The moments so far, in seconds from the first question."""

    moments: list[Moment] = field(default_factory=list)
    clocks: dict[str, _Clock] = field(default_factory=dict)
    origin: float | None = None
    asked: float = 0.0
    """When the last question was."""
    latest: float = 0.0

    def take(self, number: int, line: Mapping[str, Any], turn: Turn) -> None:
        kind = line.get("type")
        if kind == "turn":
            # The file was written in this order, whatever the clocks of its machines say.
            parent = self.clocks.get(turn.parent or "")
            began = max(
                self._absolute(line.get("at"), self.latest), self.asked, parent.last if parent else 0.0
            )
            self.asked = began
            self.clocks[turn.id] = _Clock(began, began)
            self._add(began, Opened(turn), turn, number)
            return
        clock = self.clocks[turn.id]
        at = max(clock.last, self._time(line.get("at"), clock))
        if kind == "delta":
            text = str(line.get("text", ""))
            since = clock.last
            for moment, piece in _spread(text, max(since, at - _SPREAD), at):
                self._add(moment, Delta(piece), turn, number)
        elif (event := _event(str(kind), turn)) is not None:
            self._add(at, event, turn, number)
            clock.finished = clock.finished or kind == "finished"
            clock.closed = clock.closed or kind == "closed"
        clock.last = at

    def end(self, number: int, turn: Turn) -> None:
        """Ends a turn whose end was never recorded."""
        clock = self.clocks[turn.id]
        if not clock.closed:
            if not clock.finished:
                self._add(clock.last, Finished("error", turn.error, turn.hint), turn, number)
            self._add(clock.last, Closed(turn), turn, number)

    def _add(self, at: float, event: TurnEvent, turn: Turn, line: int) -> None:
        self.moments.append(Moment(at, event, turn, line))
        self.latest = max(self.latest, at)

    def _time(self, at: object, clock: _Clock) -> float:
        """When a line was written: seconds after its question, or a date; where it doesn't say, as the line before."""
        if isinstance(at, int | float) and not isinstance(at, bool):
            return clock.began + at if math.isfinite(at) and 0 <= at <= _LONGEST else clock.last
        return self._absolute(at, clock.last)

    def _absolute(self, at: object, otherwise: float) -> float:
        try:
            seconds = datetime.fromisoformat(str(at)).timestamp()
        except (ValueError, OverflowError, OSError):
            return otherwise
        if self.origin is None:
            self.origin = seconds
        return max(0.0, seconds - self.origin)


def timeline(path: Path, *, pause: float | None = PAUSE) -> tuple[Moment, ...]:
    """The moments of the conversation in a transcript, in their order; the first is at 0.

    Turns that were answered at the same time run side by side, as they did. A time in which nothing happens lasts `pause`
    seconds at most; None: as long as it did. Lines that can't be used are passed over, as by `read`, and a turn without an end
    has one.

    Raises:
        TranscriptError: as `read`.
    """
    reading = _Reading()
    number, builder = 0, None
    for number, (line, building) in enumerate(follow(path)):
        builder = building
        turn = building.turn(line.get("turn"))
        if turn is not None and (turn.id in reading.clocks or line.get("type") == "turn"):
            reading.take(number, line, turn)
    if builder is not None:
        for turn in builder.conversation().turns.values():
            number += 1
            reading.end(number, turn)
    return tuple(_shortened(sorted(reading.moments, key=lambda moment: moment.at), pause))


def _shortened(moments: list[Moment], pause: float | None) -> Iterator[Moment]:
    at = last = moments[0].at if moments else 0.0
    shift = at
    for moment in moments:
        gap = moment.at - last
        if pause is not None and gap > pause:
            shift += gap - pause
        last = moment.at
        yield Moment(moment.at - shift, moment.event, moment.turn, moment.line)


def _spread(text: str, start: float, end: float) -> Iterator[tuple[float, str]]:
    """Pieces of `text` and when they came: the last one at `end`, the others evenly between."""
    count = max(1, min(len(text), round((end - start) / _PIECE)))
    for place in range(count):
        piece = text[len(text) * place // count : len(text) * (place + 1) // count]
        yield end - (end - start) * (count - 1 - place) / count, piece


def _event(kind: str, turn: Turn) -> TurnEvent | None:
    if kind == "rewritten" and turn.rewrite is not None:
        return Rewritten(turn.rewrite)
    if kind == "retrieved":
        return Retrieved(turn.passages)
    if kind == "prompted":
        return Prompted(turn.prompt)
    if kind == "usage" and turn.usage is not None:
        return Used(turn.usage)
    if kind in ("flags", "verdict"):
        return Flagged(turn.flags, turn.groundedness, "", turn.claims)
    if kind == "finished" and turn.status != "open":
        return Finished(turn.status, turn.error, turn.hint)
    if kind == "closed":
        return Closed(turn)
    return None
