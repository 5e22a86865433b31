"""The index behind the list of conversations: one SQLite file, made from the transcripts and never the source of anything.

It is made anew when its schema is another or it is damaged. Terms are trigrams, kept by conversation without positions: what a
search finds by them is looked at once more. What is shorter than a trigram is found by the trigrams that begin with it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from kotae.transcripts.contents import Asked, Contents, Stamp
from kotae.transcripts.matching import fold

VERSION = 1
"""Of the schema; one that is another is built anew."""
_SCHEMA = """
CREATE TABLE files (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    mtime INTEGER NOT NULL, size INTEGER NOT NULL, inode INTEGER NOT NULL,
    read INTEGER NOT NULL, tail BLOB NOT NULL, conversation INTEGER NOT NULL,
    created TEXT NOT NULL, updated TEXT NOT NULL, title TEXT NOT NULL, pinned INTEGER NOT NULL,
    question TEXT NOT NULL, backends TEXT NOT NULL, turns INTEGER NOT NULL
);
CREATE INDEX files_in_order ON files (pinned DESC, updated DESC, name DESC) WHERE conversation;
CREATE TABLE turns (
    file INTEGER NOT NULL, place INTEGER NOT NULL, id TEXT NOT NULL, backend TEXT NOT NULL,
    question TEXT NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (file, place)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (body, tokenize = 'trigram case_sensitive 1', detail = none);
CREATE VIRTUAL TABLE terms USING fts5vocab (words, 'row');
"""
_ORDER = "WHERE conversation AND turns > 0 ORDER BY pinned DESC, updated DESC, name DESC"
_ROWS = "SELECT id, name, created, updated, title, pinned, question, backends, turns FROM files"
_QUESTION = 300
"""Characters of the first question that the list needs."""
_MANY_TERMS = 300
"""Trigrams with one beginning from which it is so frequent that looking through the newest conversations is quicker."""
_CHUNK = 200
SEPARATOR = "\x1f"


class Store:
    """One open index. Not to be shared between threads."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            sqlite3.Error, OSError: it can't be opened, is damaged, or is of another version.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(
            os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        )  # SQLite gives its other files the mode of this one
        self._db = sqlite3.connect(path, timeout=10, isolation_level=None)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._begin()
        except BaseException:
            self._db.close()
            raise

    def _begin(self) -> None:
        if self._version() == 0:
            with self.changing():
                if self._version() == 0:  # no other process was quicker
                    for statement in _SCHEMA.split(";\n"):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {VERSION}")
        if self._version() != VERSION:
            raise sqlite3.DatabaseError(f"it has version {self._version()}, not {VERSION}")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All changes or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # -- files --------------------------------------------------------------------------------------------------------

    def stamps(self) -> dict[str, Stamp]:
        """What is known of each file, by name."""
        rows = self._db.execute("SELECT name, mtime, size, inode FROM files")
        return {name: Stamp(mtime, size, inode) for name, mtime, size, inode in rows}

    def contents(self, name: str) -> Contents:
        """What is known of a file; nothing when it is not known."""
        row = self._db.execute(
            "SELECT id, conversation, created, updated, title, pinned, read, tail FROM files WHERE name = ?",
            (name,),
        ).fetchone()
        if row is None:
            return Contents()
        file, conversation, created, updated, title, pinned, read, tail = row
        turns = {
            turn: Asked(turn, question, backend, [answer])
            for turn, backend, question, answer in self.turns(file)
        }
        return Contents(bool(conversation), created, updated, title, bool(pinned), turns, read, tail)

    def turns(self, file: int) -> list[tuple[str, str, str, str]]:
        """Id, backend, question and answer of each turn of a file."""
        rows = self._db.execute(
            "SELECT id, backend, question, answer FROM turns WHERE file = ? ORDER BY place", (file,)
        )
        return rows.fetchall()

    def put(self, name: str, stamp: Stamp, contents: Contents) -> None:
        """Keeps what a file holds, in place of what was known of it."""
        self.drop(name)
        turns = list(contents.turns.values())
        backends = SEPARATOR.join(dict.fromkeys(turn.backend for turn in turns))
        question = turns[0].question[:_QUESTION] if turns else ""
        row: tuple[Any, ...] = (
            *(name, stamp.mtime, stamp.size, stamp.inode, contents.read, contents.tail),
            *(contents.conversation, contents.created, contents.updated, contents.title, contents.pinned),
            *(question, backends, len(turns)),
        )
        file = self._db.execute(
            "INSERT INTO files (name, mtime, size, inode, read, tail, conversation, created, updated, title, pinned,"
            " question, backends, turns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        ).lastrowid
        if not turns:
            return
        texts = [(turn.question, "".join(turn.answer)) for turn in turns]
        self._db.executemany(
            "INSERT INTO turns (file, place, id, backend, question, answer) VALUES (?, ?, ?, ?, ?, ?)",
            ((file, place, turn.id, turn.backend, *texts[place]) for place, turn in enumerate(turns)),
        )
        said = [contents.title, *(text for turn in texts for text in turn)]
        # The end makes the last characters the beginning of a trigram, too.
        body = fold("\n".join(said)) + "\n\n"
        self._db.execute("INSERT INTO words (rowid, body) VALUES (?, ?)", (file, body))

    def drop(self, name: str) -> None:
        """Forgets a file."""
        row = self._db.execute("SELECT id FROM files WHERE name = ?", (name,)).fetchone()
        if row is not None:
            self._db.execute("DELETE FROM words WHERE rowid = ?", row)
            self._db.execute("DELETE FROM turns WHERE file = ?", row)
            self._db.execute("DELETE FROM files WHERE id = ?", row)

    # -- the list -----------------------------------------------------------------------------------------------------

    def rows(self, limit: int | None = None) -> list[tuple[Any, ...]]:
        """What the list needs of each conversation, in its order."""
        return self._db.execute(f"{_ROWS} {_ORDER} LIMIT ?", (-1 if limit is None else limit,)).fetchall()

    def rows_of(self, files: Sequence[int]) -> list[tuple[Any, ...]]:
        """The same of some conversations, in their order."""
        marks = ", ".join("?" * len(files))
        found = self._db.execute(f"{_ROWS} WHERE id IN ({marks})", files).fetchall()
        order = {file: place for place, file in enumerate(files)}
        return sorted(found, key=lambda row: order[row[0]])

    def holding(self, wanted: Sequence[str], limit: int) -> list[int]:
        """The files that hold all of the folded pieces, in the order of the list."""
        order = [row[0] for row in self._db.execute(f"SELECT id FROM files {_ORDER}")]  # noqa: S608
        for piece in wanted:
            candidates = self._candidates(piece)
            if candidates is not None:
                order = [file for file in order if file in candidates]
        found: list[int] = []
        step = 40  # what is frequent is found among the first
        while order and len(found) < limit:
            chunk, order = order[:step], order[step:]
            step = _CHUNK
            bodies = dict(self._bodies(chunk))
            found += [file for file in chunk if all(piece in bodies.get(file, "") for piece in wanted)]
        return found[:limit]

    def _bodies(self, files: Sequence[int]) -> Iterable[tuple[int, str]]:
        marks = ", ".join("?" * len(files))
        return self._db.execute(f"SELECT rowid, body FROM words WHERE rowid IN ({marks})", files)  # noqa: S608

    def _candidates(self, piece: str) -> set[int] | None:
        """The files that may hold a piece; None when that can't be said in short."""
        if len(piece) >= 3:
            grams = list(dict.fromkeys(piece[at : at + 3] for at in range(len(piece) - 2)))
            return self._matching(" AND ".join(map(_quoted, grams)))
        last = chr(min(ord(piece[-1]) + 1, 0x10FFFF))
        terms = self._db.execute(
            "SELECT term FROM terms WHERE term >= ? AND term < ? LIMIT ?",
            (piece, piece[:-1] + last, _MANY_TERMS),
        ).fetchall()
        if len(terms) >= _MANY_TERMS:
            return None
        return self._matching(" OR ".join(_quoted(term) for (term,) in terms)) if terms else set()

    def _matching(self, query: str) -> set[int]:
        return {row[0] for row in self._db.execute("SELECT rowid FROM words WHERE words MATCH ?", (query,))}


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'
