"""A model server that the tests of a process share, and an adapter that changes what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.embedded.launch import Child, launch
from backends.embedded.weights import SMOLLM2, find
from tests.tuning.adapters import random_adapter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def model() -> Path:
    """The embedded model's file."""
    folder = find(SMOLLM2)
    assert folder is not None, "fetch the weights first: make weights"
    return folder / SMOLLM2.files[0].path


@pytest.fixture(scope="session")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter of random numbers, large enough to make the model babble."""
    return random_adapter(tmp_path_factory.mktemp("adapter") / "random.gguf")


@pytest.fixture(scope="session")
def child(model: Path, adapter: Path) -> Iterator[Child]:
    """A running server with that adapter."""
    running = launch(model, "test", [adapter], lambda: False)
    yield running
    running.close()
