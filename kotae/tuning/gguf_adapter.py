"""A LoRA adapter as the GGUF file that llama.cpp loads.

The layout is that of llama.cpp's own `convert_lora_to_gguf.py`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kotae.errors import KotaeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TENSORS = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}
"""llama.cpp's name for each linear layer of a block."""


@dataclass(frozen=True, slots=True)
class LowRank:
    """What is added to one weight: `b @ a`, scaled by alpha / rank."""

    block: int
    layer: str
    """A key of `TENSORS`."""
    a: Any
    """numpy, (rank, inputs)."""
    b: Any
    """numpy, (outputs, rank)."""


def write_adapter(
    path: Path, matrices: Sequence[LowRank], *, alpha: float, heads: int, key_heads: int, name: str
) -> None:
    """Write the adapter of a model of the llama family, in 16-bit floats.

    The file appears complete or not at all.

    Args:
        heads: attention heads of the model.
        key_heads: its key and value heads.
        name: what the adapter is called within the file.

    Raises:
        KotaeError: it can't be written.
    """
    import gguf
    import numpy as np

    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    writer = gguf.GGUFWriter(temporary, "llama")
    writer.add_type("adapter")
    writer.add_name(name)
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    for matrix in matrices:
        b = matrix.b
        if matrix.layer in ("q_proj", "k_proj"):
            b = _interleaved(b, heads if matrix.layer == "q_proj" else key_heads)
        tensor = f"blk.{matrix.block}.{TENSORS[matrix.layer]}.weight"
        writer.add_tensor(f"{tensor}.lora_a", np.ascontiguousarray(matrix.a, dtype=np.float16))
        writer.add_tensor(f"{tensor}.lora_b", np.ascontiguousarray(b, dtype=np.float16))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        temporary.replace(path)
    except OSError as error:
        raise KotaeError(
            f"{path} can't be written: {error.strerror or error}.", "Make room, or name another place."
        ) from None
    finally:
        with suppress(OSError):
            writer.close()
        with suppress(OSError):
            temporary.unlink()


def _interleaved(rows: Any, heads: int) -> Any:
    """Rows of q and k in llama.cpp's order.

    Rotary positions turn neighbouring pairs there, and the two halves of a head in transformers.
    """
    halves = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return halves.swapaxes(1, 2).reshape(rows.shape)
