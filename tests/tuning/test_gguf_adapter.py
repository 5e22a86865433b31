"""Adapters are written as llama.cpp reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gguf
import numpy as np
import pytest

from kotae.errors import KotaeError
from kotae.tuning.gguf_adapter import TENSORS, LowRank, write_adapter
from tests.tuning.adapters import HEADS, KEY_HEADS, random_matrices

if TYPE_CHECKING:
    from pathlib import Path


def test_an_adapter_holds_the_matrices_and_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "new" / "adapter.gguf"
    matrices = random_matrices(3, rank=4)
    write_adapter(path, matrices, alpha=8.0, heads=HEADS, key_heads=KEY_HEADS, name="ledger")
    reader = gguf.GGUFReader(path)
    said = {
        name: reader.get_field(name).contents()
        for name in ("general.type", "general.architecture", "adapter.type", "adapter.lora.alpha")
    }
    assert said == {
        "general.type": "adapter",
        "general.architecture": "llama",
        "adapter.type": "lora",
        "adapter.lora.alpha": 8.0,
    }
    tensors = {tensor.name: tensor.data for tensor in reader.tensors}
    assert tensors.keys() == {
        f"blk.3.{name}.weight.lora_{side}" for name in TENSORS.values() for side in "ab"
    }
    down = next(matrix for matrix in matrices if matrix.layer == "down_proj")
    np.testing.assert_array_equal(tensors["blk.3.ffn_down.weight.lora_a"], down.a.astype(np.float16))
    np.testing.assert_array_equal(tensors["blk.3.ffn_down.weight.lora_b"], down.b.astype(np.float16))
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(("layer", "heads"), [("q_proj", 2), ("k_proj", 1)])
def test_rows_of_queries_and_keys_are_put_in_llama_cpp_order(tmp_path: Path, layer: str, heads: int) -> None:
    rows = np.arange(8 * heads // 2, dtype=np.float32)
    b = np.repeat(rows[:, None], 2, axis=1)
    path = tmp_path / "adapter.gguf"
    write_adapter(
        path, [LowRank(0, layer, np.ones((2, 5)), b)], alpha=1.0, heads=2, key_heads=1, name="order"
    )
    written = gguf.GGUFReader(path).tensors[1].data[:, 0].tolist()
    expected = [0, 2, 1, 3] if heads == 1 else [0, 2, 1, 3, 4, 6, 5, 7]
    assert written == expected


def test_a_write_that_fails_leaves_the_old_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "adapters" / "adapter.gguf"
    path.parent.mkdir()
    path.write_bytes(b"old")

    def full(self: gguf.GGUFWriter) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gguf.GGUFWriter, "write_tensors_to_file", full)
    with pytest.raises(KotaeError, match=r"adapter\.gguf can't be written: No space"):
        write_adapter(path, random_matrices(0), alpha=1.0, heads=HEADS, key_heads=KEY_HEADS, name="x")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
