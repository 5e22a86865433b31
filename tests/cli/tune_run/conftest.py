"""What these tests train on, and a service that trains."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cli.tune_run.files import (
    WRITTEN,
    row,
    written,
)
from tests.tuning_server import KEY, TuningService


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return written(tmp_path / "rows.jsonl", [row(f"What is number {n}?", f"It is {n}.") for n in range(12)])


@pytest.fixture
def test_rows(tmp_path: Path) -> Path:
    return written(tmp_path / "test.jsonl", [row("And what comes last?", "That is 11.")])


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    monkeypatch.setenv("KOTAE_SETTINGS", str(path))
    return path


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TuningService]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    async with TuningService() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.base_url)
        yield running
