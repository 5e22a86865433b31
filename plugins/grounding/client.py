"""The parent's side of the process in which claims are judged."""

from __future__ import annotations

import msgspec

from backends.worker_client import WorkerClient
from plugins.grounding.case import Case, Finding


class GroundingClient(WorkerClient):
    """One process, started when the first claim is judged; see `WorkerClient`."""

    def __init__(self) -> None:
        super().__init__(("-m", "plugins.grounding.worker"), "grounding")

    async def judge(self, case: Case) -> Finding:
        """What the process makes of a claim.

        Raises:
            BackendError: it died twice.
        """
        found = await self._ask({"do": "judge", "case": msgspec.to_builtins(case)})
        return msgspec.convert(found, Finding)
