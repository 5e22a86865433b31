"""Plays a timeline against a clock: what is due now, faster, slower, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kotae.events import Closed
from kotae.transcripts.timeline import Moment

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


class Player:
    """Hands out each moment once, when its time has come or when it is stepped to. Starts to play when it is made."""

    def __init__(
        self,
        moments: Sequence[Moment],
        clock: Callable[[], float],
        *,
        speed: float = 1.0,
        paused: bool = False,
    ) -> None:
        """
        Args:
            moments: in the order of their times.
            clock: gives seconds, from any beginning; never goes back.
            speed: how many recorded seconds pass in one of the clock's.
        """
        self._moments = moments
        self._clock = clock
        self._next = 0
        self._reached = 0.0
        self._since = clock()
        self._speed = speed
        self._paused = paused

    @property
    def speed(self) -> float:
        """How many recorded seconds pass in one of the clock's."""
        return self._speed

    @property
    def paused(self) -> bool:
        """Whether time stands still."""
        return self._paused

    @property
    def over(self) -> bool:
        """Whether everything was handed out."""
        return self._next >= len(self._moments)

    @property
    def length(self) -> float:
        """Seconds of the whole timeline."""
        return self._moments[-1].at if self._moments else 0.0

    @property
    def position(self) -> float:
        """Seconds from the beginning; stands still while paused and at the end."""
        passed = 0.0 if self._paused else (self._clock() - self._since) * self._speed
        return min(self._reached + passed, self.length)

    def due(self) -> list[Moment]:
        """The moments whose time has come, and which were not handed out before."""
        if self._paused or self.over:
            return []
        upto, now = self._next, self.position
        while upto < len(self._moments) and self._moments[upto].at <= now:
            upto += 1
        return self._take(upto)

    def toggle(self) -> None:
        """Pauses, or goes on."""
        self._stand(self.position)
        self._paused = not self._paused

    def faster(self, step: int = 1) -> None:
        """Takes the next higher of `SPEEDS`, or with `step` -1 the next lower one."""
        higher = [speed for speed in SPEEDS if (speed > self._speed if step > 0 else speed < self._speed)]
        if higher:
            self._stand(self.position)
            self._speed = min(higher) if step > 0 else max(higher)

    def step(self) -> list[Moment]:
        """The moments up to the end of the next recorded line; time then stands still there."""
        if self.over:
            return []
        line = self._moments[self._next].line
        last = max(
            place for place in range(self._next, len(self._moments)) if self._moments[place].line == line
        )
        return self._jump(last + 1)

    def step_answer(self) -> list[Moment]:
        """The moments up to the next end of a turn; time goes on or stands still from there, as before."""
        paused = self._paused
        for place in range(self._next, len(self._moments)):
            if isinstance(self._moments[place].event, Closed):
                taken = self._jump(place + 1)
                break
        else:
            taken = self._jump(len(self._moments))
        self._paused = paused
        return taken

    def finish(self) -> list[Moment]:
        """All that is left."""
        taken = self._jump(len(self._moments))
        self._stand(self.length)
        return taken

    def restart(self) -> None:
        """Begins anew, as fast as before."""
        self._next = 0
        self._paused = False
        self._stand(0.0)

    def _jump(self, upto: int) -> list[Moment]:
        taken = self._take(upto)
        if taken:
            self._stand(max(self.position, taken[-1].at))
        self._paused = True
        return taken

    def _take(self, upto: int) -> list[Moment]:
        taken = list(self._moments[self._next : upto])
        self._next = max(self._next, upto)
        return taken

    def _stand(self, position: float) -> None:
        """Counts from `position` on, from now on."""
        self._reached, self._since = position, self._clock()
