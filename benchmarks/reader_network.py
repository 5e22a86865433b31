"""The reader as a network, and how it becomes `plugins/grounding/reader.onnx`."""

from __future__ import annotations

import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import torch

from benchmarks import e5
from benchmarks.e5 import E5, END, PADDING, SIZE, START
from plugins.grounding import reader

LAYERS = 6
"""Of twelve: an answer's 200 words take a tenth of a second with them and two with all."""
_LEAST_SEEN = 2


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
