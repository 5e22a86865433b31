"""What the reader said of flags, remembered for the same claim in later answers.

One append-only JSONL file, `0600`, a line a verdict: `{"manual", "kind", "claim", "span", "verdict", "at"}`. The last line about a
claim holds; an empty verdict takes the one before back. Any number of processes may add to it. What is remembered belongs to the
manual by its place, not by its contents: a manual that changes keeps its verdicts.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from kotae.claims import Claim, claim_of, groundedness, judged
from kotae.conversation import Flag, Turn, Verdict
from kotae.language import Language
from kotae.sentences import blank
from kotae.settings import Settings
from kotae.transcripts.record import now

_log = logging.getLogger(__name__)
READ = 8 << 20
"""Bytes that are read of a file, from its end: some twenty thousand verdicts. What is older is forgotten."""
LONGEST = 2000
"""Characters of a claim that is remembered; nobody writes a longer one twice."""
_GAPS = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_ENDS = " #>|-*.。．!！:：;；,、，"


class _Line(msgspec.Struct):
    manual: str
    kind: str
    claim: str
    span: str
    verdict: Verdict
    at: str = ""


_Key = tuple[str, str, str]


class Verdicts:
    """The verdicts on flags that were held against one manual. Safe to use from several threads."""

    def __init__(self, path: Path, manual: str) -> None:
        """`manual` names the manual; nothing is read yet."""
        self._path = path
        self._manual = manual
        self._known: dict[_Key, Verdict] = {}
        self._read = 0
        """Bytes of the file that are known."""
        self._guard = threading.Lock()

    def refresh(self) -> None:
        """Reads what this or another process has added since. May take a while: call it in a thread. Never raises."""
        with self._guard:
            try:
                self._take_up()
            except OSError as error:
                if not isinstance(error, FileNotFoundError):
                    _log.warning("verdicts can't be read: %s", error)

    def recall(self, flags: Sequence[Flag], answer: str) -> tuple[Flag, ...]:
        """The flags of an answer, with the verdicts that were given to the same flags before."""
        if not self._known or not flags:
            return tuple(flags)
        claims = judged(answer)
        found = []
        for flag in flags:
            words = _words(answer, flag, claim_of(claims, flag))
            known = self._known.get((flag.kind, *words), "") if words is not None else ""
            found.append(replace(flag, verdict=known, remembered=True) if known else flag)
        return tuple(found)

    def remember(self, flag: Flag, answer: str) -> None:
        """Keeps the verdict of a flag of `answer` for the next time that its claim is flagged.

        Raises:
            OSError: it can't be written down; it is kept as long as the program runs.
        """
        words = _words(answer, flag, claim_of(judged(answer), flag))
        if words is None:
            return
        claim, span = words
        line = _Line(self._manual, flag.kind, claim, span, flag.verdict, now())
        with self._guard:
            self._known[flag.kind, claim, span] = flag.verdict
            self._append(msgspec.json.encode(line) + b"\n")

    def _take_up(self) -> None:
        with self._path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            if size < self._read:  # it was made anew
                self._read = 0
                self._known.clear()
            begin = max(self._read, size - READ)
            file.seek(begin)
            data = file.read(size - begin)
        whole = data.rfind(b"\n") + 1  # what follows is still being written, or was torn by a crash
        lines = data[:whole].split(b"\n")
        if begin > self._read:
            del lines[0]  # the end of one that began before
        self._read = begin + whole
        for raw in lines:
            try:
                line = msgspec.json.decode(raw, type=_Line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            if line.manual == self._manual:
                self._known[line.kind, line.claim, line.span] = line.verdict

    def _append(self, data: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        fd = os.open(self._path, flags, 0o600)
        try:
            size = os.lseek(fd, 0, os.SEEK_END)
            if size:
                os.lseek(fd, size - 1, os.SEEK_SET)
                if os.read(fd, 1) != b"\n":  # a line torn by a crash must not swallow this one
                    data = b"\n" + data
            os.write(fd, data)  # at once: lines of two processes don't mix
        finally:
            os.close(fd)


def judged_by_reader(turn: Turn, flag: Flag, verdict: Verdict) -> Turn:
    """The turn with that verdict on its flag, and what it leaves of the groundedness."""
    flags = tuple(
        replace(other, verdict=verdict, remembered=False) if other.place == flag.place else other
        for other in turn.flags
    )
    share = groundedness(judged(turn.answer), flags) if turn.groundedness is not None else None
    return replace(turn, flags=flags, groundedness=share)


def manual_name(settings: Settings, lang: Language) -> str:
    """What verdicts on flags go by that are held against the settings' manual: its place, or which sample it is."""
    place = settings.retrieval.index or settings.retrieval.manual
    return os.path.realpath(os.path.expanduser(place)) if place else f"sample manual ({lang})"  # noqa: PTH111


def _words(answer: str, flag: Flag, claim: Claim | None) -> tuple[str, str] | None:
    """What a flag's claim and its span say, however they are written; None for a claim too long to come again."""
    if claim is not None:
        start, said = claim.start, claim.plain
    else:  # a heading, a greeting: the line stands for the claim
        start = answer.rfind("\n", 0, flag.start) + 1
        end = answer.find("\n", flag.start)
        said = blank(answer[start : end if end >= 0 else len(answer)][: LONGEST + 1])
    if len(said) > LONGEST:
        return None
    return _normal(said), _normal(said[max(0, flag.start - start) : max(0, flag.end - start)])


def _normal(text: str) -> str:
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    # Marks that were blanked leave gaps, which mean nothing in a script that is written without any.
    return _GAPS.sub("", text).strip(_ENDS)
