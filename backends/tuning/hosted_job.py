"""A service's job in the words of the log, and ours in the words of the service."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from typing import Any

from backends.server_errors import one_line
from kotae.events import Progress
from kotae.tuning.jobs.record import Job, Said
from kotae.tuning.jobs.trainer import Pace

_STATES = {
    "pending": "queued", "notrunning": "queued", "created": "queued", "resuming": "queued",
    "canceled": "cancelled", "cancelling": "running", "canceling": "running", "pausing": "running",
}  # fmt: skip
"""States that have another name in the log."""
_NAMES = (
    ("epochs", "n_epochs"),
    ("batch", "batch_size"),
    ("learning_rate_multiplier", "learning_rate_multiplier"),
    ("beta", "beta"),
)
"""Hyperparameters in the log, and in the API."""
_LEVELS = {"warning": "warn"}


def state(status: str) -> str:
    """How the log calls a state."""
    return _STATES.get(status.casefold(), status.casefold())


def arguments(job: Job) -> dict[str, Any]:
    """What a job is created with."""
    given = dict(job.hyperparameters)
    seed, training_type = given.pop("seed", None), given.pop("training_type", None)
    wanted = {api: given[ours] for ours, api in _NAMES if ours in given}
    told: dict[str, Any] = {"model": job.model, "training_file": job.uploads["training"]}
    if job.held_out is not None:
        told["validation_file"] = job.uploads["held_out"]
    if seed is not None:
        told["seed"] = seed
    if job.suffix:
        told["suffix"] = job.suffix
    if training_type is not None:
        told["extra_body"] = {"trainingType": training_type}
    if job.api_version and job.method == "supervised":
        # Azure's dated API knows `method` in its newer versions alone, and this in all of them.
        if wanted:
            told["hyperparameters"] = wanted
    else:
        told["method"] = {"type": job.method, job.method: {"hyperparameters": wanted}}
    return told


def chosen(job: Job, found: Any) -> dict[str, Any]:
    """The hyperparameters, with those that the service chose; Azure says -1 while it has chosen none."""
    by = getattr(getattr(found, "method", None), job.method, None)
    told = getattr(by, "hyperparameters", None) or getattr(found, "hyperparameters", None)
    numbers = {ours: number(getattr(told, api, None)) for ours, api in _NAMES}
    new: dict[str, Any] = {name: value for name, value in numbers.items() if value is not None and value > 0}
    seed = number(getattr(found, "seed", None))
    if seed is not None:
        new["seed"] = seed
    made: dict[str, Any] = {"hyperparameters": {**job.hyperparameters, **new}}
    if "epochs" in new and job.estimated_tokens is None:
        made["estimated_tokens"] = job.training.tokens * int(new["epochs"])
    return made


def ended(job: Job, found: Any) -> dict[str, Any]:
    """What fields of a job are when it has ended."""
    why = getattr(getattr(found, "error", None), "message", None)
    changes: dict[str, Any] = {
        "state": state(found.status),
        "error": one_line(str(why)) if why else "",
        "result": str(getattr(found, "fine_tuned_model", None) or ""),
        "trained_tokens": number(getattr(found, "trained_tokens", None)),
        **chosen(job, found),
    }
    begun, finished = (number(getattr(found, name, None)) for name in ("created_at", "finished_at"))
    if begun and finished:
        changes["seconds"] = float(max(0, finished - begun))
    return changes


def heard(event: Any) -> Said:
    """What a service says of a job."""
    level = str(getattr(event, "level", None) or "info").casefold()
    at = number(getattr(event, "created_at", None))
    return Said(
        id=str(event.id),
        message=one_line(str(getattr(event, "message", None) or "")),
        level=_LEVELS.get(level, level),
        at=datetime.fromtimestamp(at, UTC).isoformat() if at is not None else "",
    )


def steps(event: Any) -> Progress | None:
    """How far the training is, where an event says it."""
    data = event.data if isinstance(getattr(event, "data", None), dict) else {}
    step, total = number(data.get("step")), number(data.get("total_steps"))
    if step is None or total is None or not 0 < step <= total:
        return None
    return Progress("Training", int(step), int(total), "steps")


def going(found: Any, progress: Progress | None) -> Pace | None:
    """How far a job is that runs, and how long it will take as the service reckons; None where neither is known."""
    finish = number(getattr(found, "estimated_finish", None))
    left = max(0.0, finish - time.time()) if finish else None
    if progress is None and left is None:
        return None
    return Pace(progress or Progress("Training"), left=left)


def number(given: Any) -> int | float | None:
    """A number; None for anything else."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        return None
    return int(given) if float(given).is_integer() and abs(given) < 1e15 else given
