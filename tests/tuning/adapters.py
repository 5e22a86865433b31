"""Adapters for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kotae.tuning.gguf_adapter import LowRank, write_adapter

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, KEYS, INNER, HEADS, KEY_HEADS = 576, 192, 1536, 9, 3
SHAPES = {
    "q_proj": (WIDTH, WIDTH),
    "k_proj": (WIDTH, KEYS),
    "v_proj": (WIDTH, KEYS),
    "o_proj": (WIDTH, WIDTH),
    "gate_proj": (WIDTH, INNER),
    "up_proj": (WIDTH, INNER),
    "down_proj": (INNER, WIDTH),
}
"""Inputs and outputs of SmolLM2-135M's linear layers."""


def random_matrices(*blocks: int, rank: int = 2, size: float = 0.3) -> list[LowRank]:
    """The same random matrices each time, on all linear layers of the given blocks."""
    numbers = np.random.default_rng(7)
    return [
        LowRank(
            block,
            layer,
            numbers.normal(0, size, (rank, inputs)).astype(np.float32),
            numbers.normal(0, size, (outputs, rank)).astype(np.float32),
        )
        for block in blocks
        for layer, (inputs, outputs) in SHAPES.items()
    ]


def random_adapter(path: Path) -> Path:
    """An adapter that makes SmolLM2 say something else."""
    write_adapter(path, random_matrices(10, 20), alpha=2.0, heads=HEADS, key_heads=KEY_HEADS, name="random")
    return path
