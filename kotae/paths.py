"""Where Kotae keeps its files: the platform's own folders (`XDG_*` on Linux)."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from platformdirs import PlatformDirs

_DIRS = PlatformDirs("kotae", appauthor=False)
LARGEST_LOG = 1 << 20
"""Bytes a log may have; a larger one is put aside as `NAME.log.1` and begun anew."""


def settings_file() -> Path:
    """The TOML file the user edits."""
    return Path(_DIRS.user_config_dir) / "settings.toml"


def transcripts_dir() -> Path:
    """One JSONL file a conversation."""
    return Path(_DIRS.user_data_dir) / "transcripts"


def verdicts_file() -> Path:
    """What the reader said of flags: JSONL, a line a verdict."""
    return Path(_DIRS.user_data_dir) / "verdicts.jsonl"


def cases_file() -> Path:
    """Turns that went wrong, as a question set: JSONL."""
    return Path(_DIRS.user_data_dir) / "cases.jsonl"


def tuning_dir() -> Path:
    """The log of what was trained, and the adapters that came of it."""
    return Path(_DIRS.user_data_dir) / "tuning"


def screenshots_dir() -> Path:
    """Pictures of the screen, within the user's own pictures."""
    return Path(_DIRS.user_pictures_dir) / "kotae"


def judgements_file() -> Path:
    """What models replied that judge answers: JSONL; safe to delete."""
    return Path(_DIRS.user_cache_dir) / "judgements.jsonl"


def state_dir() -> Path:
    """What the program remembers between starts; safe to delete."""
    return Path(_DIRS.user_state_dir)


def models_dir() -> Path:
    """The embedded models' weights, unpacked and verified."""
    return Path(_DIRS.user_cache_dir) / "models"


def indexes_dir() -> Path:
    """Indexes of manuals that were built on first use."""
    return Path(_DIRS.user_cache_dir) / "indexes"


def conversations_dir() -> Path:
    """Indexes of the transcripts, for the list of conversations; safe to delete."""
    return Path(_DIRS.user_cache_dir) / "conversations"


def log_file(name: str) -> Path:
    """The log of one of our processes: `kotae`, `embedded`, `retrieval`."""
    return Path(_DIRS.user_log_dir) / f"{name}.log"


def open_log(name: str) -> IO[bytes]:
    """That log, opened to be added to. Nobody but the user can read it.

    Raises:
        OSError: it can't be made or written.
    """
    path = log_file(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(OSError):  # not there yet, or another process has just put it aside
        if path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_name(f"{path.name}.1"))
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with suppress(OSError):
        path.chmod(0o600)  # it may be older than this rule
    return os.fdopen(file, "ab")
