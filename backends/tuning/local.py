"""Training the embedded model on this machine, in a process of its own: torch never comes into the command's."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from backends.worker_client import DiedError, WorkerClient
from kotae import paths
from kotae.errors import BackendError
from kotae.events import Progress
from kotae.tuning.jobs.record import Job, Metric
from kotae.tuning.jobs.trainer import Changed, JobEvent, Measured, Pace

_PLANNED = (
    "epochs",
    "batch",
    "rank",
    "alpha",
    "first_block",
    "learning_rate",
    "seed",
    "patience",
    "target_loss",
)
"""The hyperparameters that `LoraPlan` has."""


class LocalTrainer(WorkerClient):
    """Trains a LoRA adapter; see `kotae.tuning.jobs.trainer.Trainer`.

    Args:
        rows: `{"messages": [{"role", "content"}, ...]}`; the assistant's words are learnt.
        held_out: rows whose loss is measured after each epoch.
    """

    survives = False

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        held_out: Sequence[Mapping[str, Any]] = (),
        process: Sequence[str] = ("-m", "backends.tuning.worker"),
    ) -> None:
        super().__init__(process, "tuning")
        self._rows, self._held_out = rows, held_out
        self._epoch = 0

    async def events(self, job: Job) -> AsyncGenerator[JobEvent]:
        """Yields what the training tells; the adapter is where `job.adapter` says once it has succeeded.

        Raises:
            KotaeError: rows that can't be learnt, weights that can't be had, a process that died.
        """
        told: asyncio.Queue[Progress | dict[str, Any] | None] = asyncio.Queue()
        plan = {name: job.hyperparameters[name] for name in _PLANNED if name in job.hyperparameters}
        message = {
            "do": "train",
            "rows": self._rows,
            "held_out": self._held_out,
            "plan": plan,
            "out": job.adapter,
        }
        asking = asyncio.ensure_future(self._ask_once(message, told.put_nowait, told.put_nowait))
        asking.add_done_callback(lambda _: told.put_nowait(None))
        yield Changed({"state": "running"})
        try:
            while (said := await told.get()) is not None:
                if isinstance(said, Progress):
                    yield Pace(said)
                    continue
                yield Measured(tuple(self._metrics(said)))
                yield Pace(
                    Progress("Training", said["step"], said["steps"], "steps"),
                    f"{said['tokens_per_second']:.0f} tokens/s",
                )
            try:
                result = await asking
            except DiedError as error:
                raise BackendError(
                    f"The process that trained the model ended unexpectedly ({error}).",
                    f"See {paths.log_file('tuning')}.",
                ) from None
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await asking
        if result["held_out_losses"]:
            last = result["steps"] * len(result["losses"])
            yield Measured((Metric(step=last, held_out=result["held_out_losses"][-1]),))
        yield Changed(
            {
                "state": "succeeded",
                "adapter_sha256": await asyncio.to_thread(_digest, Path(job.adapter)),
                "trained_tokens": result["tokens"] * len(result["losses"]),
                "seconds": round(result["seconds"], 1),
                "hyperparameters": {
                    **job.hyperparameters,
                    "epochs_run": len(result["losses"]),
                    "epoch_kept": result["epoch"],
                },
            }
        )

    async def cancel(self, job: Job) -> dict[str, Any]:
        """Ends the process; what it may have begun to write goes."""
        process = self._process
        await self.aclose()
        out = Path(job.adapter)
        leftovers = [out]
        if process is not None:
            leftovers.append(out.with_name(f".{out.name}.{process.pid}"))
        for path in leftovers:
            with suppress(OSError):
                path.unlink()
        return {"state": "cancelled", "error": "Stopped by the user; nothing was written."}

    def _metrics(self, said: Mapping[str, Any]) -> list[Metric]:
        found = [Metric(step=said["step"], loss=said["step_loss"])]
        held_out = said["held_out_loss"]
        if said["epoch"] != self._epoch and held_out is not None and math.isfinite(held_out):
            found.append(Metric(step=said["step"] - 1, held_out=held_out))  # measured before this epoch began
        self._epoch = said["epoch"]
        return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
