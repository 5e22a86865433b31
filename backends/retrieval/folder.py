"""The index folder: which version is in use, who may write, and what of it is ours.

    OUT/CURRENT          names the version that is in use
    OUT/v-1f3a.../       one complete index
    OUT/.new-.../        one that is being written
    OUT/.partial-...     vectors of a build that was cut short, from which the next one goes on
    OUT/.lock            held by whoever builds

A new version is written beside the old one and comes into use when `CURRENT` is replaced, which is one rename.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kotae.errors import IndexFolderError

POINTER = "CURRENT"
MANIFEST = "manifest.json"
LOCK = ".lock"
VERSION = re.compile(r"v-[0-9a-f]{16}")
"""Names of versions. Nothing that is named otherwise is ever taken for ours."""
PARTIAL = re.compile(r"\.partial-[0-9a-f]{16}")
"""Names of what a build that was cut short leaves for the next one."""
_TEMPORARY = re.compile(rf"\.(?:new|{POINTER})-[0-9a-f]{{12}}")
"""Names of what is being written."""


def damaged(folder: Path, why: str) -> IndexFolderError:
    """The error for an index that is not what was written."""
    return IndexFolderError(
        f"The index in {folder} is damaged: {why}.",
        f"Run `kotae index SOURCE --out {folder}` to build it again.",
    )


def is_index(folder: Path) -> bool:
    """Whether `folder` is one of ours, sound or not. Other programs have a file `CURRENT` too, so that alone is no sign."""
    version = pointed_to(folder)
    return version is not None and (folder / version / MANIFEST).exists()


def pointed_to(folder: Path) -> str | None:
    """The version that the pointer names; None when there is no pointer, or not one of ours."""
    try:
        name = read_file(folder / POINTER, 100).decode().strip()
    except (OSError, UnicodeDecodeError):
        return None
    return name if VERSION.fullmatch(name) else None


def read_file(path: Path, most: int) -> bytes:
    """At most so many bytes of a file.

    Raises:
        OSError: it can't be read, or is something else that may never end, or keeps whoever opens it waiting.
    """
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(file, "rb") as stream:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "Not a file", str(path))
        return stream.read(most)


def versions(folder: Path) -> list[Path]:
    """What is named as a version in `folder`, in use or not."""
    return [path for path in folder.iterdir() if VERSION.fullmatch(path.name)] if folder.is_dir() else []


def current_version(folder: Path) -> str:
    """Name of the version in use.

    Raises:
        IndexFolderError: `folder` is no index.
    """
    name = pointed_to(folder)
    if name is None:
        if versions(folder):
            raise damaged(folder, "its pointer names no version")
        raise IndexFolderError(
            f"There is no index of a manual in {folder}."
            if folder.exists()
            else f"There is no index in {folder}.",
            f"Run `kotae index SOURCE --out {folder}`.",
        )
    return name


def refuse_other_folders(out: Path) -> None:
    """Let pass what is an index, the remains of one, empty, or not there.

    Raises:
        IndexFolderError: `out` holds something else, or is a file.
    """
    if out.is_dir():
        if not is_index(out) and not _holds_nothing_else(out):
            raise IndexFolderError(
                f"{out} is not empty and no index; nothing in it was touched.",
                "Name a new or an empty folder with --out.",
            )
    elif out.exists():
        raise IndexFolderError(f"{out} is a file.", "Name a new or an empty folder with --out.")


def _holds_nothing_else(out: Path) -> bool:
    """Whether `out` is empty, or the remains of an index: only names of ours, and a sign that it was us who gave them."""
    kept = []
    for path in out.iterdir():
        if path.name == POINTER or VERSION.fullmatch(path.name):
            kept.append(path)
        elif path.name != LOCK and not _TEMPORARY.fullmatch(path.name) and not PARTIAL.fullmatch(path.name):
            return False
    return not kept or pointed_to(out) is not None or any((path / MANIFEST).exists() for path in kept)


def sweep(out: Path, keep: str) -> None:
    """Delete what builds left that were cut short, except the partial vectors named `keep`.

    Whoever made these is gone, or would hold the lock. What is kept is written to, so it has to be a file that is nowhere else.
    """
    for path in out.iterdir():
        if _TEMPORARY.fullmatch(path.name) or (PARTIAL.fullmatch(path.name) and not _is_kept(path, keep)):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _is_kept(path: Path, keep: str) -> bool:
    found = path.lstat()
    return path.name == keep and stat.S_ISREG(found.st_mode) and found.st_nlink == 1


@contextmanager
def locked(out: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the right to write to `out`; `waiting` is called again and again while another process has it, and may raise."""
    from filelock import FileLock, Timeout

    lock = FileLock(out / LOCK)
    patience = 0.0
    while True:
        try:
            lock.acquire(timeout=patience)
            break
        except Timeout:
            patience = 0.2
            waiting()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def new_version(out: Path) -> Iterator[Path]:
    """A folder to write a version to; what is left of it at the end is deleted."""
    home = out / f".new-{secrets.token_hex(6)}"
    home.mkdir()
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def bring_into_use(out: Path, home: Path) -> None:
    """Make what was written to `home` the index, and delete the version before it."""
    version = f"v-{secrets.token_hex(8)}"
    home.rename(out / version)
    replace(out / POINTER, f"{version}\n".encode())
    for path in versions(out):
        if path.name != version:
            shutil.rmtree(path, ignore_errors=True)


def replace(path: Path, data: bytes) -> None:
    """Write a file in one step: readers see the old one or the new one."""
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(6)}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
