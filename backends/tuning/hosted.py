"""Training by a service that has the API of OpenAI's fine-tuning: api.openai.com, Azure OpenAI, and what follows them.

The API: https://platform.openai.com/docs/api-reference/fine-tuning and
https://learn.microsoft.com/azure/ai-foundry/openai/how-to/fine-tuning.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from backends.openai_chat import connected, endpoint_of, without_key
from backends.server_errors import explain, one_line, said
from backends.tuning.curves import of_event, of_file
from kotae.errors import BackendError
from kotae.events import Progress
from kotae.settings import BackendSettings
from kotae.tuning.jobs.record import CREATED, ENDED, Job, Metric, Said, changed
from kotae.tuning.jobs.trainer import Away, Changed, JobEvent, Measured, Pace

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent

T = TypeVar("T")
_STATES = {
    "pending": "queued", "notrunning": "queued", "created": "queued", "resuming": "queued",
    "canceled": "cancelled", "cancelling": "running", "canceling": "running",
}  # fmt: skip
"""What Azure calls states that have another name with OpenAI."""
_PAGE = 100
"""Events that are asked for at once; the most the API gives."""
_SLOWER = 1.6
"""By so much the service is left alone longer each time that it has nothing new to say."""


class _GoneError(Exception):
    """The service did not answer, or was busy. The same can be asked again."""


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
        # A request that got no answer is repeated by whoever knows whether that is safe, not by the client.
        self._table = BackendSettings(
            max_retries=0,
            model=job.model,
            base_url=job.server,
            api_version=job.api_version,
            api_key_env=job.api_key_env,
        )
        self._endpoint = endpoint_of("that trains", self._table, job.server)
        self._content = content
        self._first, self._longest = first, longest
        self._client: AsyncOpenAI | None = None

    async def events(self, job: Job) -> AsyncGenerator[JobEvent]:
        """Yields what becomes of the job. It is sent again to nobody: what the service has of it is looked for first.

        Raises:
            KotaeError: the service refused, or the rows are not what they were.
        """
        if not job.remote:
            async for event in self._begin(job):
                if isinstance(event, Changed):
                    job = changed(job, event.changes)
                yield event
        if job.ended:
            return
        async for event in self._follow(job):
            yield event

    async def cancel(self, job: Job) -> dict[str, Any]:
        """Ends the service's job; where there is none yet, what was sent is deleted."""
        client = self._connected()
        try:
            remote = job.remote or await self._known(job)
            if not remote:
                for name in job.uploads.values():
                    with suppress(BackendError):  # gone already
                        await self._asked(client.files.delete(name))
                return {
                    "state": "cancelled",
                    "error": "Cancelled before the service had the job; the rows are deleted there.",
                }
            found = await self._asked(client.fine_tuning.jobs.cancel(remote))
        except _GoneError as error:
            raise BackendError(f"Job {job.id} could not be cancelled: {error}", "Try again.") from None
        state = _state(found.status)
        return {
            "remote": remote,
            "state": state,
            "error": "Cancelled by the user." if state == "cancelled" else "",
        }

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.close()

    # -- beginning ----------------------------------------------------------------------------------------------------

    async def _begin(self, job: Job) -> AsyncGenerator[JobEvent]:
        again = job.state == "uploading"
        if not again:
            yield Changed({"state": "uploading"})
        try:
            async for event in self._send(job, again=again):
                if isinstance(event, Changed):
                    job = changed(job, event.changes)
                yield event
            if job.where == "azure":
                async for event in self._processed(job):
                    yield event
            async for event in self._create(job, again=again):
                yield event
        except BackendError as error:
            # Nothing was begun, and the same would be refused again.
            yield Changed({"state": "failed", "error": str(error)})

    async def _send(self, job: Job, *, again: bool) -> AsyncGenerator[JobEvent]:
        """Sends the rows that the service has not got."""
        client, uploads = self._connected(), dict(job.uploads)
        wanted = ["training", *(["held_out"] if job.held_out is not None else [])]
        for which in wanted:
            if which in uploads:
                continue
            assert self._content is not None, "rows that were not sent have to be at hand"
            content = self._content(which)
            name = _file_name(job, which)
            yield Pace(Progress("The rows are being sent"))
            delay = self._first
            while which not in uploads:
                try:
                    if again and (found := await self._sent(name)):
                        uploads[which] = found
                        break
                    file = await self._asked(client.files.create(file=(name, content), purpose="fine-tune"))
                    uploads[which] = file.id
                except _GoneError as error:
                    yield Away(str(error))
                    again = True
                    delay = await self._rest(delay)
            yield Changed({"uploads": dict(uploads)})

    async def _sent(self, name: str) -> str:
        """The service's name of a file that was sent but of which it is not known; empty: there is none."""

        async def find() -> str:
            async for file in self._connected().files.list(purpose="fine-tune", order="desc"):
                if file.filename == name:
                    return file.id
            return ""

        return await self._asked(find())

    async def _processed(self, job: Job) -> AsyncGenerator[JobEvent]:
        """Waits until Azure has read the files, before which it takes no job."""
        for name in job.uploads.values():
            delay = self._first
            while True:
                try:
                    file = await self._asked(self._connected().files.retrieve(name))
                except _GoneError as error:
                    yield Away(str(error))
                else:
                    if file.status == "processed":
                        break
                    if file.status == "error":
                        why = one_line(file.status_details or "it does not say why")
                        raise BackendError(
                            f"The service can't use the rows: {why}", "Check them: `kotae tune lint`."
                        )
                    yield Pace(Progress("The service reads the rows"))
                delay = await self._rest(delay)

    async def _create(self, job: Job, *, again: bool) -> AsyncGenerator[JobEvent]:
        client, delay = self._connected(), self._first
        while True:
            try:
                if again and (remote := await self._known(job)):
                    yield Changed({"remote": remote, "state": CREATED})
                    return
                # A request that got no answer may have begun a job all the same: it is never simply repeated.
                found = await self._asked(client.fine_tuning.jobs.create(**_arguments(job)))
            except _GoneError as error:
                yield Away(str(error))
                again = True
                delay = await self._rest(delay)
            else:
                yield Changed({"remote": found.id, "state": _state(found.status)})
                return

    async def _known(self, job: Job) -> str:
        """The service's name of the job that learns from our file, whose name is nobody else's; empty: there is none."""
        training = job.uploads.get("training")
        if not training:
            return ""

        async def find() -> str:
            async for found in self._connected().fine_tuning.jobs.list(limit=_PAGE):
                if found.training_file == training:
                    return found.id
                if found.created_at < _seconds(job.started) - 3600:
                    break
            return ""

        return await self._asked(find())

    # -- following ----------------------------------------------------------------------------------------------------

    async def _follow(self, job: Job) -> AsyncGenerator[JobEvent]:
        delay, state, last = self._first, job.state, job.last_event
        while True:
            try:
                found = await self._asked(self._connected().fine_tuning.jobs.retrieve(job.remote))
                news = await self._news(job.remote, last)
            except _GoneError as error:
                yield Away(str(error))
                delay = await self._rest(delay)
                continue
            now = _state(found.status)
            if now != state and now not in ENDED:
                delay, state = self._first, now
                yield Changed({"state": now, **_chosen(job, found)})
            metrics: list[Metric] = []
            for event in news:
                if (metric := of_event(event)) is not None:
                    metrics.append(metric)
                elif event.type != "metrics":
                    yield _said(event)
            if metrics:
                yield Measured(tuple(metrics))
            if now in ENDED:
                async for told in self._last(job, found, now):
                    yield told
                return
            if news:
                delay, last = self._first, news[-1].id
                yield Changed({"last_event": last})
            if (going := _going(news)) is not None:
                yield going
            delay = await self._rest(delay)

    async def _last(self, job: Job, found: FineTuningJob, state: str) -> AsyncGenerator[JobEvent]:
        """What is told of a job that has ended."""
        if state == "succeeded":
            for name in found.result_files:
                try:
                    content = await self._asked(self._connected().files.content(name))
                    if metrics := of_file(content.content):
                        yield Measured(metrics)
                except (_GoneError, BackendError) as error:
                    yield Said(
                        id=f"result-{name}",
                        message=f"The whole curve could not be had: {error}",
                        level="warn",
                    )
        why = found.error.message if found.error is not None and found.error.message else ""
        changes: dict[str, Any] = {
            "state": state,
            "error": one_line(why) if why else "",
            "result": found.fine_tuned_model or "",
            "trained_tokens": found.trained_tokens,
            **_chosen(job, found),
        }
        if found.finished_at:
            changes["seconds"] = float(found.finished_at - found.created_at)
        yield Changed(changes)

    async def _news(self, remote: str, last: str) -> list[FineTuningJobEvent]:
        """The events after one, oldest first. The API gives the newest first, a page at a time."""

        async def gather() -> list[FineTuningJobEvent]:
            found: dict[str, FineTuningJobEvent] = {}
            async for event in self._connected().fine_tuning.jobs.list_events(remote, limit=_PAGE):
                if event.id == last:
                    break
                found[event.id] = event
            return list(found.values())[::-1]

        return await self._asked(gather())

    # -- asking -------------------------------------------------------------------------------------------------------

    async def _rest(self, delay: float) -> float:
        """Leaves the service alone; how long the next time."""
        await asyncio.sleep(delay)
        return min(delay * _SLOWER, self._longest)

    async def _asked(self, request: Awaitable[T]) -> T:
        """What the service answers.

        Raises:
            _GoneError: it did not, or is busy.
            BackendError: it refused.
        """
        import openai

        url = self._endpoint.base_url
        try:
            return await request
        except (openai.APITimeoutError, openai.APIConnectionError):
            raise _GoneError(f"{url} can't be reached.") from None
        except openai.APIStatusError as error:
            quota = error.status_code == 429 and "quota" in f"{error.code} {said(error)}".casefold()
            if error.status_code >= 500 or (error.status_code in (408, 409, 429) and not quota):
                raise _GoneError(
                    f"{url} does not answer as it should ({error.status_code}): {said(error)}"
                ) from None
            raise without_key(self._explained(error), self._endpoint.api_key) from None
        except openai.OpenAIError as error:
            raise without_key(self._explained(error), self._endpoint.api_key) from None

    def _explained(self, error: Any) -> BackendError:
        url = self._endpoint.base_url
        if getattr(error, "status_code", None) == 404:
            return BackendError(
                f"{url} knows nothing of this (404): {said(error)}",
                "Check that the service offers fine-tuning, and of which models.",
            )
        found = explain(error, url, self._endpoint.model, self._table)
        return found or BackendError(one_line(str(error)), "Check the service's address.")

    def _connected(self) -> AsyncOpenAI:
        if self._client is None:
            self._client = connected(self._table, self._endpoint)
        return self._client


def _arguments(job: Job) -> dict[str, Any]:
    """What a job is created with."""
    given = dict(job.hyperparameters)
    seed = given.pop("seed", None)
    wanted = {
        api: given[ours]
        for ours, api in (
            ("epochs", "n_epochs"),
            ("batch", "batch_size"),
            ("learning_rate_multiplier", "learning_rate_multiplier"),
            ("beta", "beta"),
        )
        if ours in given
    }
    arguments: dict[str, Any] = {"model": job.model, "training_file": job.uploads["training"]}
    if job.held_out is not None:
        arguments["validation_file"] = job.uploads["held_out"]
    if seed is not None:
        arguments["seed"] = seed
    if job.suffix:
        arguments["suffix"] = job.suffix
    if job.api_version and job.method == "supervised":
        # Azure's dated API knows `method` in its newer versions alone, and this in all of them.
        if wanted:
            arguments["hyperparameters"] = wanted
    else:
        arguments["method"] = {"type": job.method, job.method: {"hyperparameters": wanted}}
    return arguments


def _chosen(job: Job, found: FineTuningJob) -> dict[str, Any]:
    """The hyperparameters, with those that the service chose."""
    by = getattr(found.method, job.method, None) if found.method is not None else None
    told = getattr(by, "hyperparameters", None) or found.hyperparameters
    names = (
        ("epochs", "n_epochs"),
        ("batch", "batch_size"),
        ("learning_rate_multiplier", "learning_rate_multiplier"),
        ("beta", "beta"),
    )
    chosen = {
        ours: value
        for ours, api in names
        if isinstance(value := getattr(told, api, None), int | float) and not isinstance(value, bool)
    }
    if found.seed is not None:
        chosen["seed"] = found.seed
    made: dict[str, Any] = {"hyperparameters": {**job.hyperparameters, **chosen}}
    if "epochs" in chosen and job.estimated_tokens is None:
        made["estimated_tokens"] = job.training.tokens * int(chosen["epochs"])
    return made


def _going(news: list[FineTuningJobEvent]) -> Pace | None:
    """How far the training is, as the newest event that says it has it."""
    for event in reversed(news):
        data = event.data if isinstance(event.data, dict) else {}
        step, total = data.get("step"), data.get("total_steps")
        if isinstance(step, int) and isinstance(total, int) and 0 < step <= total:
            return Pace(Progress("Training", step, total, "steps"))
    return None


def _said(event: FineTuningJobEvent) -> Said:
    return Said(
        id=event.id,
        message=one_line(event.message),
        level=event.level,
        at=datetime.fromtimestamp(event.created_at, UTC).isoformat(),
    )


def _state(status: str) -> str:
    return _STATES.get(status.casefold(), status)


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def _file_name(job: Job, which: str) -> str:
    """A name that no other file of the account has."""
    digits = "".join(sign for sign in job.started[:23] if sign.isdigit())
    data = job.training if which == "training" or job.held_out is None else job.held_out
    return f"kotae-{digits}-{which.replace('_', '-')}-{data.sha256[:12]}.jsonl"
