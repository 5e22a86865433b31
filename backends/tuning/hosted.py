"""Training by a service that has the API of OpenAI's fine-tuning: api.openai.com, Azure OpenAI, and what follows them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Any

from backends.tuning.hosted_begin import begin, file_name, wanted
from backends.tuning.hosted_follow import follow
from backends.tuning.hosted_job import state
from backends.tuning.hosted_service import GoneError, Pauses, Service, UnknownError
from kotae.errors import BackendError
from kotae.tuning.jobs.record import ENDED, Job, changed
from kotae.tuning.jobs.trainer import Changed, JobEvent


class HostedTrainer:
    """A job of a service; see `kotae.tuning.jobs.trainer.Trainer`.

    Args:
        job: it says where the service is, and which variable holds the key.
        content: the bytes of its `training` or `held_out` rows, as they are sent; asked for when they were not sent yet.
        first: seconds until it is asked again how far it is.
        longest: seconds that become of it while nothing happens.

    Raises:
        BackendError: the key is missing.
    """

    survives = True

    def __init__(
        self,
        job: Job,
        content: Callable[[str], bytes] | None = None,
        *,
        first: float = 0.25,
        longest: float = 30.0,
    ) -> None:
        self._service = Service(job)
        self._content = content
        self._pauses = Pauses(first, longest)

    async def events(self, job: Job) -> AsyncGenerator[JobEvent]:
        """Yields what becomes of the job. It is sent again to nobody: what the service has of it is looked for first.

        Raises:
            KotaeError: the service refused, or the rows are not what they were.
        """
        if not job.remote and not job.ended:
            assert self._content is not None, "rows that were not sent have to be at hand"
            async for event in begin(self._service, job, self._content, self._pauses):
                if isinstance(event, Changed):
                    job = changed(job, event.changes)
                yield event
        if job.ended:
            return
        async for event in follow(self._service, job, self._pauses):
            yield event

    async def cancel(self, job: Job) -> dict[str, Any]:
        """Ends the service's job; where there is none yet, what was sent is deleted."""
        try:
            training = job.uploads.get("training")
            remote = job.remote or (await self._service.created(training) if training else "")
            if not remote:
                return await self._withdrawn(job)
            return {"remote": remote, **await self._ended(job, remote)}
        except GoneError as error:
            raise BackendError(f"Job {job.id} could not be cancelled: {error}", "Try again.") from None

    async def aclose(self) -> None:
        await self._service.aclose()

    async def _withdrawn(self, job: Job) -> dict[str, Any]:
        """Deletes what was sent; a job that is begun with it after all fails for want of it."""
        for which in wanted(job) if job.state == "uploading" else ():
            file = job.uploads.get(which) or await self._service.uploaded(file_name(job, which))
            if file:
                await self._service.delete(file)
        return {
            "state": "cancelled",
            "error": "Cancelled before the service had the job; the rows are deleted there.",
        }

    async def _ended(self, job: Job, remote: str) -> dict[str, Any]:
        try:
            found = await self._service.cancel(remote)
        except UnknownError:
            return {"state": "cancelled", "error": f"The service has no job {remote} any more."}
        except BackendError as error:
            now = ""
            with suppress(BackendError):
                now = state((await self._service.job(remote)).status)
            if now not in ENDED:
                raise BackendError(
                    f"Job {job.id} could not be cancelled: {error.message}", error.hint
                ) from None
            raise BackendError(
                f"Job {job.id} has ended at the service already: {now}.",
                f"`kotae tune run --follow {job.id}` takes over what came of it.",
            ) from None
        now = state(found.status)
        return {"state": now, "error": "Cancelled by the user." if now == "cancelled" else ""}
