"""All conversations of a folder: listed, and searched by what was asked and answered in them.

What is shown comes from an index (`store.py`) that follows the files: a file that has not changed is not read again, one that grew
is read from where it ended. Several processes may have the same folder and index.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from kotae import paths
from kotae.errors import TranscriptError
from kotae.transcripts.contents import Stamp, transcripts_in
from kotae.transcripts.matching import Excerpt, excerpt, fold, marks, pieces
from kotae.transcripts.store import SEPARATOR, Store

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
Told = Callable[[int, int], None]
"""What takes progress: how many are done, of how many."""
_BATCH = 100
"""Files that are taken in at once: what was done before an interruption stays done."""
FOUND = 200
"""Conversations that a search gives at most, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation as it is listed."""

    path: Path
    created: str
    updated: str
    """When something was last asked; UTC, ISO 8601."""
    title: str
    question: str
    """The beginning of the first question."""
    pinned: bool
    backends: tuple[str, ...]
    """Those that were asked."""
    turns: int

    @property
    def id(self) -> str:
        """What it goes by on the command line."""
        return self.path.stem

    @property
    def heading(self) -> str:
        """The title, else the first question."""
        return self.title or self.question


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation that holds what was searched for."""

    entry: Entry
    turn: str = ""
    """Where it stands; empty when in the title alone."""
    where: str = "title"
    """`title`, `question` or `answer`."""
    excerpt: Excerpt | None = None
    heading_marks: tuple[tuple[int, int], ...] = ()
    """The ranges of the entry's heading that were searched for."""


class Library:
    """The conversations in a folder. Methods block: call them in a thread.

    They raise TranscriptError where the index can't be kept; one that is damaged or of another version is made anew.
    """

    def __init__(self, folder: Path, index: Path | None = None) -> None:
        """`index` is the index's file; by default one in the cache that belongs to the folder."""
        self.folder = folder
        self._index = index or _index_of(folder)
        self._lock = FileLock(self._index.with_suffix(".lock"), thread_local=False)
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Lets an `update` that is under way end soon; what it has done stays."""
        self._stopped.set()

    def update(self, progress: Told | None = None) -> bool:
        """Brings the index up to date with the files; whether anything has changed.

        Args:
            progress: told how many of the files that changed are done.
        """
        with self._alone():
            if self._stopped.is_set():
                return False
            return self._mended(lambda: self._follow(progress))

    def entries(self, limit: int | None = None) -> list[Entry]:
        """The conversations as they were when the index was last brought up to date: pinned ones first, then the newest."""
        return self._reading(lambda store: [self._entry(row) for row in store.rows(limit)])

    def search(self, words: str, limit: int = FOUND) -> list[Found]:
        """The conversations that hold all of the words, or parts of words, in the order of `entries`."""
        wanted = pieces(words)
        if not wanted:
            return []

        def find(store: Store) -> list[Found]:
            files = store.holding(wanted, limit)
            return [
                _found(self._entry(row), store.turns(row[0]), wanted)
                for start in range(0, len(files), _BATCH)
                for row in store.rows_of(files[start : start + _BATCH])
            ]

        return self._reading(find)

    # -- the index ----------------------------------------------------------------------------------------------------

    def _follow(self, progress: Told | None = None) -> bool:
        with closing(Store(self._index)) as store:
            there, known = transcripts_in(self.folder), store.stamps()
            gone = [name for name in known if name not in there]
            changed = [name for name, stamp in there.items() if known.get(name) != stamp]
            changed.sort(key=lambda name: there[name].mtime, reverse=True)
            if gone:
                with store.changing():
                    for name in gone:
                        store.drop(name)
            for start in range(0, len(changed), _BATCH):
                if self._stopped.is_set():
                    break
                if progress is not None:
                    progress(start, len(changed))
                with store.changing():
                    for name in changed[start : start + _BATCH]:
                        self._take(store, name, there[name])
            return bool(gone or changed)

    def _take(self, store: Store, name: str, stamp: Stamp) -> None:
        contents = store.contents(name)
        try:
            contents = contents.read_on(self.folder / name)
        except FileNotFoundError:  # moved since the folder was read
            store.drop(name)
        except OSError as error:
            _log.warning("%s is left out of the list: %s", name, error)
            store.drop(name)
        else:
            store.put(name, stamp, contents)

    def _entry(self, row: tuple[Any, ...]) -> Entry:
        _, name, created, updated, title, pinned, question, backends, turns = row
        return Entry(
            path=self.folder / name,
            created=created,
            updated=updated,
            title=title,
            question=question,
            pinned=bool(pinned),
            backends=tuple(backends.split(SEPARATOR)),
            turns=turns,
        )

    def _reading(self, read: Callable[[Store], _T]) -> _T:
        def reading() -> _T:
            with closing(Store(self._index)) as store:
                return read(store)

        try:
            return reading()
        except sqlite3.Error as error:
            _log.warning("the list of conversations is made anew: %s", error)
        except OSError as error:
            raise self._unusable(error) from None

        def again() -> _T:
            self._follow()
            return reading()

        with self._alone():
            read_again = self._mended(again)
        return read_again  # noqa: RET504 - as far as mypy knows, `_alone` may swallow what is raised in it

    def _mended(self, attempt: Callable[[], _T]) -> _T:
        """What `attempt` gives, on an index made anew when the one there is can't be used."""
        try:
            try:
                return attempt()
            except sqlite3.Error as error:
                if _locked(error):
                    raise
                _log.warning("the list of conversations is made anew: %s", error)
                self._remove()
                return attempt()
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from None

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm", "-journal"):
            self._index.with_name(self._index.name + suffix).unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While no other process changes the index."""
        try:
            self._index.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            while not self._stopped.is_set():
                with suppress(Timeout):
                    self._lock.acquire(timeout=0.2)
                    break
        except OSError as error:
            raise self._unusable(error) from None
        try:
            yield
        finally:
            if self._lock.is_locked:
                self._lock.release()

    def _unusable(self, error: Exception) -> TranscriptError:
        return TranscriptError(
            f"The list of conversations can't be kept in {self._index}: {error}.",
            "Make room or correct its permissions; the transcripts themselves are untouched.",
        )


def _index_of(folder: Path) -> Path:
    name = blake2b(str(folder.expanduser().resolve()).encode("utf-8", "surrogateescape"), digest_size=8)
    return paths.conversations_dir() / f"{name.hexdigest()}.sqlite3"


def _locked(error: sqlite3.Error) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def _found(entry: Entry, turns: list[tuple[str, str, str, str]], wanted: list[str]) -> Found:
    """Where a conversation holds what was searched for: best where all of it stands in one text, and not in the heading."""
    heading = marks(entry.heading, wanted)
    best: tuple[float, str, str, str] | None = None
    for turn, _, question, answer in turns:
        for where, text in (("question", question), ("answer", answer)):
            folded = fold(text)
            count: float = sum(piece in folded for piece in wanted)
            if count and text.startswith(entry.heading):
                count -= 0.5  # it stands above already
            if count and (best is None or count > best[0]):
                best = (count, turn, where, text)
        if best is not None and best[0] == len(wanted):
            break
    if best is None:
        return Found(entry, heading_marks=heading)
    return Found(entry, best[1], best[2], excerpt(best[3], wanted), heading)
