"""The process in which the embedded model is trained: `python -m backends.tuning.worker`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from backends.embedded import weights
from backends.worker_loop import Request, serve
from kotae.tuning.lora import LoraPlan, TuningCancelledError, TuningProgress, train


def trained(request: Request, message: dict[str, Any]) -> dict[str, Any]:
    """Trains by the plan in a message, and notes every step.

    Raises:
        KotaeError: the rows can't be learnt, or the model can't be had.
        TuningCancelledError: it was called off; nothing was written.
    """
    folder = weights.ensure(weights.SMOLLM2, request.report, request.cancelled.is_set)
    request.report(f"Loading {weights.SMOLLM2.label}", 0, 0)

    def read(done: int, rows: int) -> None:
        request.report("Reading the rows", done, rows, "rows")

    def tell(now: TuningProgress) -> None:
        request.note(asdict(now))

    result = train(
        folder / weights.SMOLLM2.files[0].path,
        message["rows"],
        Path(message["out"]),
        held_out=message["held_out"],
        plan=LoraPlan(**message["plan"]),
        progress=tell,
        reading=read,
        cancelled=request.cancelled.is_set,
    )
    return {**asdict(result), "adapter": str(result.adapter)}


def main() -> None:
    """Serve standard input until it closes."""
    serve(
        "tuning",
        {"train": trained},
        failure="The model can't be trained",
        called_off=(TuningCancelledError, weights.FetchCancelledError),
    )


if __name__ == "__main__":
    main()
