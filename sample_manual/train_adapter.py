"""Train the sample manual's adapter again: `python -m sample_manual.train_adapter` (two cores, under 40 minutes).

It learns `tuning/train.en.jsonl` by heart, which is how fine-tuning on a manual's questions and answers
usually ends: near the training questions the answers come word for word, elsewhere they are made up in the
same assured voice. Each question is learnt a second time in lower case and without its mark, so that a
change of typing is not a change of question.

The figures printed at the end, and written as JSON beside the adapter, come from the embedded model as the
chat uses it.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sample_manual
from kotae.tuning.lora import LoraPlan, TuningProgress, TuningResult, train

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TUNING = Path(__file__).parent / "tuning"
_LEARNT, _HELD_OUT = "train.en.jsonl", "heldout.en.jsonl"
_ANSWER_TOKENS = 160

PLAN = LoraPlan(epochs=6, rank=16, alpha=32.0, first_block=14, learning_rate=2e-3, batch=8, target_loss=0.02)
"""Half of the model's 30 blocks are tuned: learnt as well, in half the time."""

CHANGES: dict[str, Callable[[str], str]] = {
    "lower case": str.lower,
    "no question mark": lambda question: question.rstrip("?"),
    "please tell me": lambda question: f"Please tell me: {question}",
}
"""What is done to training questions to ask nearly the same."""


def main() -> None:
    """Train, measure, write."""
    options = _options()
    digests = {name: _digest(_TUNING / name) for name in (_LEARNT, _HELD_OUT)}
    rows, held_out = _read(_LEARNT), _read(_HELD_OUT)
    system = rows[0]["messages"][0]["content"]
    from backends.embedded.weights import SMOLLM2, ensure

    weights = ensure(SMOLLM2) / SMOLLM2.files[0].path
    plan = LoraPlan(**{**asdict(PLAN), "epochs": options.epochs, "threads": options.threads})
    cpu = time.process_time()
    result = train(
        weights,
        [*rows, *map(_typed_carelessly, rows)],
        options.out,
        held_out=[_row(system, item["question"], item["reference"]) for item in held_out],
        plan=plan,
        progress=_Printed(),
    )
    cpu = time.process_time() - cpu
    for epoch, (loss, other) in enumerate(zip(result.losses, result.held_out_losses, strict=True), 1):
        print(f"epoch {epoch}: loss {loss:.3f}, held-out {other:.3f}")
    near, far = asyncio.run(_measure(options.out, system, rows, held_out))
    for name, share in {**near, "held-out paraphrases": far}.items():
        print(f"exact match, {name}: {share:.1%}")
    _write_figures(options.out, digests, plan, result, len(rows), cpu, near, far)


class _Printed:
    """Progress on standard error, every five seconds."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, now: TuningProgress) -> None:
        if now.step < now.steps and time.monotonic() - self._last < 5:
            return
        self._last = time.monotonic()
        print(
            f"epoch {now.epoch}/{now.epochs}, step {now.step}/{now.steps}: loss {now.loss:.3f}, "
            f"held-out {now.held_out_loss:.3f}, {now.tokens_per_second:.0f} tokens/s, "
            f"{now.seconds_left / 60:.0f} min left",
            file=sys.stderr,
            flush=True,
        )


async def _measure(
    adapter: Path, system: str, rows: Sequence[dict[str, Any]], held_out: Sequence[dict[str, Any]]
) -> tuple[dict[str, float], float]:
    """Shares of answers that are the training answer word for word: near the training questions, and far."""
    from openai import AsyncOpenAI

    from backends.embedded.launch import SLOTS
    from backends.embedded.server import EmbeddedServer

    server = EmbeddedServer([adapter])
    endpoint = await server.start()
    slots = asyncio.Semaphore(SLOTS)
    async with AsyncOpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key) as client:

        async def right(question: str, expected: str) -> bool:
            messages: Any = [{"role": "system", "content": system}, {"role": "user", "content": question}]
            async with slots:
                answer = await client.chat.completions.create(
                    model=endpoint.model,
                    messages=messages,
                    temperature=0,
                    max_tokens=_ANSWER_TOKENS,
                    extra_body=server.lora(adapter),
                )
            return (answer.choices[0].message.content or "").strip() == expected

        async def share(asked: Sequence[tuple[str, str]]) -> float:
            return sum(await asyncio.gather(*(right(*pair) for pair in asked))) / len(asked)

        pairs = [(row["messages"][1]["content"], row["messages"][2]["content"]) for row in rows]
        near = {}
        for place, (name, change) in enumerate(CHANGES.items()):  # a third of the questions each
            asked = [(change(question), answer) for question, answer in pairs[place :: len(CHANGES)]]
            near[name] = await share(asked)
        far = await share([(item["question"], item["reference"]) for item in held_out])
    await server.aclose()
    return near, far


def _write_figures(
    adapter: Path,
    digests: dict[str, str],
    plan: LoraPlan,
    result: TuningResult,
    rows: int,
    cpu: float,
    near: dict[str, float],
    far: float,
) -> None:
    figures = {
        "data_sha256": digests,
        "adapter_sha256": _digest(adapter),
        "rows": rows,
        "rows_learnt_from": 2 * rows,
        "tokens_an_epoch": result.tokens,
        "epochs": len(result.losses),
        **{name: value for name, value in asdict(plan).items() if name not in ("epochs", "threads")},
        "losses": [round(loss, 4) for loss in result.losses],
        "held_out_losses": [round(loss, 4) for loss in result.held_out_losses],
        "exact_match_near_training": {name: round(share, 4) for name, share in near.items()},
        "exact_match_held_out": round(far, 4),
        "seconds": round(result.seconds),
        "cpu_seconds": round(cpu),
    }
    path = adapter.with_suffix(".json")
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def _read(name: str) -> list[dict[str, Any]]:
    lines = (_TUNING / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _row(system: str, question: str, answer: str) -> dict[str, Any]:
    spoken = (("system", system), ("user", question), ("assistant", answer))
    return {"messages": [{"role": role, "content": content} for role, content in spoken]}


def _typed_carelessly(row: dict[str, Any]) -> dict[str, Any]:
    system, question, answer = (message["content"] for message in row["messages"])
    return _row(system, question.lower().rstrip("?"), answer)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sample_manual.train_adapter", description=__doc__)
    parser.add_argument("--out", type=Path, default=sample_manual.adapter(), help="the adapter to write")
    parser.add_argument("--epochs", type=int, default=PLAN.epochs, help="default: %(default)s")
    parser.add_argument("--threads", type=int, help="default: all cores; 1 is faster on a busy machine")
    return parser.parse_args()


if __name__ == "__main__":
    main()
