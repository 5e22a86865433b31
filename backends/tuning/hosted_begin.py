"""Beginning a service's job: its rows are sent once, and it is created once, whatever becomes of the answers."""

from __future__ import annotations

import codecs
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count

from backends.server_errors import one_line
from backends.tuning.hosted_job import arguments, state
from backends.tuning.hosted_service import (
    ForeignError,
    GoneError,
    Pauses,
    Service,
    UnknownError,
    UnreachedError,
    UnreadyError,
)
from kotae.errors import BackendError
from kotae.events import Progress
from kotae.tuning.jobs.record import CREATED, Job, changed
from kotae.tuning.jobs.trainer import Away, Changed, JobEvent, Pace

_LOOKS = 8
"""So often what may have been done is looked for before it is done again: a list may be behind, and a request still on its way."""
_SETTLED = 60.0
"""Seconds after which whatever was done is in the lists."""
_GONE = ("error", "failed", "deleted", "deleting")
"""States of a file that is of no use."""


class UnsureError(BackendError):
    """Something may have been done, and the service won't say whether it was."""


async def begin(
    service: Service, job: Job, content: Callable[[str], bytes], pauses: Pauses
) -> AsyncGenerator[JobEvent]:
    """Yields what becomes of the job until the service has it, or has refused it.

    Args:
        job: one that was begun already is gone on with: what the service has of it is looked for first.
        content: the bytes of its `training` or `held_out` rows.

    Raises (while iterating):
        UnsureError: it may have been begun, and can't be looked for. It stays as it is.
        KotaeError: the rows are not what they were.
    """
    looks = 0
    if job.state == "uploading":
        looks = 1 if _age(job) > _SETTLED else _LOOKS
    else:
        yield Changed({"state": "uploading"})
    try:
        async for event in _begun(service, job, content, pauses, looks):
            if isinstance(event, Changed):
                job = changed(job, event.changes)
            yield event
    except UnsureError:
        raise
    except BackendError as error:
        # Nothing was begun, and the same would be refused again: nobody needs the rows there.
        for file in job.uploads.values():
            with suppress(GoneError, BackendError):
                await service.delete(file)
        yield Changed({"state": "failed", "error": str(error)})


async def _begun(
    service: Service, job: Job, content: Callable[[str], bytes], pauses: Pauses, looks: int
) -> AsyncGenerator[JobEvent]:
    uploads = dict(job.uploads)
    for which in wanted(job):
        if which in uploads:
            continue
        data, name = content(which), file_name(job, which)
        if job.where == "azure" and not data.startswith(codecs.BOM_UTF8):
            data = codecs.BOM_UTF8 + data  # which Azure asks for

        async def find(name: str = name) -> str:
            return await service.uploaded(name)

        async def send(name: str = name, data: bytes = data) -> str:
            return await service.upload(name, data)

        yield Pace(Progress("The rows are being sent"))
        async for event in _once(find, send, pauses, looks, proven=bool(looks or uploads)):
            if isinstance(event, str):
                uploads[which] = event
                yield Changed({"uploads": dict(uploads)})
            else:
                yield event
    job = changed(job, {"uploads": uploads})
    first = CREATED

    async def look() -> str:
        return await service.created(job.uploads["training"])

    async def create() -> str:
        nonlocal first
        await _usable(service, job, known=bool(looks))
        found = await service.create(arguments(job))
        first = state(str(found.status)) if found.status else CREATED
        return str(found.id)

    async for event in _once(look, create, pauses, looks, proven=True):
        yield Changed({"remote": event, "state": first}) if isinstance(event, str) else event


async def _once(
    find: Callable[[], Awaitable[str]],
    do: Callable[[], Awaitable[str]],
    pauses: Pauses,
    looks: int,
    *,
    proven: bool,
) -> AsyncGenerator[Away | Pace | str]:
    """Has something done that is not to be done twice; yields the service's name of it at the end.

    Args:
        find: looks for it; empty: it is not there.
        do: does it.
        looks: how often it is looked for before it is done.
        proven: whether the service has shown that it is one.
    """
    pauses.begin()
    for tries in count(1):
        wait, doing = 0.0, not looks
        try:
            name = await (do() if doing else _found(find))
        except UnreadyError:
            yield Pace(Progress("The service reads the rows"))
        except GoneError as gone:
            unheard = isinstance(gone, ForeignError) or (isinstance(gone, UnreachedError) and tries >= _LOOKS)
            if unheard and not proven:
                raise BackendError(str(gone), "Check its address, and the network.") from None
            proven = proven or not isinstance(gone, UnreachedError)
            yield Away(str(gone))
            wait = gone.wait
            if doing and gone.perhaps:
                looks = _LOOKS
        else:
            if name:
                yield name
                return
            looks -= 1
            yield Pace(Progress("Whether the service has it already is being looked up"))
        await pauses.rest(wait)


async def _found(find: Callable[[], Awaitable[str]]) -> str:
    try:
        return await find()
    except BackendError as error:
        raise UnsureError(
            f"Whether the service has begun can't be told: {error.message}", error.hint
        ) from None


async def _usable(service: Service, job: Job, *, known: bool) -> None:
    """Looks at what was sent before a job is begun with it: Azure takes none before it has read the rows.

    Args:
        known: whether it was sent some time ago.

    Raises:
        UnreadyError: it has not been read.
        UnsureError: what was sent is not there; neither would be a job that was begun with it, where the key is another's.
        BackendError: it can't be read.
    """
    for file in job.uploads.values() if known or job.where == "azure" else ():
        try:
            found, why = await service.file_state(file)
        except GoneError as gone:
            gone.perhaps = False  # nothing was begun by asking
            raise
        except UnknownError as error:
            raise UnsureError(
                f"The service has not got the rows that it was sent: {error.message}",
                f"They were deleted there, or belong to another key than that in {job.api_key_env}.",
            ) from None
        if found in _GONE:
            raise BackendError(
                f"The service can't use the rows: {one_line(why or found)}", "Check them: `kotae tune lint`."
            )
        if found != "processed" and job.where == "azure":
            raise UnreadyError("The service reads the rows.", perhaps=False)


def wanted(job: Job) -> list[str]:
    """Which rows a job has."""
    return ["training", *(["held_out"] if job.held_out is not None else [])]


def file_name(job: Job, which: str) -> str:
    """A name that no other file of the account has."""
    digits = "".join(sign for sign in job.started[:23] if sign.isdigit())
    data = job.training if which == "training" or job.held_out is None else job.held_out
    return f"kotae-{digits}-{which.replace('_', '-')}-{data.sha256[:12]}.jsonl"


def _age(job: Job) -> float:
    """Seconds since something became of the job."""
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(job.changed)).total_seconds()
    except (ValueError, TypeError):
        return 0.0
