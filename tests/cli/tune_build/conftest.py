"""A small manual, and settings that name a model to write rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.tune_build.files import SETTINGS, writes
from tests.kotae.tuning.build.manual import written
from tests.scripted_server import ScriptedServer


@pytest.fixture
def manual(tmp_path: Path) -> Path:
    return written(tmp_path / "manual")


@pytest.fixture
def settings(tmp_path: Path, server: ScriptedServer) -> Path:
    file = tmp_path / "settings.toml"
    file.write_text(SETTINGS.format(url=server.base_url))
    server.plays(writes())
    return file


@pytest.fixture
def unset(tmp_path: Path) -> Path:
    """Settings that say nothing: of the backends that there are then, base is the embedded model."""
    file = tmp_path / "unset.toml"
    file.touch()
    return file
