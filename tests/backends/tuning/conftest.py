"""A service that trains, and a log of jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kotae.tuning.jobs.log import JobLog
from tests.tuning_server import (
    KEY,
    TuningService,
)


@pytest.fixture(params=["openai", "azure"])
async def service(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TuningService]:
    monkeypatch.setenv("TUNING_KEY", KEY)
    async with TuningService(azure=request.param == "azure") as running:
        yield running


@pytest.fixture
def log(tmp_path: Path) -> JobLog:
    return JobLog(tmp_path / "tuning")
