"""What a service that trains is asked, and what it means where it does not answer as it should.

The API is that of OpenAI's files and fine-tuning jobs: https://platform.openai.com/docs/api-reference/fine-tuning. Azure has it too
(https://learn.microsoft.com/azure/ai-foundry/openai/how-to/fine-tuning), with other names for some states and nulls in many places,
so no field of an answer is taken for granted.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Container
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from backends.openai_chat import connected, endpoint_of, without_key
from backends.server_errors import explain, one_line, said
from kotae.errors import BackendError
from kotae.settings import BackendSettings
from kotae.tuning.jobs.record import Job

if TYPE_CHECKING:
    from openai import AsyncOpenAI

T = TypeVar("T")
_PAGE = 100
"""Jobs and events that are asked for at once; the most the API gives."""
_SLOWER = 1.6
"""By so much the service is left alone longer each time that it has nothing new to say."""
_LONGEST_WAIT = 600.0
"""Seconds that a service is left alone at most, whatever it asks for."""
_UNSENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"}
"""What the HTTP client calls it where nothing of a request has left."""
_UNREADY = re.compile(r"not ready|still being processed|filenotready")
"""How services say that they have not read the rows yet."""


class GoneError(Exception):
    """The service did not answer, or was busy. The same can be asked again.

    Args:
        why: in a sentence.
        wait: seconds that the service asks to be left alone for.
        perhaps: whether it may have done what it was asked to do.
    """

    def __init__(self, why: str, *, wait: float = 0.0, perhaps: bool = True) -> None:
        super().__init__(why)
        self.wait, self.perhaps = wait, perhaps


class UnreachedError(GoneError):
    """Nothing of a request has left: no such host, or nobody listens there."""


class ForeignError(GoneError):
    """What answered is no service that trains: another program, or a network that wants to know first who is there."""


class UnreadyError(GoneError):
    """The service has not read the rows yet."""


class UnknownError(BackendError):
    """The service knows nothing of what it was asked about (404)."""


class Pauses:
    """Leaves a service alone, for longer each time that there is nothing new.

    Args:
        first: seconds of the first pause.
        longest: seconds that become of it.
    """

    def __init__(self, first: float, longest: float) -> None:
        self._first, self._longest = first, longest
        self._next = first

    def begin(self) -> None:
        """There is something new."""
        self._next = self._first

    async def rest(self, least: float = 0.0) -> None:
        """Waits, at least so many seconds."""
        await asyncio.sleep(max(self._next, least))
        self._next = min(self._next * _SLOWER, self._longest)


class Service:
    """A service. Every method raises `GoneError` where it does not answer, and `BackendError` where it refuses.

    Args:
        job: it says where the service is, and which variable holds the key.

    Raises:
        BackendError: the key is missing.
    """

    def __init__(self, job: Job) -> None:
        # A request that got no answer is repeated by whoever knows whether that is safe, not by the client.
        self._table = BackendSettings(
            max_retries=0,
            model=job.model,
            base_url=job.server,
            api_version=job.api_version,
            api_key_env=job.api_key_env,
        )
        self._endpoint = endpoint_of("that trains", self._table, job.server)
        self._client: AsyncOpenAI | None = None

    async def upload(self, name: str, content: bytes) -> str:
        """Sends a file; the service's name of it."""
        request = self._connected().files.create(file=(name, content), purpose="fine-tune")
        return self._named(await self._told(request))

    async def uploaded(self, name: str) -> str:
        """The service's name of the file that was sent by a name; empty: there is none."""

        async def find() -> str:
            first = self._connected().files.list(purpose="fine-tune", order="desc")
            async for files in self._pages(first):
                for file in files:
                    if file.filename == name:
                        return str(file.id)
            return ""

        return await self._asked(find())

    async def file_state(self, file: str) -> tuple[str, str]:
        """How far the service is with a file, and what it says of it."""
        found: Any = await self._told(self._connected().files.retrieve(file))
        return str(getattr(found, "status", None) or ""), str(getattr(found, "status_details", None) or "")

    async def delete(self, file: str) -> None:
        """Deletes a file; one that is gone already is no fault."""
        with suppress(UnknownError):
            await self._asked(self._connected().files.delete(file))

    async def content(self, file: str) -> bytes:
        """What is in a file."""
        return (await self._asked(self._connected().files.content(file))).content

    async def create(self, arguments: dict[str, Any]) -> Any:
        """Begins a job. Raises UnreadyError where it can be only later."""
        found = await self._told(self._connected().fine_tuning.jobs.create(**arguments))
        self._named(found)
        return found

    async def created(self, training_file: str) -> str:
        """The service's name of the job that learns from a file; empty: there is none."""

        async def find() -> str:
            async for jobs in self._pages(self._connected().fine_tuning.jobs.list(limit=_PAGE)):
                for job in jobs:
                    if job.training_file == training_file:
                        return str(job.id)
            return ""

        return await self._asked(find())

    async def job(self, name: str) -> Any:
        """A job as it is now. Raises UnknownError where there is none."""
        return self._with_state(await self._told(self._connected().fine_tuning.jobs.retrieve(name)))

    async def cancel(self, name: str) -> Any:
        """Ends a job. Raises UnknownError where there is none."""
        return self._with_state(await self._told(self._connected().fine_tuning.jobs.cancel(name)))

    async def events(self, job: str, known: Container[str]) -> list[Any]:
        """What has been said of a job and is not known, oldest first.

        OpenAI gives the newest first, and what follows the first known event is known; Azure may begin with the oldest.
        """

        async def gather() -> list[Any]:
            found: list[Any] = []
            forward = False
            first = self._connected().fine_tuning.jobs.list_events(job, limit=_PAGE)
            async for events in self._pages(first):
                forward = forward or _at(events[0]) < _at(events[-1])
                found += [event for event in events if event.id not in known]
                if not forward and any(event.id in known for event in events):
                    break
            return sorted(found if forward else found[::-1], key=_at)

        return await self._asked(gather())

    async def aclose(self) -> None:
        """Ends the connection."""
        if self._client is not None:
            await self._client.close()

    async def _pages(self, first: Awaitable[Any]) -> AsyncIterator[list[Any]]:
        """The pages of a list, each row once. A service that gives the same page again has no more."""
        page, seen = await first, set[str]()
        while fresh := [row for row in page.data or () if row.id not in seen]:
            seen |= {row.id for row in fresh}
            yield fresh
            if not page.has_next_page():
                return
            page = await page.get_next_page()

    async def _asked(self, request: Awaitable[T]) -> T:
        """What the service answers. Raises GoneError or BackendError."""
        import openai

        url, key = self._endpoint.base_url, self._endpoint.api_key
        try:
            return await request
        except openai.APIConnectionError as error:
            why = f"{url} can't be reached."
            raise (UnreachedError(why, perhaps=False) if _unsent(error) else GoneError(why)) from None
        except openai.APIStatusError as error:
            why = without_key(BackendError(said(error)), key).message
            if error.status_code == 400 and _UNREADY.search(f"{error.code} {why}".casefold()):
                raise UnreadyError(why, perhaps=False) from None
            if _passes(error):
                raise GoneError(
                    f"{url} does not answer as it should ({error.status_code}): {why}",
                    wait=_wait(error),
                    perhaps=error.status_code != 429,
                ) from None
            raise without_key(self._explained(error), key) from None
        except openai.OpenAIError as error:
            raise without_key(self._explained(error), key) from None
        except (
            ValueError,
            TypeError,
            AttributeError,
        ):  # the client takes apart what it does not look at before
            raise self._foreign() from None

    async def _told(self, request: Awaitable[T]) -> T:
        """As `_asked`, for what comes as JSON: the client gives the text of anything else."""
        answer = await self._asked(request)
        if isinstance(answer, str):
            raise self._foreign()
        return answer

    def _foreign(self) -> ForeignError:
        return ForeignError(
            f"{self._endpoint.base_url} answers with something else than a service that trains."
        )

    def _with_state(self, found: Any) -> Any:
        if not isinstance(getattr(found, "status", None), str):
            raise self._foreign()
        return found

    def _named(self, found: Any) -> str:
        name = getattr(found, "id", None)
        if not isinstance(name, str) or not name:
            raise self._foreign()
        return name

    def _explained(self, error: Any) -> BackendError:
        url = self._endpoint.base_url
        if getattr(error, "status_code", None) == 404:
            return UnknownError(
                f"{url} knows nothing of this (404): {said(error)}",
                "Check that the service offers fine-tuning, and of which models.",
            )
        found = explain(error, url, self._endpoint.model, self._table)
        return found or BackendError(one_line(str(error)), "Check the service's address.")

    def _connected(self) -> AsyncOpenAI:
        if self._client is None:
            self._client = connected(self._table, self._endpoint)
        return self._client


def _at(event: Any) -> float:
    at = getattr(event, "created_at", None)
    return float(at) if isinstance(at, int | float) else 0.0


def _unsent(error: BaseException) -> bool:
    """Whether nothing of a request can have come to the service."""
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ in _UNSENT:
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _passes(error: Any) -> bool:
    """Whether a refusal is one for now."""
    if error.status_code == 429:
        return "quota" not in f"{error.code} {said(error)}".casefold()
    return error.status_code >= 500 or error.status_code in (408, 409)


def _wait(error: Any) -> float:
    """Seconds that a refusal asks to be left alone for: a number, or a date (RFC 9110, 10.2.3)."""
    headers = error.response.headers
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        with suppress(ValueError):
            return _bounded(float(headers.get(name, "")) * unit)
    with suppress(ValueError, TypeError):
        return _bounded(parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time())
    return 0.0


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), _LONGEST_WAIT) if seconds == seconds else 0.0
