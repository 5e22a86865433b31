"""How fast something long goes, and how long it will still take: worked out by whoever shows it, from `Progress` alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kotae.events import Progress

_MEMORY = 20.0
"""Seconds after which what was measured counts for a third."""
_SETTLED = 2.0
"""Seconds of a stage before anything is said of it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What can be said of a stage; both None while that is too early."""

    rate: float | None = None
    """How much is done in a second."""
    left: float | None = None
    """Seconds until it is over."""


class Pace:
    """Follows the progress of one stage after the other.

    The rate is that of the last half minute or so, older measurements fading, so that it neither jumps with every batch nor
    remembers a slow start for ever.
    """

    def __init__(self) -> None:
        self._stage = ""
        self._began = self._at = 0.0
        self._last = 0
        self._done = self._time = 0.0

    def told(self, progress: Progress, at: float) -> Estimate:
        """Take note of where a stage is at a time, in seconds of any clock that never goes back."""
        if progress.stage != self._stage or progress.done < self._last:
            self._stage, self._began, self._at, self._last = progress.stage, at, at, progress.done
            self._done = self._time = 0.0
            return Estimate()
        if progress.done > self._last and at > self._at:
            passed = at - self._at
            faded = math.exp(-passed / _MEMORY)
            self._done = self._done * faded + progress.done - self._last
            self._time = self._time * faded + passed
            self._at, self._last = at, progress.done
        if at - self._began < _SETTLED or not self._done or progress.done >= progress.total:
            return Estimate()
        rate = self._done / self._time
        return Estimate(rate, (progress.total - progress.done) / rate)


def rounded(seconds: float) -> tuple[int, int, int]:
    """Hours, minutes and seconds, no finer than an estimate deserves: seconds below a minute, whole minutes above."""
    if seconds < 57.5:
        return 0, 0, max(1, round(seconds)) if seconds < 10 else 5 * round(seconds / 5)
    minutes = max(1, round(seconds / 60))
    return minutes // 60, minutes % 60, 0
