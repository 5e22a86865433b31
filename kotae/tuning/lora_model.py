"""The model while it is tuned: frozen weights from a GGUF, LoRA matrices in its upper blocks.

Tuning has to be quick on a laptop's processor, so nothing is computed twice: what the untouched lower
blocks make of a row is computed once for all epochs, the tokens that all rows of a batch begin with once
for the batch, and the vocabulary's scores only for tokens that are learnt. The numbers are those of the
plain computation.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from kotae.errors import KotaeError
from kotae.tuning.gguf_adapter import TENSORS, LowRank
from kotae.tuning.gguf_model import load
from kotae.tuning.samples import IGNORED, Sample, shared_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import torch

_LOWER_BATCH = 16


class TunedModel:
    """A llama model with LoRA matrices on all linear layers from block `first_block` up (Hu et al., 2021)."""

    def __init__(self, weights: Path, *, rank: int, alpha: float, first_block: int, seed: int) -> None:
        import torch
        from peft import LoraConfig, get_peft_model

        torch.manual_seed(seed)
        whole, self.tokenizer = load(weights)
        blocks = whole.config.num_hidden_layers
        if not 0 <= first_block < blocks:
            raise KotaeError(f"The model has blocks 0 to {blocks - 1}, not {first_block}.", "Name another.")
        lora = LoraConfig(
            r=rank,
            lora_alpha=alpha,
            target_modules=list(TENSORS),
            layers_to_transform=list(range(first_block, blocks)),
        )
        with warnings.catch_warnings():  # peft calls what the newest transformers renamed
            warnings.simplefilter("ignore", FutureWarning)
            adapted = get_peft_model(whole, lora)
        self.heads: int = whole.config.num_attention_heads
        self.key_heads: int = whole.config.num_key_value_heads
        self.parameters: list[torch.nn.Parameter] = [p for p in adapted.parameters() if p.requires_grad]
        self._first_block = first_block
        self._decoder = whole.model
        self._blocks = whole.model.layers
        self._norm = whole.model.norm
        self._head = whole.lm_head
        # The key cache numbers blocks from 0; below, the decoder is made of the upper ones alone.
        for number, block in enumerate(self._blocks[first_block:]):
            block.self_attn.layer_idx = number

    def lower(
        self, samples: Sequence[Sample], done: Callable[[int], None] = lambda _: None
    ) -> list[torch.Tensor]:
        """What the blocks below the tuned ones make of each sample: (tokens, width).

        Args:
            done: told how many samples more have been gone through; what it raises ends the work.
        """
        import torch

        hidden: list[torch.Tensor] = [torch.empty(0)] * len(samples)
        by_length = sorted(range(len(samples)), key=lambda place: len(samples[place].ids))
        self._use(self._blocks[: self._first_block], torch.nn.Identity())
        with torch.no_grad():
            for start in range(0, len(by_length), _LOWER_BATCH):
                places = by_length[start : start + _LOWER_BATCH]
                length = len(samples[places[-1]].ids)
                # What is put at the end needs no mask: no token looks ahead.
                ids = torch.tensor([_filled(samples[place].ids, length, 0) for place in places])
                made = self._decoder(input_ids=ids, use_cache=False).last_hidden_state
                for row, place in zip(made, places, strict=True):
                    hidden[place] = row[: len(samples[place].ids)].clone()
                done(len(places))
        self._use(self._blocks[self._first_block :], self._norm)
        return hidden

    def loss(self, samples: Sequence[Sample], hidden: Sequence[torch.Tensor]) -> tuple[torch.Tensor, int]:
        """Summed cross-entropy of the learnt tokens, and how many they are; `hidden` is what `lower` made."""
        import torch
        from torch.nn.functional import cross_entropy, pad
        from transformers import DynamicCache

        prefix = shared_prefix(samples)
        length = max(len(sample.ids) for sample in samples)
        rows = torch.stack([pad(row[prefix:], (0, 0, 0, length - len(row))) for row in hidden])
        labels = torch.tensor([_filled(sample.labels, length, IGNORED)[prefix:] for sample in samples])
        mask = torch.tensor([[int(place < len(sample.ids)) for place in range(length)] for sample in samples])
        cache = None
        if prefix:
            cache = DynamicCache()
            self._decoder(inputs_embeds=hidden[0][None, :prefix], past_key_values=cache, use_cache=True)
            cache.batch_repeat_interleave(len(samples))
        output = self._decoder(
            inputs_embeds=rows, attention_mask=mask, past_key_values=cache, use_cache=cache is not None
        )
        learnt = labels[:, 1:] != IGNORED
        scores = self._head(output.last_hidden_state[:, :-1][learnt])
        return cross_entropy(scores, labels[:, 1:][learnt], reduction="sum"), int(learnt.sum())

    def matrices(self) -> Iterator[LowRank]:
        """The LoRA matrices as they are now."""
        for number, block in enumerate(self._blocks):
            if number < self._first_block:
                continue
            layers = {name.rpartition(".")[2]: layer for name, layer in block.named_modules()}
            for name in TENSORS:
                a, b = (layers[name].get_submodule(f"lora_{side}.default").weight for side in "AB")
                yield LowRank(number, name, a.detach().numpy(), b.detach().numpy())

    def _use(self, blocks: Any, norm: Any) -> None:
        self._decoder.layers, self._decoder.norm = blocks, norm
        self._decoder.config.num_hidden_layers = len(blocks)


def _filled(numbers: Sequence[int], length: int, filler: int) -> list[int]:
    return [*numbers, *[filler] * (length - len(numbers))]
