"""Loss curves as services tell them: step by step in events, whole in a file at the end."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import math
from collections.abc import Mapping
from typing import Any

from kotae.tuning.jobs.record import Metric

_LOSSES = (("loss", "train_loss"), ("held_out", "full_valid_loss"), ("held_out_part", "valid_loss"))
"""Losses in the log, and as services call them."""


def of_event(event: Any) -> Metric | None:
    """What an event of the type `metrics` says; None where it is another, or says nothing."""
    if event.type != "metrics" or not isinstance(event.data, dict):
        return None
    return _metric(event.data)


def of_file(data: bytes) -> tuple[Metric, ...]:
    """The curve in a result file: CSV, which OpenAI gives in base64; empty where it is something else."""
    text = _text(data)
    if text is None:
        return ()
    try:
        found = [_metric(row) for row in csv.DictReader(io.StringIO(text))]
    except csv.Error:
        return ()
    return tuple(metric for metric in found if metric is not None)


def _text(data: bytes) -> str | None:
    for decode in (bytes, lambda given: base64.b64decode(b"".join(given.split()), validate=True)):
        try:
            text = decode(data.strip()).decode("utf-8-sig")
        except (binascii.Error, ValueError):
            continue
        if "step" in text.partition("\n")[0].split(","):
            return text
    return None


def _metric(told: Mapping[str, Any]) -> Metric | None:
    step = _number(told.get("step"))
    losses = {ours: _number(told.get(theirs)) for ours, theirs in _LOSSES}
    if step is None or all(loss is None for loss in losses.values()):
        return None
    return Metric(step=int(step), **losses)


def _number(given: Any) -> float | None:
    """A number; Azure writes -1 where nothing was measured, and no loss is negative."""
    try:
        value = float(given)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) and value >= 0 else None
