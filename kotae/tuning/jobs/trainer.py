"""What trains a model, whatever it is: what it tells, and what can be asked of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, Protocol

from kotae.events import Progress
from kotae.tuning.jobs.record import Job, Metric, Said


@dataclass(frozen=True, slots=True)
class Changed:
    """Fields of the job are others now. What hangs on it that they are written down, such as the next request, comes after it."""

    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measured:
    """Losses, of one step or of several."""

    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How far it is, which is shown and not written down."""

    progress: Progress
    more: str = ""
    """What else there is to say."""
    left: float | None = None
    """Seconds to go, where whoever trains reckons them."""


@dataclass(frozen=True, slots=True)
class Away:
    """The service can't be reached; it goes on training, and is asked again."""

    why: str


JobEvent = Changed | Measured | Said | Pace | Away
"""What a trainer tells."""


class Trainer(Protocol):
    """Trains by a job."""

    survives: bool
    """Whether the training goes on when nobody follows it."""

    def events(self, job: Job) -> AsyncGenerator[JobEvent]:
        """Begins the job where it has not begun, goes on with it where it has, and tells of it until it has ended.

        Raises (while iterating):
            KotaeError: it can't be begun or followed.
        """
        ...

    async def cancel(self, job: Job) -> dict[str, Any]:
        """Ends the training; nothing half-made stays. What fields of the job are then.

        Raises:
            KotaeError: it can't be.
        """
        ...

    async def aclose(self) -> None:
        """Lets go of processes and connections."""
        ...
