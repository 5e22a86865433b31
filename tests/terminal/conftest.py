"""What tests in a terminal share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.terminal.served import Served, beside


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A server for the program; nothing is flagged, so no manual is indexed."""
    monkeypatch.setenv("KOTAE_FLAGS__ENABLED", "false")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    monkeypatch.setenv("KOTAE_BACKENDS__BASE__MAX_RETRIES", "0")
    served = Served()
    with beside(served.server):
        yield served
