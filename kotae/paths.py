"""Where Kotae keeps its files: the platform's own folders (`XDG_*` on Linux)."""

from __future__ import annotations

from pathlib import Path

from platformdirs import PlatformDirs

_DIRS = PlatformDirs("kotae", appauthor=False)


def settings_file() -> Path:
    """The TOML file the user edits."""
    return Path(_DIRS.user_config_dir) / "settings.toml"


def transcripts_dir() -> Path:
    """One JSONL file a conversation."""
    return Path(_DIRS.user_data_dir) / "transcripts"


def state_dir() -> Path:
    """What the program remembers between starts; safe to delete."""
    return Path(_DIRS.user_state_dir)


def models_dir() -> Path:
    """The embedded models' weights, unpacked and verified."""
    return Path(_DIRS.user_cache_dir) / "models"


def indexes_dir() -> Path:
    """Indexes of manuals that were built on first use."""
    return Path(_DIRS.user_cache_dir) / "indexes"


def log_file(name: str) -> Path:
    """The log of one of our processes: `kotae`, `embedded`, `retrieval`."""
    return Path(_DIRS.user_log_dir) / f"{name}.log"
