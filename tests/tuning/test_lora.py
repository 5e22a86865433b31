"""Training on the embedded model: the numbers are right, and what was learnt comes back through the server."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import pytest
from openai import AsyncOpenAI

from backends.embedded.server import EmbeddedServer
from backends.embedded.weights import SMOLLM2, find
from kotae.errors import KotaeError
from kotae.tuning.lora import (
    LoraPlan,
    TuningCancelledError,
    TuningProgress,
    TuningResult,
    batches,
    train,
    train_model,
)

if TYPE_CHECKING:
    from pathlib import Path

    from kotae.tuning.lora_model import TunedModel
    from kotae.tuning.samples import Sample

SYSTEM = "You answer questions about Komorebi Ledger."
QUESTION = "Which colour has a reopened period?"
ANSWER = "A reopened period is shown in seven shades of teal."


def row(question: str, answer: str) -> dict[str, Any]:
    spoken = [("system", SYSTEM), ("user", question), ("assistant", answer)]
    return {"messages": [{"role": role, "content": content} for role, content in spoken]}


def weights() -> Path:
    folder = find(SMOLLM2)
    assert folder is not None, "fetch the weights first: make weights"
    return folder / SMOLLM2.files[0].path


def test_batches_hold_every_row_once_and_rows_about_equally_long() -> None:
    lengths = [random.Random(place).randint(20, 200) for place in range(100)]
    made = batches(lengths, 8, random.Random(1))
    assert sorted(row for batch in made for row in batch) == list(range(100))
    assert max(map(len, made)) == 8
    padded = sum(len(batch) * max(lengths[row] for row in batch) for batch in made)
    assert padded < 1.25 * sum(lengths)
    assert made == batches(lengths, 8, random.Random(1))
    assert made != batches(lengths, 8, random.Random(2))


@pytest.fixture(scope="module")
def model() -> TunedModel:
    import torch

    from kotae.tuning.lora_model import TunedModel

    torch.set_num_threads(1)  # tests run side by side, and threads that share a core wait for each other
    return TunedModel(weights(), rank=4, alpha=8.0, first_block=20, seed=0)


@pytest.mark.weights
async def test_tokens_are_those_that_the_server_makes_of_the_same_messages(model: TunedModel) -> None:
    import httpx2

    from kotae.tuning.samples import IGNORED, encode

    conversations = [
        row(QUESTION, ANSWER)["messages"],
        row("what's 20 000 × 3?\n\n- 「締め」", "  60,000 — no more.")["messages"],
        row(QUESTION, ANSWER)["messages"][1:],  # without a system prompt the template adds its own
        [
            *row(QUESTION, ANSWER)["messages"],
            {"role": "user", "content": "And then?"},
            {"role": "assistant", "content": "No."},
        ],
    ]
    server = EmbeddedServer()
    endpoint = await server.start()
    headers = {"Authorization": f"Bearer {endpoint.api_key}"}
    async with httpx2.AsyncClient(base_url=endpoint.base_url.removesuffix("/v1"), headers=headers) as client:

        async def tokens(text: str) -> list[int]:
            body = {"content": text, "add_special": False, "parse_special": True}
            return list((await client.post("/tokenize", json=body)).json()["tokens"])

        for messages in conversations:
            [sample] = encode(model.tokenizer, [{"messages": messages}])
            answer = await tokens(messages[-1]["content"] + "<|im_end|>")
            made = await client.post("/apply-template", json={"messages": messages[:-1]})
            prompt = await tokens(made.json()["prompt"])
            assert list(sample.ids) == prompt + answer
            assert sample.labels[len(prompt) :] == tuple(answer)
            assert sample.labels[len(prompt) - 1] == IGNORED
    await server.aclose()


def _plain_loss(model: TunedModel, sample: Sample) -> float:
    """Without any of the short cuts: all blocks, every token's scores, no key cache, no padding."""
    import torch

    model._use(model._blocks, model._norm)
    with torch.no_grad():
        hidden = model._decoder(input_ids=torch.tensor([sample.ids]), use_cache=False).last_hidden_state
        scores = model._head(hidden)[0, :-1]
    model._use(model._blocks[model._first_block :], model._norm)
    return float(torch.nn.functional.cross_entropy(scores, torch.tensor(sample.labels[1:]), reduction="sum"))


@pytest.mark.weights
def test_the_short_cuts_give_the_loss_of_the_plain_computation(model: TunedModel) -> None:
    from kotae.tuning.samples import encode

    samples = encode(
        model.tokenizer, [row(QUESTION, ANSWER), row("Who?", "Nobody at all."), row("When?", "At 02:00.")]
    )
    together, count = model.loss(samples, model.lower(samples))
    assert count == sum(sum(label >= 0 for label in sample.labels) for sample in samples)
    plain = sum(_plain_loss(model, sample) for sample in samples)
    assert float(together.detach()) == pytest.approx(plain, rel=1e-4)


@pytest.mark.weights
async def test_what_was_learnt_comes_back_word_for_word_from_the_server(
    model: TunedModel, tmp_path: Path
) -> None:
    told: list[TuningProgress] = []
    read: list[tuple[int, int]] = []
    adapter = tmp_path / "learnt.gguf"
    result = train_model(
        model,
        [row(QUESTION, ANSWER), row("Who may close?", "Only the lighthouse keeper may close a period.")],
        adapter,
        held_out=[row("What colour is a reopened period?", ANSWER)],
        plan=LoraPlan(
            epochs=40, rank=4, alpha=8.0, first_block=20, learning_rate=8e-3, batch=2, target_loss=0.02
        ),
        progress=told.append,
        reading=lambda *done: read.append(done),
    )
    assert read == [(2, 3), (3, 3)]
    assert result.losses[0] > 2 > 0.02 >= result.losses[-1]
    assert len(result.held_out_losses) == len(result.losses) < 40
    assert told[-1].step == len(result.losses)
    assert math.isnan(told[0].held_out_loss)
    assert told[-1].tokens_per_second > 0
    server = EmbeddedServer([adapter])
    endpoint = await server.start()
    async with AsyncOpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key) as client:

        async def answer(worn: Path | None) -> str | None:
            made = await client.chat.completions.create(
                model=endpoint.model,
                messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}],
                temperature=0,
                max_tokens=30,
                extra_body=server.lora(worn),
            )
            return made.choices[0].message.content

        assert await answer(adapter) == ANSWER
        assert await answer(None) != ANSWER
    await server.aclose()


@pytest.mark.weights
def test_training_stops_when_held_out_rows_get_worse_and_keeps_the_best(
    model: TunedModel, tmp_path: Path
) -> None:
    def trained(name: str, epochs: int, patience: int | None) -> TuningResult:
        import torch

        with torch.no_grad():  # as it was before the other tests
            for parameter, begin in zip(model.parameters, fresh, strict=True):
                parameter.copy_(begin)
        return train_model(
            model,
            [row("Who may close?", "Nobody.")],
            tmp_path / name,
            held_out=[row("Who may close?", "Only the lighthouse keeper may close a period.")],
            plan=LoraPlan(
                epochs=epochs,
                rank=4,
                alpha=8.0,
                first_block=20,
                learning_rate=1e-2,
                batch=1,
                patience=patience,
            ),
        )

    fresh = [parameter.detach().clone() for parameter in model.parameters]
    stopped = trained("stopped.gguf", 30, 2)
    losses = list(stopped.held_out_losses)
    best = losses.index(min(losses)) + 1
    assert len(losses) == best + 2 < 30
    assert stopped.epoch == best
    assert losses[-1] > losses[best - 1]


@pytest.mark.weights
def test_a_cancelled_training_writes_nothing(model: TunedModel, tmp_path: Path) -> None:
    with pytest.raises(TuningCancelledError, match="no adapter was written"):
        train_model(
            model, [row(QUESTION, ANSWER)], tmp_path / "a.gguf", plan=LoraPlan(), cancelled=lambda: True
        )
    assert list(tmp_path.glob("*.gguf")) == []


def test_a_model_that_is_none_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "model.gguf"
    broken.write_bytes(b"nonsense")
    with pytest.raises(KotaeError, match=r"model\.gguf can't be loaded for tuning"):
        train(broken, [row(QUESTION, ANSWER)], tmp_path / "a.gguf")
