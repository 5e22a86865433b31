"""What the transcript's parts are drawn with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.tui.transcript.host import Host
from tui.transcript.palette import Palette
from tui.transcript.view import TranscriptView


@pytest_asyncio.fixture
async def palette() -> AsyncIterator[Palette]:
    app = Host()
    async with app.run_test(size=(60, 20)):
        yield Palette(app.query_one(TranscriptView))
