"""Following a service's job, whoever began it, until it has ended."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from backends.tuning.curves import of_event, of_file
from backends.tuning.hosted_job import chosen, ended, going, heard, state, steps
from backends.tuning.hosted_service import GoneError, Pauses, Service, UnknownError
from kotae.errors import BackendError
from kotae.tuning.jobs.record import ENDED, Job, Metric, Said
from kotae.tuning.jobs.trainer import Away, Changed, JobEvent, Measured

_TRIES = 3
"""So often the last is asked for that a job which has ended leaves behind."""


async def follow(service: Service, job: Job, pauses: Pauses) -> AsyncGenerator[JobEvent]:
    """Yields what becomes of a job that the service has, until it has ended.

    Raises (while iterating):
        BackendError: the service refuses to tell, or has no such job.
    """
    news = _News(service, job)
    now, progress, tries = job.state, None, 0
    pauses.begin()
    while True:
        try:
            found = await service.job(job.remote)
        except GoneError as gone:
            yield Away(str(gone))
            await pauses.rest(gone.wait)
            continue
        except UnknownError as error:
            raise unknown(job, error) from None
        wait = 0.0
        before, now = now, state(found.status)
        if now != before and now not in ENDED:
            pauses.begin()
            yield Changed({"state": now, **chosen(job, found)})
        try:
            events = await news.events()
        except GoneError as gone:
            events, wait, tries = [], gone.wait, tries + 1
            if now in ENDED and tries < _TRIES:
                await pauses.rest(wait)
                continue
        for told in _told(events):
            yield told
        if now in ENDED:
            async for last in _last(service, job, found, pauses):
                yield last
            return
        if events:
            pauses.begin()
            yield Changed({"last_event": events[-1].id})
        progress = next(filter(None, map(steps, reversed(events))), progress)
        if now == "running" and (pace := going(found, progress)) is not None:
            yield pace
        await pauses.rest(wait)


def unknown(job: Job, error: BackendError) -> BackendError:
    """What is said of a job that its service does not know."""
    return BackendError(
        f"The service has no job {job.remote}: {error.message}",
        f"It was deleted there, or belongs to another key than that in {job.api_key_env}. "
        f"`kotae tune run --cancel {job.id}` closes it here.",
    )


class _News:
    """What a service says of a job, each once."""

    def __init__(self, service: Service, job: Job) -> None:
        self._service = service
        self._job = job.remote
        self._known = {said.id for said in job.said} | {job.last_event}
        self._told = True

    async def events(self) -> list[Any]:
        """What is new, oldest first; nothing with a service that tells no events. Raises GoneError."""
        if not self._told:
            return []
        try:
            events = await self._service.events(self._job, self._known)
        except (
            BackendError
        ):  # some that have the API have no events; the job itself can be followed all the same
            self._told = False
            return []
        self._known |= {event.id for event in events}
        return events


def _told(events: list[Any]) -> list[JobEvent]:
    """What events say, and what they measured."""
    metrics = [metric for event in events if (metric := of_event(event)) is not None]
    said: list[JobEvent] = [heard(event) for event in events if event.type != "metrics"]
    return [*said, *([Measured(tuple(metrics))] if metrics else [])]


async def _last(service: Service, job: Job, found: Any, pauses: Pauses) -> AsyncGenerator[JobEvent]:
    """What is told of a job that has ended."""
    if state(found.status) == "succeeded":
        for name in getattr(found, "result_files", None) or ():
            metrics, why = await _curve(service, str(name), pauses)
            if metrics:
                yield Measured(metrics)
            if why:
                message = f"The whole curve could not be had: {why}"
                yield Said(id=f"result-{name}", message=message, level="warn")
    yield Changed(ended(job, found))


async def _curve(service: Service, file: str, pauses: Pauses) -> tuple[tuple[Metric, ...], str]:
    """The curve in a file, or why there is none."""
    why = ""
    pauses.begin()
    for _ in range(_TRIES):
        try:
            return of_file(await service.content(file)), ""
        except GoneError as gone:
            why = str(gone)
            await pauses.rest(gone.wait)
        except BackendError as error:
            return (), str(error)
    return (), why
