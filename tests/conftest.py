"""Every test has a home of its own; the embedded models are shared, and read only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kotae import paths
from tests.scripted_server import ScriptedServer

_REAL_MODELS = paths.models_dir()  # before any test moves home


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder; nothing of the developer's settings, keys or locale reaches a test."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name, folder in (("CONFIG", ".config"), ("DATA", "share"), ("STATE", "state"), ("CACHE", ".cache")):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / folder))
    for name in (
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "KOTAE_SETTINGS",
        "KOTAE_PLUGINS",
        "LC_ALL",
        "LC_MESSAGES",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("KOTAE_MODELS", str(_REAL_MODELS))
    return home


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """A real HTTP server on loopback that answers, or misbehaves, as told."""
    async with ScriptedServer() as running:
        yield running
