"""What stands in the prompt when a conversation is left is there again when it is gone on with: a small file each."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from pathlib import Path

_log = logging.getLogger(__name__)
_LARGEST = 4_000_000
"""Bytes that are read back; a longer file is none of ours."""
KEPT = 200
"""Conversations whose drafts are kept; those that were written longest ago go."""


def draft_file(transcript: Path | None) -> Path:
    """Where the draft of a conversation is kept; None stands for one in which nothing has been asked yet."""
    from kotae import paths

    if transcript is None:
        return paths.state_dir() / "draft.txt"
    return paths.state_dir() / "drafts" / f"{transcript.stem}.txt"


def load(path: Path) -> str:
    """The draft that was saved last; empty when there is none or it can't be read."""
    try:
        if path.stat().st_size > _LARGEST:
            return ""
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def save(path: Path, text: str) -> None:
    """Replaces the draft; an empty one leaves no file. A full disk is logged, never raised: the prompt still has the text."""
    try:
        if not text:
            path.unlink(missing_ok=True)
            return
        fresh = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".draft-")  # created with mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            Path(name).replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
        if fresh and path.parent.name == "drafts":
            _forget_old(path.parent)
    except OSError as error:
        _log.warning("the draft was not saved: %s", error)


def _forget_old(folder: Path) -> None:
    drafts = sorted(folder.glob("*.txt"), key=lambda file: file.stat().st_mtime)
    for file in drafts[:-KEPT]:
        file.unlink(missing_ok=True)
