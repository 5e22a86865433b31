"""What is done to conversations from outside: named, pinned, put into the bin and taken back.

The bin is the folder `bin` within the transcripts' folder. A transcript that another process writes is left alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from kotae.errors import TranscriptError
from kotae.transcripts.read import latest_first
from kotae.transcripts.record import Recorder, locked

LONGEST_TITLE = 200
"""Characters."""


def clean_title(title: str) -> str:
    """A title on one line, and no longer than titles are."""
    return " ".join(title.split())[:LONGEST_TITLE]


def rename(path: Path, title: str) -> None:
    """Names a conversation; an empty title takes its name away.

    Raises:
        TranscriptError: it is open in another Kotae, gone, or can't be written.
    """
    with _annotating(path) as recorder:
        recorder.title(clean_title(title))


def pin(path: Path, pinned: bool) -> None:
    """Puts a conversation to the top of the list, or lets go of it. Raises as `rename`."""
    with _annotating(path) as recorder:
        recorder.pinned(pinned)


def bin_of(folder: Path) -> Path:
    """Where a folder's deleted transcripts are."""
    return folder / "bin"


def delete(path: Path) -> Path:
    """Moves a transcript into the bin and returns where it is now.

    Raises:
        TranscriptError: it is open in another Kotae, gone, or can't be moved.
    """
    return _moved(path, bin_of(path.parent))


def restore(path: Path) -> Path:
    """Moves a transcript from the bin to where it was and returns where it is now. Raises as `delete`."""
    return _moved(path, path.parent.parent)


def deleted(folder: Path) -> list[Path]:
    """What is in a folder's bin, the newest first."""
    return latest_first(bin_of(folder))


def _moved(path: Path, folder: Path) -> Path:
    lock = locked(path)
    try:
        path.stat()  # gone is the first thing to say
        folder.mkdir(mode=0o700, exist_ok=True)
        target = folder / path.name
        if target.exists():
            raise TranscriptError(
                f"There is a {path.name} in {folder} already.", "Move one of the two away first."
            )
        path.rename(target)
    except OSError as error:
        raise TranscriptError(
            f"{path} can't be moved to {folder}: {error.strerror or error}.",
            "Check that it is there, and the folder's permissions.",
        ) from None
    finally:
        lock.release()
    return target


@contextmanager
def _annotating(path: Path) -> Iterator[Recorder]:
    """A recorder for a line that says something of the conversation as a whole: the file stays as old as its last answer."""
    try:
        status = path.stat()
    except OSError:
        status = None  # the recorder says so
    with closing(Recorder(path.parent, path.stem, begun=True)) as recorder:
        yield recorder
    if status is not None:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
