"""What is known of a job that trains a model: what it learns from, how far it is, what it cost, what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

Where = Literal["local", "openai", "azure"]
Method = Literal["supervised", "dpo"]
ENDED = ("succeeded", "failed", "cancelled")
"""States that nothing comes after."""
CREATED = "validating_files"
"""The first state of a service's job; before it, rows are `uploading`."""


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """A file of rows. The rows themselves are not kept."""

    name: str
    """The file's, without its folders."""
    path: str = ""
    """Where it was when the job was begun."""
    sha256: str
    rows: int
    tokens: int
    """Of all rows, once; by the tokenizer that the cost is reckoned with."""


class Metric(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was measured after a step. Losses are nats a token."""

    step: int
    loss: float | None = None
    """Of the rows of this step."""
    held_out: float | None = None
    """Of all the rows that are not learnt from."""
    held_out_part: float | None = None
    """Of some of them: services measure that more often, and it goes to and fro."""


_LOSSES = ("loss", "held_out", "held_out_part")


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that was said of the job."""

    id: str
    """By which the same is not told twice."""
    message: str
    level: str = "info"
    at: str = ""
    """UTC, ISO 8601."""


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """How what came of a job did in a run of `kotae eval`."""

    run: str
    """The run's folder."""
    name: str
    """The question file's."""
    created: str
    """When the run was made."""
    questions: str
    """Digest of the question set: only the same sets can be compared."""
    count: int
    """How many questions."""
    backend: str
    """What the trained model was called in it."""
    scores: dict[str, float]
    """Means over its answers, by metric."""


class Job(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A job."""

    id: str
    """A number, in the order of starting."""
    started: str
    """UTC, ISO 8601."""
    changed: str = ""
    where: Where
    model: str
    """What is trained: `embedded`, or a service's model."""
    method: Method = "supervised"
    hyperparameters: dict[str, Any] = {}
    """As they were asked for, and as the service chose those that were left to it."""
    training: Data
    held_out: Data | None = None
    suffix: str = ""
    system_prompt: str = ""
    """What the rows have before the conversation; the model answers best under it."""
    state: str = "queued"
    error: str = ""
    """Why it failed or was cancelled."""
    metrics: tuple[Metric, ...] = ()
    """In the order of their steps."""
    said: tuple[Said, ...] = ()

    server: str = ""
    """The service's URL; empty: trained on this machine."""
    api_version: str = ""
    api_key_env: str = ""
    """The name of the variable that holds the key."""
    uploads: dict[str, str] = {}
    """The service's names of the files it was given, by `training` and `held_out`."""
    remote: str = ""
    """The service's name of the job; empty until it has one."""
    last_event: str = ""
    """The newest of the service's events that was taken."""

    price_training: float | None = None
    """Per million tokens, in the currency of whoever gave it."""
    estimated_tokens: int | None = None
    """Tokens that were going to be paid for, as far as that could be told beforehand."""
    trained_tokens: int | None = None
    """Tokens that were learnt from, each as often as it was; with a service those that are paid for."""
    seconds: float | None = None
    """How long the training took."""

    result: str = ""
    """The trained model's name with the service."""
    adapter: str = ""
    """The adapter's file."""
    adapter_sha256: str = ""
    wanted_backend: str = ""
    """What the backend's table is to be called, where that was said."""
    backend: str = ""
    """The table in the settings file that answers with it; empty until there is one."""
    evaluations: tuple[Evaluation, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing will come any more."""
        return self.state in ENDED

    @property
    def cost(self) -> float | None:
        """What the training cost; while that is not known, what it is expected to. None: it can't be told, or is nothing."""
        tokens = self.trained_tokens if self.trained_tokens is not None else self.estimated_tokens
        if self.where == "local" or self.price_training is None or tokens is None:
            return None
        if self.trained_tokens is None and self.state in ("failed", "cancelled"):
            return None
        return self.price_training * tokens / 1e6

    def losses(self) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
        """Steps with their training loss, and steps with their held-out loss: of some of the rows where it never was of all."""
        whole = [(m.step, m.held_out) for m in self.metrics if m.held_out is not None]
        part = [(m.step, m.held_out_part) for m in self.metrics if m.held_out_part is not None]
        return [(m.step, m.loss) for m in self.metrics if m.loss is not None], whole or part


def measured(old: tuple[Metric, ...], new: tuple[Metric, ...]) -> tuple[Metric, ...]:
    """Both together, one a step, in their order; what is new wins."""
    found = {metric.step: metric for metric in old}
    for metric in new:
        known = found.get(metric.step)
        if known is not None:
            told = {name: value for name in _LOSSES if (value := getattr(metric, name)) is not None}
            metric = msgspec.structs.replace(known, **told)
        found[metric.step] = metric
    return tuple(found[step] for step in sorted(found))


def changed(job: Job, changes: Mapping[str, Any]) -> Job:
    """The job with some of its fields another. Raises msgspec.ValidationError where they don't fit."""
    return msgspec.convert({**msgspec.to_builtins(job), **changes}, Job)


def digest(data: bytes) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(data).hexdigest()
