"""Trains `plugins/grounding/reader.onnx`: `python -m benchmarks.train_reader DATA CORPORA WEIGHTS READINGS`.

DATA is what `benchmarks.train_flagger` takes, CORPORA what `benchmarks.changed` and `benchmarks.asked` make claims of, WEIGHTS the
file of `benchmarks.e5`. READINGS is written for `train_flagger`: what each claim gets of a reader that has seen nothing of its
source. On two cores it takes an hour and a half; with `--keep FOLDER` what was trained stays there, and is not trained again.
LightGBM, onnx and Debian's `wordnet-base` are needed for training alone.

The reader is a cross-encoder: claim and excerpt go through the network together (Nogueira and Cho 2019). Each token of the claim
has odds of being at fault, learnt where people marked what is wrong; the claim's are those of its start and of its tokens together.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks import readings, wordnet
from benchmarks.e5 import E5, PADDING
from benchmarks.reader_examples import Example, collected, made, more, of_made, of_sets
from benchmarks.reader_network import LAYERS, Network, write
from plugins.grounding.reader import Reading

FOLDS = ((0, 1), (2, 3), (4,))
"""Of `train_flagger`'s: those that a reader has not seen."""
EPOCHS, RATE, RATE_FIRST, RATE_HEADS = 2, 1e-4, 1.2e-4, 1e-3
BATCH = 3072
"""Tokens."""
MARKS, MARKS_FIRST = 0.7, 0.3
"""How much the tokens' odds count beside the claim's. Of a changed sentence it is known which letters were changed, not which words
are wrong for it."""
WARM = 0.08
OF_SETS = 0.8
"""What the sets teach is taken over by so much, since it makes a reader forget some of what it began with: weights between the two
have most of both (Wortsman et al. 2022). The reader that is written is the mean of those that have not seen a part of the sets."""
Weights = dict[str, Any]
_STEP = 16
_MATRICES = torch.cpu._is_amx_tile_supported()
"""Whether the processor multiplies matrices of bfloat16: twice as fast as 32 bits where it does, half as fast where it doesn't."""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    for name in ("data", "corpora", "weights", "readings"):
        parser.add_argument(name, type=Path)
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="where to keep what was trained, and find it again"
    )
    parser.add_argument(
        "--few", type=int, help="train with so many claims alone, to see that it runs; writes no weights"
    )
    arguments = parser.parse_args()
    torch.manual_seed(1)
    source, lexicon = E5(arguments.weights), wordnet.lexicon()
    tokenizer = source.tokenizer()
    made_up = made(arguments.corpora, lexicon)
    network = Network(source.encoder(LAYERS))
    network.bert.set_attn_implementation(
        "eager"
    )  # the fused one goes back through bfloat16 at a tenth of the speed
    if not _kept(arguments.keep, "first", network):
        _train(network, [of_made(made_up[: arguments.few], tokenizer)], rate=RATE_FIRST, marks=MARKS_FIRST)
        if arguments.few is None:
            _keep(arguments.keep, "first", network)
    begun = _weights(network)

    data, texts = collected(arguments.data)
    examples = of_sets(data, texts, tokenizer)
    taught = [
        at
        for at in np.flatnonzero(data.taught)[: arguments.few]
        if examples[at].weight and examples[at].length
    ]
    found: dict[int, Reading] = {}
    readers = []
    for unseen in FOLDS:
        network.load_state_dict(begun)
        name = f"without-{'-'.join(map(str, unseen))}"
        if not _kept(arguments.keep, name, network):
            chosen = [at for at in taught if data.folds[at] not in unseen]
            epochs = [
                [examples[at] for at in chosen] + more(chosen, examples, texts, tokenizer, lexicon, epoch)
                for epoch in range(EPOCHS)
            ]
            _train(network, epochs, rate=RATE, marks=MARKS)
            if arguments.few is None:
                _keep(arguments.keep, name, network)
        readers.append(_mixed([begun, _weights(network)], [1 - OF_SETS, OF_SETS]))
        network.load_state_dict(readers[-1])
        held = [at for at in range(len(examples)) if data.folds[at] in unseen]
        read = _read(network, [examples[at] for at in held], [texts[at][0] for at in held], tokenizer)
        found |= dict(zip(held, read, strict=True))
    keys = (
        (data.rows[piece.row]["set"], data.rows[piece.row]["id"], piece.claim.start) for piece in data.pieces
    )
    readings.save(arguments.readings, ((key, found[at]) for at, key in enumerate(keys)))
    seen = Counter(
        token for at in range(len(texts)) for text in texts[at] for token in tokenizer.encode(text).ids
    )
    for one in made_up:
        seen.update(tokenizer.encode(one.beside).ids)
    if arguments.few is None:
        network.load_state_dict(_mixed(readers, [1 / len(readers)] * len(readers)))
        write(network, source, seen)


def _weights(network: Network) -> Weights:
    return {name: value.clone() for name, value in network.state_dict().items()}


def _mixed(of: Sequence[Weights], shares: Sequence[float]) -> Weights:
    """The mean of weights that were trained from the same beginning."""
    return {
        name: sum(share * weights[name] for share, weights in zip(shares, of, strict=True)) for name in of[0]
    }


def _kept(folder: Path | None, name: str, network: Network) -> bool:
    if folder is None or not (folder / f"{name}.pt").exists():
        return False
    network.load_state_dict(torch.load(folder / f"{name}.pt", weights_only=True))
    return True


def _keep(folder: Path | None, name: str, network: Network) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(network.state_dict(), folder / f"{name}.pt")


def _train(network: Network, epochs: Sequence[Sequence[Example]], *, rate: float, marks: float) -> None:
    """Trains with the examples of each round in turn."""
    steps = sum(len(list(_batches(examples, random.Random(0)))) for examples in epochs)  # noqa: S311
    encoder = [weight for weight in network.bert.parameters() if weight.requires_grad]
    heads = [*network.cls.parameters(), *network.tok.parameters(), network.mix]
    optimizer: Any = torch.optim.AdamW(
        [{"params": encoder, "lr": rate}, {"params": heads, "lr": RATE_HEADS}], weight_decay=0.01, fused=True
    )
    schedule: Any = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / (steps * WARM), max(0, (steps - step) / (steps * (1 - WARM)))),
    )
    network.train()
    chance, begun, told, step = random.Random(1), time.monotonic(), 0.0, 0  # noqa: S311
    for examples in epochs:
        for batch in _batches(examples, chance):
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=_MATRICES):
                loss = _loss(network, [examples[at] for at in batch], marks)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            told, step = told + float(loss.detach()), step + 1
            if step % 100 == 0:
                print(
                    f"step {step} of {steps}, loss {told / 100:.3f}, {time.monotonic() - begun:.0f} s",
                    flush=True,
                )
                told = 0.0


def _loss(network: Network, batch: Sequence[Example], share: float) -> Any:
    ids, lengths, mask = _tensors(batch)
    odds, words = network(ids, lengths, mask)
    weights = torch.tensor([one.weight for one in batch])
    each = functional.binary_cross_entropy_with_logits(
        odds, torch.tensor([one.label for one in batch]), reduction="none"
    )
    loss = (each * weights).sum() / weights.sum()
    marked = [
        functional.binary_cross_entropy_with_logits(words[at, 1 : 1 + one.length], torch.tensor(one.marks))
        for at, one in enumerate(batch)
        if one.marks
    ]
    return loss + share * torch.stack(marked).sum() / len(batch) if marked else loss


def _read(
    network: Network, examples: Sequence[Example], claims: Sequence[str], tokenizer: Any
) -> list[Reading]:
    network.eval()
    found: dict[int, Reading] = {}
    for batch in _batches(examples, None):
        ids, lengths, mask = _tensors([examples[at] for at in batch])
        with torch.no_grad():
            odds, words = network(ids, lengths, mask)
        for row, at in enumerate(batch):
            places = tokenizer.encode(claims[at]).offsets[: examples[at].length]
            own = words[row, 1 : 1 + examples[at].length].tolist()
            found[at] = Reading(
                float(odds[row]) if places else 0.0,
                tuple((a, b, round(of, 3)) for (a, b), of in zip(places, own, strict=True) if a < b),
            )
    return [found[at] for at in range(len(examples))]


def _batches(examples: Sequence[Example], chance: random.Random | None) -> Iterator[list[int]]:
    """The examples' places in batches of like lengths; shuffled where there is a chance."""
    order = sorted(
        range(len(examples)),
        key=lambda at: len(examples[at].ids) / _STEP + (chance.random() * 3 if chance else 0),
    )
    batches: list[list[int]] = [[]] if examples else []
    longest = 0
    for at in order:
        longest = max(longest, _padded(len(examples[at].ids)))
        if batches[-1] and longest * (len(batches[-1]) + 1) > BATCH:
            batches.append([])
            longest = _padded(len(examples[at].ids))
        batches[-1].append(at)
    if chance:
        chance.shuffle(batches)
    return iter(batches)


def _padded(length: int) -> int:
    return -(-length // _STEP) * _STEP


def _tensors(batch: Sequence[Example]) -> tuple[Any, Any, Any]:
    longest = _padded(max(len(one.ids) for one in batch))
    ids = torch.full((len(batch), longest), PADDING)
    for row, one in enumerate(batch):
        ids[row, : len(one.ids)] = torch.tensor(one.ids)
    return ids, torch.tensor([max(1, one.length) for one in batch]), (ids != PADDING).long()


if __name__ == "__main__":
    main()
