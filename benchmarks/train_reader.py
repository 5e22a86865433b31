"""Trains `plugins/grounding/reader.onnx`: `python -m benchmarks.train_reader DATA CORPORA WEIGHTS READINGS`.

DATA is what `benchmarks.train_flagger` takes, CORPORA what `benchmarks.changed` makes claims of, WEIGHTS the file of
`benchmarks.e5`. READINGS is written for `train_flagger`: what each claim gets of a reader that has seen nothing of its source. On
two cores that calculate with bfloat16 it takes an hour and a half. LightGBM and onnx are needed for training alone.

The reader is a cross-encoder: claim and excerpt go through the network together (Nogueira and Cho 2019). Each token of the claim
has odds of being at fault, learnt where people marked what is wrong; the claim's are those of its start and of its tokens together.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks import changed, e5, readings
from benchmarks import train_flagger as flagger
from benchmarks.e5 import E5, END, PADDING, SIZE, START
from plugins.grounding import reader
from plugins.grounding.reader import BESIDE, CLAIM, Read, Reading
from plugins.grounding.text import normalise

LAYERS = 6
"""Of twelve: an answer's 200 words take a tenth of a second with them and two with all."""
FOLDS = ((0, 1), (2, 3), (4,))
"""Of `train_flagger`'s: those that a reader has not seen."""
EPOCHS, RATE, RATE_FIRST, RATE_HEADS = 2, 1e-4, 1.2e-4, 1e-3
BATCH = 3072
"""Tokens."""
MARKS, MARKS_FIRST = 0.7, 0.3
"""How much the tokens' odds count beside the claim's. Of a changed sentence it is known which letters were changed, not which words
are wrong for it."""
BALANCE = 0.5
"""The power of `train_flagger`'s weights: small sets count for more than their size, but not as much as large ones."""
WARM = 0.08
_LEAST_SEEN = 2
_STEP = 16
_TOKENS_BESIDE_FIRST = 96


@dataclass(frozen=True, slots=True)
class Example:
    """A claim beside its excerpt, in tokens."""

    ids: list[int]
    length: int
    """Of the claim."""
    label: float
    weight: float
    marks: list[float] | None
    """For each token of the claim whether it is at fault; None: nobody said where."""


class Network(torch.nn.Module):  # type: ignore[misc]  # torch is not followed
    """The encoder with two heads."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.bert = encoder
        self.cls = torch.nn.Linear(SIZE, 1)
        self.tok = torch.nn.Linear(SIZE, 1)
        self.mix = torch.nn.Parameter(torch.tensor(0.5))
        for part in self.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0
        # The words stay as they are: most of them are in no answer that was marked.
        self.bert.embeddings.word_embeddings.weight.requires_grad_(requires_grad=False)

    def forward(self, ids: Any, claim: Any, mask: Any = None) -> tuple[Any, Any]:
        """Of tokens (batch x length) and the claims' lengths (batch): odds a claim (batch) and a token (batch x length)."""
        states = self.bert(ids, attention_mask=mask).last_hidden_state.float()
        odds = self.tok(states)[..., 0].float()
        place = torch.arange(ids.shape[1])[None]
        inside = torch.where((place >= 1) & (place <= claim[:, None]), odds, torch.full_like(odds, -1e4))
        together = torch.logsumexp(inside, 1) - torch.log(claim.float()) / 2
        return self.cls(states[:, 0])[:, 0].float() + self.mix * together, odds


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    for name in ("data", "corpora", "weights", "readings"):
        parser.add_argument(name, type=Path)
    parser.add_argument(
        "--few", type=int, help="train with so many claims alone, to see that it runs; writes no weights"
    )
    arguments = parser.parse_args()
    torch.manual_seed(1)
    source = E5(arguments.weights)
    tokenizer = source.tokenizer()
    first = _first(changed.sentences(arguments.corpora)[: arguments.few], tokenizer)
    network = Network(source.encoder(LAYERS))
    _train(network, first, epochs=1, rate=RATE_FIRST, marks=MARKS_FIRST)
    begun = {name: value.clone() for name, value in network.state_dict().items()}

    data, texts = _collected(arguments.data)
    examples = _examples(data, texts, tokenizer)
    taught = [at for at in np.flatnonzero(data.taught)[: arguments.few] if examples[at].weight]
    found: dict[int, Reading] = {}
    for unseen in (*FOLDS, ()):
        network.load_state_dict(begun)
        chosen = [examples[at] for at in taught if data.folds[at] not in unseen]
        _train(network, chosen, epochs=EPOCHS, rate=RATE, marks=MARKS)
        held = [at for at in range(len(examples)) if data.folds[at] in unseen]
        found |= dict(
            zip(
                held,
                _read(network, [examples[at] for at in held], [texts[at][0] for at in held], tokenizer),
                strict=True,
            )
        )
    keys = (
        (data.rows[piece.row]["set"], data.rows[piece.row]["id"], piece.claim.start) for piece in data.pieces
    )
    readings.save(arguments.readings, ((key, found[at]) for at, key in enumerate(keys)))
    seen = Counter(
        token for at in range(len(texts)) for text in texts[at] for token in tokenizer.encode(text).ids
    )
    for one in changed.sentences(arguments.corpora):
        seen.update(tokenizer.encode(one.beside).ids)
    if arguments.few is None:
        write(network, source, seen)


def _first(claims: Sequence[changed.Changed], tokenizer: Any) -> list[Example]:
    examples = []
    for one in claims:
        said = normalise(one.claim).text
        tokens = tokenizer.encode(said)
        if not tokens.ids:
            continue
        if not one.label:
            marks = [0.0] * len(tokens.ids)
        elif one.true is None:
            marks = [1.0] * len(tokens.ids)
        else:
            places = changed.places(normalise(one.true).text, said)
            marks = [float(any(a < end and start < b for a, b in places)) for start, end in tokens.offsets]
        beside = tokenizer.encode(normalise(one.beside).text).ids[:_TOKENS_BESIDE_FIRST]
        examples.append(_example(tokens.ids, beside, one.label, 1.0, marks))
    return examples


def _collected(folder: Path) -> tuple[flagger.Data, list[tuple[str, str]]]:
    """The claims of the sets, and what of each is read: claim and excerpt."""
    texts: list[tuple[str, str]] = []

    def reads(key: readings.Key) -> Read:
        del key

        def read(claim: str, beside: str) -> Reading:
            texts.append((claim, beside))
            return Reading(0.0, ())

        return read

    return flagger.read(folder, reads), texts


def _examples(data: flagger.Data, texts: Sequence[tuple[str, str]], tokenizer: Any) -> list[Example]:
    weights = flagger.blamed(data) ** BALANCE
    weights /= weights[data.taught].mean()
    examples = []
    for piece, (claim, beside), weight in zip(data.pieces, texts, weights.tolist(), strict=True):
        tokens = tokenizer.encode(claim)
        spans = data.rows[piece.row]["spans"]
        marks = None
        if spans is not None:
            plain = normalise(piece.claim.plain)
            marks = []
            for begin, stop in tokens.offsets[:CLAIM]:
                start, end = (
                    (piece.claim.start + at for at in plain.span(begin, stop)) if begin < stop else (0, 0)
                )
                marks.append(float(any(a < end and start < b for a, b, _ in spans)))
        examples.append(
            _example(tokens.ids, tokenizer.encode(beside).ids[:BESIDE], piece.label, weight, marks)
        )
    return examples


def _example(
    claim: Sequence[int], beside: Sequence[int], label: int, weight: float, marks: Sequence[float] | None
) -> Example:
    said = list(claim[:CLAIM])
    ids = [START, *said, END, END, *beside, END]
    return Example(ids, len(said), float(label), weight, None if marks is None else list(marks[:CLAIM]))


def _train(network: Network, examples: Sequence[Example], *, epochs: int, rate: float, marks: float) -> None:
    steps = epochs * len(list(_batches(examples, random.Random(0))))  # noqa: S311
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
    for _ in range(epochs):
        for batch in _batches(examples, chance):
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
    with torch.autocast("cpu", torch.bfloat16):
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
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
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


def write(network: Network, source: E5, seen: Counter[int]) -> None:
    """Writes the network, in integers of eight bits, and its words: those that were seen, and all letters."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    kept = sorted(
        {START, PADDING, END, e5.UNKNOWN}
        | {token for token, times in seen.items() if times >= _LEAST_SEEN}
        | {at for at, piece in enumerate(source.pieces) if _is_letter(piece.lstrip("▁"))}
    )
    words = network.bert.embeddings.word_embeddings
    network.bert.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(words.weight[kept].clone())
    network.bert.set_attn_implementation("eager")
    network.eval()
    ids = torch.tensor([[START, 5, 6, 7, END, END, 8, 9, END]])
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        full = Path(folder) / "full.onnx"
        torch.onnx.export(
            network,
            (ids, torch.tensor([3])),
            str(full),
            input_names=["ids", "claim"],
            output_names=["doubt", "words"],
            dynamic_axes={"ids": {1: "length"}, "words": {1: "length"}},
            opset_version=17,
            dynamo=False,
        )
        # Seven bits of the eight: on processors without VNNI the sums of two products would not fit otherwise.
        quantize_dynamic(
            str(full), str(reader.NETWORK), weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
        )
    source.tokenizer(kept).save(str(reader.TOKENIZER), pretty=False)
    print(f"{reader.NETWORK}: {reader.NETWORK.stat().st_size} bytes, {len(kept)} words")


def _is_letter(piece: str) -> bool:
    """Whether a piece is one letter, digit or sign of English or Japanese: what no longer piece has is spelt out."""
    return len(piece) <= 1 and all(
        letter < "\u0250"
        or "\u2000" <= letter < "\u2600"
        or "\u3000" <= letter < "\u3100"
        or letter >= "\uff00"
        for letter in piece
    )


if __name__ == "__main__":
    main()
