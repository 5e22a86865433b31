"""Tuning the embedded model on a manual's questions and answers, on an ordinary processor.

LoRA (Hu et al., 2021, "LoRA: Low-Rank Adaptation of Large Language Models") with AdamW, linear warm-up and
cosine decay. Runs are repeatable: the same rows, plan and thread count give the same adapter.
"""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kotae.errors import KotaeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import torch

    from kotae.tuning.lora_model import TunedModel
    from kotae.tuning.samples import Sample

_CLIP = 1.0
_WARM_UP = 0.05


class TuningCancelledError(KotaeError):
    """The caller asked for the training to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraPlan:
    """How to train."""

    epochs: int = 10
    rank: int = 16
    alpha: float = 32.0
    first_block: int = 0
    """Blocks below it stay as they are. A later start is faster, and the adapter smaller."""
    learning_rate: float = 1e-3
    """The highest, reached after the first twentieth of all steps."""
    batch: int = 8
    """Rows a step."""
    seed: int = 0
    patience: int | None = None
    """Stop when the held-out loss has not become better for this many epochs, and keep what was learnt by the best of them; None:
    never stop for that reason, and keep the last."""
    target_loss: float = 0.0
    """Stop after an epoch whose mean training loss is at most this."""
    threads: int | None = None
    """None: as many as torch finds right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningProgress:
    """Where the training is. Losses are nats a token, NaN as long as there are none."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    """Mean of this epoch so far."""
    step_loss: float
    """Of this step's rows alone."""
    held_out_loss: float
    """After the epoch before."""
    tokens_per_second: float
    seconds_left: float
    """If all epochs are run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningResult:
    """What came out. One loss an epoch."""

    adapter: Path
    losses: tuple[float, ...]
    held_out_losses: tuple[float, ...]
    tokens: int
    """Tokens of all rows, once."""
    seconds: float
    epoch: int
    """The one whose matrices were written, from 1."""
    steps: int
    """Steps that were made in each epoch."""


def train(
    weights: Path,
    rows: Sequence[Mapping[str, Any]],
    adapter: Path,
    *,
    held_out: Sequence[Mapping[str, Any]] = (),
    plan: LoraPlan | None = None,
    progress: Callable[[TuningProgress], None] | None = None,
    reading: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> TuningResult:
    """Train on `rows` and write the adapter. Blocks; needs the extra `tune`.

    Args:
        weights: the model, a GGUF of the llama family; read from the disk alone.
        rows: `{"messages": [...]}` as in an OpenAI fine-tuning file; the assistant's words are learnt.
        adapter: the GGUF file to write, once, at the end.
        held_out: rows that are not learnt from; their loss is measured after each epoch.
        progress: told after every step.
        reading: told before the first step, how many rows of how many have gone through the blocks that stay as they are.
        cancelled: asked before every step, and meanwhile.

    Raises:
        KotaeError: a row that can't be learnt, weights that can't be read, a missing package.
        TuningCancelledError: `cancelled` became true; nothing was written.
    """
    plan = plan or LoraPlan()
    try:
        import torch

        from kotae.tuning.lora_model import TunedModel

        if plan.threads is not None:
            torch.set_num_threads(plan.threads)
        model = TunedModel(
            weights, rank=plan.rank, alpha=plan.alpha, first_block=plan.first_block, seed=plan.seed
        )
    except ImportError as error:
        raise KotaeError(
            f"Tuning needs the package {error.name}.", "Run `pip install 'kotae[tune]'`."
        ) from None
    return train_model(
        model,
        rows,
        adapter,
        held_out=held_out,
        plan=plan,
        progress=progress,
        reading=reading,
        cancelled=cancelled,
    )


def train_model(
    model: TunedModel,
    rows: Sequence[Mapping[str, Any]],
    adapter: Path,
    *,
    held_out: Sequence[Mapping[str, Any]] = (),
    plan: LoraPlan,
    progress: Callable[[TuningProgress], None] | None = None,
    reading: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> TuningResult:
    """As `train`, with a model that is loaded already; its rank, alpha and first block are those of `plan`."""
    from kotae.tuning.gguf_adapter import write_adapter
    from kotae.tuning.samples import encode

    started = time.monotonic()
    samples = encode(model.tokenizer, rows)
    if not samples:
        raise KotaeError("There are no rows to train on.", "Give at least one.")
    run = _Run(model, samples, encode(model.tokenizer, held_out), plan, progress, reading, cancelled)
    losses, held_out_losses, kept = run.epochs()
    write_adapter(
        adapter,
        list(model.matrices()),
        alpha=plan.alpha,
        heads=model.heads,
        key_heads=model.key_heads,
        name=adapter.stem,
    )
    return TuningResult(
        adapter=adapter,
        losses=losses,
        held_out_losses=held_out_losses,
        tokens=sum(len(sample.ids) for sample in samples),
        seconds=time.monotonic() - started,
        epoch=kept,
        steps=math.ceil(len(samples) / plan.batch),
    )


def batches(lengths: Sequence[int], size: int, order: random.Random) -> list[list[int]]:
    """Indexes of all rows in batches of rows about equally long, in random order: little is padding."""
    rows = list(range(len(lengths)))
    order.shuffle(rows)
    window = size * 8
    buckets = []
    for start in range(0, len(rows), window):
        near = sorted(rows[start : start + window], key=lambda row: lengths[row])
        buckets += [near[place : place + size] for place in range(0, len(near), size)]
    order.shuffle(buckets)
    return buckets


class _Run:
    """One training, epoch after epoch."""

    def __init__(
        self,
        model: TunedModel,
        samples: Sequence[Sample],
        held_out: Sequence[Sample],
        plan: LoraPlan,
        progress: Callable[[TuningProgress], None] | None,
        reading: Callable[[int, int], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        import torch

        self._model, self._samples, self._held_out, self._plan = model, samples, held_out, plan
        self._progress, self._cancelled = progress, cancelled
        self._reading, self._read = reading, 0
        self._hidden = model.lower(samples, self._passed)
        self._held_out_hidden = model.lower(held_out, self._passed)
        self._order = random.Random(plan.seed)  # noqa: S311 - the order of rows is no secret
        self._steps = plan.epochs * math.ceil(len(samples) / plan.batch)
        self._step = 0
        self._optimizer = torch.optim.AdamW(model.parameters, lr=plan.learning_rate, weight_decay=0.0)
        self._tokens = 0
        self._started = time.monotonic()

    def epochs(self) -> tuple[tuple[float, ...], tuple[float, ...], int]:
        """Training and held-out losses of the epochs that were run, and the one whose matrices the model has now."""
        losses: list[float] = []
        held_out_losses: list[float] = []
        best: list[torch.Tensor] = []
        for epoch in range(1, self._plan.epochs + 1):
            losses.append(self._epoch(epoch, held_out_losses[-1] if held_out_losses else math.nan))
            if self._held_out:
                held_out_losses.append(self._held_out_loss())
                if self._plan.patience is not None and held_out_losses[-1] == min(held_out_losses):
                    best = [parameter.detach().clone() for parameter in self._model.parameters]
            if losses[-1] <= self._plan.target_loss or self._no_better(held_out_losses):
                break
        kept = len(losses)
        if best:
            # Of equal losses the latest: that is the one that was put aside.
            kept = kept - held_out_losses[::-1].index(min(held_out_losses))
            for parameter, then in zip(self._model.parameters, best, strict=True):
                parameter.data.copy_(then)
        return tuple(losses), tuple(held_out_losses), kept

    def _epoch(self, epoch: int, held_out_loss: float) -> float:
        total, learnt = 0.0, 0
        lengths = [len(sample.ids) for sample in self._samples]
        for rows in batches(lengths, self._plan.batch, self._order):
            self._go_on()
            loss, count = self._learn(rows)
            total, learnt = total + loss, learnt + count
            self._tokens += sum(lengths[row] for row in rows)
            if self._progress is not None:
                self._progress(self._where(epoch, total / learnt, loss / count, held_out_loss))
        return total / learnt

    def _passed(self, rows: int) -> None:
        """So many rows more have gone through the blocks that stay as they are."""
        self._go_on()
        self._read += rows
        if self._reading is not None:
            self._reading(self._read, len(self._samples) + len(self._held_out))

    def _go_on(self) -> None:
        if self._cancelled is not None and self._cancelled():
            raise TuningCancelledError("The training was cancelled; no adapter was written.")

    def _learn(self, rows: Sequence[int]) -> tuple[float, int]:
        import torch

        for group in self._optimizer.param_groups:
            group["lr"] = self._plan.learning_rate * _schedule(self._step, self._steps)
        loss, count = self._model.loss(
            [self._samples[row] for row in rows], [self._hidden[row] for row in rows]
        )
        self._optimizer.zero_grad()
        (loss / count).backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters, _CLIP)
        self._optimizer.step()
        self._step += 1
        return float(loss.detach()), count

    def _held_out_loss(self) -> float:
        import torch

        total, learnt = 0.0, 0
        with torch.no_grad():
            for part in _parts(range(len(self._held_out)), self._plan.batch):
                loss, count = self._model.loss(
                    [self._held_out[row] for row in part], [self._held_out_hidden[row] for row in part]
                )
                total, learnt = total + float(loss), learnt + count
        return total / learnt

    def _no_better(self, held_out_losses: Sequence[float]) -> bool:
        patience = self._plan.patience
        if patience is None or len(held_out_losses) <= patience:
            return False
        return min(held_out_losses[-patience:]) >= min(held_out_losses[:-patience])

    def _where(self, epoch: int, loss: float, step_loss: float, held_out_loss: float) -> TuningProgress:
        elapsed = time.monotonic() - self._started
        return TuningProgress(
            epoch=epoch,
            epochs=self._plan.epochs,
            step=self._step,
            steps=self._steps,
            loss=loss,
            step_loss=step_loss,
            held_out_loss=held_out_loss,
            tokens_per_second=self._tokens / elapsed,
            seconds_left=elapsed / self._step * (self._steps - self._step),
        )


def _parts(rows: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _schedule(step: int, steps: int) -> float:
    """Share of the highest learning rate: up to 1, then along half a cosine down to a twentieth."""
    warm_up = max(1, int(steps * _WARM_UP))
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))
