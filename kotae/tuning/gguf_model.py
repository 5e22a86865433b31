"""A GGUF model of the llama family as torch modules, with its tokenizer and chat template.

transformers can read GGUF too, but takes many times as long for it, because it reads the vocabulary number
by number and more than once; and it leaves out how llama.cpp cuts text before it becomes tokens.
"""

from __future__ import annotations

import mmap
import struct
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kotae.errors import KotaeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_ALIGNMENT = 32

_LAYERS = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_norm": "input_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "ffn_norm": "post_attention_layernorm",
}


@dataclass(frozen=True, slots=True)
class _Tensor:
    shape: tuple[int, ...]
    """As numpy has it: the longest stride first."""
    kind: int
    offset: int


def load(path: Path) -> tuple[Any, Any]:
    """The model, in 32-bit floats, and its tokenizer, both of `transformers`' kinds.

    Raises:
        KotaeError: the file can't be read, or is no llama model with a byte-level tokenizer.
    """
    with _opened(path) as (metadata, tensors, content):
        return _model(metadata, tensors, content), _tokenizer(metadata)


def load_tokenizer(path: Path) -> Any:
    """The tokenizer alone. Raises KotaeError, as `load` does."""
    with _opened(path) as (metadata, _, _):
        return _tokenizer(metadata)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, _Tensor], mmap.mmap]]:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            metadata, tensors = _parse(content)
            _check(metadata)
            yield metadata, tensors, content
    except (OSError, ValueError, KeyError, IndexError, struct.error) as error:
        raise KotaeError(
            f"{path} can't be loaded for tuning: {type(error).__name__}: {error}.",
            "It must be a GGUF model of the llama family with a byte-level BPE tokenizer, such as SmolLM2.",
        ) from None


def _parse(content: mmap.mmap) -> tuple[dict[str, Any], dict[str, _Tensor]]:
    """Metadata and tensors; offsets are from the file's beginning (specification: ggml's docs/gguf.md)."""
    if content[:4] != b"GGUF":
        raise ValueError("no GGUF file")
    version, tensor_count, metadata_count = struct.unpack_from("<IQQ", content, 4)
    if version < 2:
        raise ValueError(f"GGUF version {version}")
    place = 24
    metadata: dict[str, Any] = {}
    for _ in range(metadata_count):
        key, place = _string(content, place)
        (kind,) = struct.unpack_from("<I", content, place)
        metadata[key], place = _value(content, place + 4, kind)
    tensors = {}
    for _ in range(tensor_count):
        name, place = _string(content, place)
        (dimensions,) = struct.unpack_from("<I", content, place)
        *shape, kind, offset = struct.unpack_from(f"<{dimensions}QIQ", content, place + 4)
        tensors[name] = _Tensor(tuple(reversed(shape)), kind, offset)
        place += 4 + 8 * dimensions + 12
    alignment = metadata.get("general.alignment", _ALIGNMENT)
    start = -(-place // alignment) * alignment
    return metadata, {name: _Tensor(t.shape, t.kind, start + t.offset) for name, t in tensors.items()}


def _value(content: mmap.mmap, place: int, kind: int) -> tuple[Any, int]:
    if kind == _STRING:
        return _string(content, place)
    if kind != _ARRAY:
        code = f"<{_SCALARS[kind]}"
        return struct.unpack_from(code, content, place)[0], place + struct.calcsize(code)
    kind, count = struct.unpack_from("<IQ", content, place)
    place += 12
    if kind in _SCALARS:
        code = f"<{count}{_SCALARS[kind]}"
        return list(struct.unpack_from(code, content, place)), place + struct.calcsize(code)
    values = []
    for _ in range(count):
        value, place = _value(content, place, kind)
        values.append(value)
    return values, place


def _string(content: mmap.mmap, place: int) -> tuple[str, int]:
    (size,) = struct.unpack_from("<Q", content, place)
    end = place + 8 + size
    if end > len(content):
        raise ValueError("the file ends too early")
    return content[place + 8 : end].decode(), end


def _check(metadata: dict[str, Any]) -> None:
    for key, wanted in (("general.architecture", "llama"), ("tokenizer.ggml.model", "gpt2")):
        if metadata.get(key) != wanted:
            raise ValueError(f"{key} is {metadata.get(key)!r}, not {wanted!r}")


def _model(metadata: dict[str, Any], tensors: dict[str, _Tensor], content: mmap.mmap) -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tied = "output.weight" not in tensors
    config = LlamaConfig(
        vocab_size=tensors["token_embd.weight"].shape[0],
        hidden_size=metadata["llama.embedding_length"],
        intermediate_size=metadata["llama.feed_forward_length"],
        num_hidden_layers=metadata["llama.block_count"],
        num_attention_heads=metadata["llama.attention.head_count"],
        num_key_value_heads=metadata["llama.attention.head_count_kv"],
        max_position_embeddings=metadata["llama.context_length"],
        rms_norm_eps=metadata["llama.attention.layer_norm_rms_epsilon"],
        rope_parameters={"rope_type": "default", "rope_theta": metadata["llama.rope.freq_base"]},
        tie_word_embeddings=tied,
        attn_implementation="sdpa",
    )
    model = LlamaForCausalLM(config)
    state = dict(_weights(config, tensors, content))
    if tied:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state)
    return model.to(torch.float32).eval()


def _weights(config: Any, tensors: dict[str, _Tensor], content: mmap.mmap) -> Iterator[tuple[str, Any]]:
    import gguf
    import numpy as np
    import torch

    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    for name, tensor in tensors.items():
        kind = gguf.GGMLQuantizationType(tensor.kind)
        shape = gguf.quant_shape_to_byte_shape(tensor.shape, kind)
        raw = np.frombuffer(content[tensor.offset : tensor.offset + int(np.prod(shape))], np.uint8)
        values = gguf.dequantize(raw.reshape(shape), kind).astype(np.float32).reshape(tensor.shape)
        _, _, layer = name.removesuffix(".weight").rpartition(".")
        if layer in heads:
            values = _halved(values, heads[layer])
        yield _name(name), torch.from_numpy(values)


def _name(name: str) -> str:
    plain = {
        "token_embd.weight": "model.embed_tokens.weight",
        "output_norm.weight": "model.norm.weight",
        "output.weight": "lm_head.weight",
    }
    if name in plain:
        return plain[name]
    _, block, layer, kind = name.split(".")
    return f"model.layers.{block}.{_LAYERS[layer]}.{kind}"


def _halved(rows: Any, heads: int) -> Any:
    """Rows of q and k in transformers' order; undoes what `gguf_adapter` does."""
    pairs = rows.reshape(heads, rows.shape[0] // heads // 2, 2, *rows.shape[1:])
    return pairs.swapaxes(1, 2).reshape(rows.shape)


def _tokenizer(metadata: dict[str, Any]) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    tokens = metadata["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ", 1)) for merge in metadata["tokenizer.ggml.merges"]]
    backend = Tokenizer(BPE({token: number for number, token in enumerate(tokens)}, merges))
    by_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False)
    digits = pre_tokenizers.Digits(individual_digits=True)
    split_digits = metadata.get("tokenizer.ggml.pre") == "smollm"
    backend.pre_tokenizer = pre_tokenizers.Sequence([digits, by_bytes]) if split_digits else by_bytes
    backend.decoder = decoders.ByteLevel()
    control = [
        token for token, kind in zip(tokens, metadata["tokenizer.ggml.token_type"], strict=True) if kind == 3
    ]
    backend.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in control])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token=tokens[metadata["tokenizer.ggml.eos_token_id"]],
        chat_template=metadata["tokenizer.chat_template"],
    )
