"""Reading transcripts back, also those that a crash left unfinished."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from kotae.conversation import (
    Conversation,
    Flag,
    Message,
    Passage,
    Rewrite,
    Status,
    TokenUsage,
    Turn,
    Verdict,
)
from kotae.errors import TranscriptError
from kotae.preferences import Preference

INTERRUPTED = "The program ended before the answer did."


def read(path: Path) -> Conversation:
    """The conversation in a transcript.

    A torn or foreign line is passed over, so are unknown fields and event types. A turn that was never closed keeps what had
    arrived and says that it was interrupted.

    Raises:
        TranscriptError: the file can't be read, is no transcript, or was written by a later version's schema.
    """
    building: Builder | None = None
    for _, building in follow(path):  # noqa: B007 - the last one has it all
        pass
    assert building is not None
    return building.conversation()


def follow(path: Path) -> Iterator[tuple[Mapping[str, Any], Builder]]:
    """The lines of a transcript that can be used, the first one first, each with what is known once it is taken in.

    Raises:
        TranscriptError: as `read`.
    """
    building: Builder | None = None
    for line in _lines(path):
        if building is None:
            if line.get("type") != "conversation":
                break
            building = Builder(line, path)
        else:
            try:
                building.take(line)
            except (KeyError, TypeError, msgspec.ValidationError):
                continue
        yield line, building
    if building is None:
        raise TranscriptError(
            f"{path} is no Kotae transcript.", "Name a .jsonl file from the transcripts folder."
        )


def latest(folder: Path) -> Path | None:
    """The transcript that was written to last; None when there is none."""
    return next(iter(latest_first(folder)), None)


def latest_first(folder: Path) -> list[Path]:
    """The transcripts of a folder, the one that was written to last first."""
    from kotae.transcripts.contents import transcripts_in

    found = transcripts_in(folder)
    return [folder / name for name in sorted(found, key=lambda name: (found[name].mtime, name), reverse=True)]


def find(folder: Path, name: str) -> Path:
    """The transcript that `name` means: `last`, a path, or the beginning of an id.

    Raises:
        TranscriptError: there is none, or more than one.
    """
    if name == "last":
        path = latest(folder)
        if path is None:
            raise TranscriptError(
                f"There is no conversation in {folder} yet.", "Start one with `kotae chat`."
            )
        return path
    if Path(name).suffix == ".jsonl" and Path(name).is_file():
        return Path(name)
    found = (
        sorted(path for path in folder.glob("*.jsonl") if path.name.startswith(name))
        if folder.is_dir()
        else []
    )
    if len(found) == 1:
        return found[0]
    raise TranscriptError(
        f"{len(found)} conversations in {folder} begin with {name!r}."
        if found
        else f"No conversation in {folder} begins with {name!r}.",
        "Give more of the id, a file, or `last`.",
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            for raw in file:
                try:
                    line = msgspec.json.decode(raw)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    continue
                if isinstance(line, dict):
                    yield line
    except OSError as error:
        raise TranscriptError(
            f"{path} can't be read: {error.strerror or error}.", "Check the path and its permissions."
        ) from None


class _Asked(msgspec.Struct):
    """A `turn` line."""

    turn: str
    question: str
    backend: str
    parent: str | None = None
    at: str = ""


class _Text(msgspec.Struct):
    """A `delta` line."""

    text: str
    at: float | None = None


class _Finished(msgspec.Struct):
    """A `finished` line."""

    reason: Status
    error: str = ""
    hint: str = ""


class _Closed(msgspec.Struct):
    """A `closed` line."""

    status: Status
    error: str = ""
    hint: str = ""
    first_token: float | None = None
    total: float | None = None
    cost: float | None = None


class _Flags(msgspec.Struct):
    """A `flags` line."""

    flags: tuple[Flag, ...]
    groundedness: float | None = None
    claims: int | None = None


class _Verdict(msgspec.Struct):
    """A `verdict` line."""

    start: int
    end: int
    kind: str
    verdict: Verdict
    groundedness: float | None = None


class _Head(msgspec.Struct):
    """A `head` line: the reader went to another branch."""

    turn: str


class _Title(msgspec.Struct):
    """A `title` line; an empty one takes the title away."""

    title: str


class _Pinned(msgspec.Struct):
    """A `pinned` line."""

    pinned: bool


class _Fold(msgspec.Struct):
    """The run of messages in a prompt that repeats the conversation so far."""

    history: int


class Builder:
    """A conversation, line by line."""

    def __init__(self, head: Mapping[str, Any], path: Path) -> None:
        from kotae.transcripts.record import SCHEMA

        if not isinstance(head.get("schema"), int) or head["schema"] > SCHEMA:
            raise TranscriptError(
                f"{path} has transcript schema {head.get('schema')!r}; this Kotae reads up to {SCHEMA}.",
                "Update Kotae.",
            )
        self._id = str(head.get("id") or path.stem)
        self._created = str(head.get("created", ""))
        self._turns: dict[str, Turn] = {}
        self._text: dict[str, list[str]] = {}
        self._histories: dict[str | None, tuple[Message, ...]] = {None: ()}
        self._head: str | None = None
        self._title = ""
        self._pinned = False
        self._votes: tuple[Preference, ...] = ()

    def take(self, line: Mapping[str, Any]) -> None:
        """Adds what a line says; raises a ValidationError for one that is not as it should be."""
        kind, turn_id = line.get("type"), line.get("turn")
        if kind == "turn":
            self._open(msgspec.convert(line, _Asked))
        elif kind == "title":
            self._title = msgspec.convert(line, _Title).title
        elif kind == "pinned":
            self._pinned = msgspec.convert(line, _Pinned).pinned
        elif kind == "preference":
            self._vote(msgspec.convert(line, Preference))
        elif isinstance(turn_id, str) and turn_id in self._turns:
            turn = self._turns[turn_id]
            if kind == "delta":
                piece = msgspec.convert(line, _Text)
                self._text[turn_id].append(piece.text)
                self._turns[turn_id] = replace(turn, total=piece.at)
            elif kind == "head":
                self._head = msgspec.convert(line, _Head).turn
            else:
                self._turns[turn_id] = self._changed(turn, str(kind), line)

    def turn(self, turn_id: object) -> Turn | None:
        """A turn as far as it has come, without its text while that is coming; None when there is none of that id."""
        turn = self._turns.get(turn_id) if isinstance(turn_id, str) else None
        if turn is None or turn.status == "open":
            return turn
        return replace(turn, answer="".join(self._text[turn.id]))

    def conversation(self) -> Conversation:
        turns = {turn_id: self._whole(turn) for turn_id, turn in self._turns.items()}
        return Conversation(
            id=self._id,
            created=self._created,
            title=self._title,
            turns=turns,
            head=self._head,
            pinned=self._pinned,
            preferences=self._votes,
        )

    def _vote(self, vote: Preference) -> None:
        so_far = Conversation(id="", turns=self._turns, head=self._head, preferences=self._votes)
        so_far = so_far.with_preference(vote)
        self._head, self._votes = so_far.head, so_far.preferences

    def _open(self, asked: _Asked) -> None:
        self._turns[asked.turn] = Turn(
            id=asked.turn,
            question=asked.question,
            backend=asked.backend,
            parent=asked.parent,
            started=asked.at,
        )
        self._text[asked.turn] = []
        self._head = asked.turn

    def _changed(self, turn: Turn, kind: str, line: Mapping[str, Any]) -> Turn:
        if kind == "rewritten":
            return replace(turn, rewrite=msgspec.convert(line, Rewrite))
        if kind == "retrieved":
            return replace(turn, passages=tuple(msgspec.convert(line["passages"], list[Passage])))
        if kind == "attached":
            return replace(turn, pages=tuple(msgspec.convert(line["pages"], list[Passage])))
        if kind == "prompted":
            return replace(turn, prompt=self._unfolded(turn, msgspec.convert(line["messages"], list[Any])))
        if kind == "usage":
            return replace(turn, usage=msgspec.convert(line, TokenUsage))
        if kind == "flags":
            judged = msgspec.convert(line, _Flags)
            return replace(turn, flags=judged.flags, groundedness=judged.groundedness, claims=judged.claims)
        if kind == "verdict":
            said = msgspec.convert(line, _Verdict)
            meant = said.start, said.end, said.kind
            flags = tuple(
                replace(flag, verdict=said.verdict, remembered=False) if flag.place == meant else flag
                for flag in turn.flags
            )
            return replace(turn, flags=flags, groundedness=said.groundedness) if flags != turn.flags else turn
        if kind == "finished":
            end = msgspec.convert(line, _Finished)
            return replace(turn, status=end.reason, error=end.error, hint=end.hint)
        if kind == "closed":
            closed = msgspec.convert(line, _Closed)
            return replace(turn, **msgspec.structs.asdict(closed))
        return turn

    def _unfolded(self, turn: Turn, recorded: list[Any]) -> tuple[Message, ...]:
        messages: list[Message] = []
        for item in recorded:
            if isinstance(item, dict) and "history" in item:
                length = msgspec.convert(item, _Fold).history
                messages += self._history(turn.parent)[-length:] if length > 0 else ()
            else:
                messages.append(msgspec.convert(item, Message))
        return tuple(messages)

    def _history(self, turn_id: str | None) -> tuple[Message, ...]:
        """What was said up to and with a turn; a turn that is continued has said all it will say."""
        missing: list[Turn] = []
        while turn_id not in self._histories and turn_id in self._turns and len(missing) <= len(self._turns):
            missing.append(self._turns[turn_id])
            turn_id = missing[-1].parent
        history = self._histories.get(turn_id, ())
        for turn in reversed(missing):
            answer = "".join(self._text[turn.id])
            if answer:
                history = (*history, Message("user", turn.question), Message("assistant", answer))
            self._histories[turn.id] = history
        return history

    def _whole(self, turn: Turn) -> Turn:
        answer = "".join(self._text[turn.id])
        if turn.status == "open":
            return replace(
                turn, answer=answer, status="error", error=INTERRUPTED, hint="Ask again with retry."
            )
        return replace(turn, answer=answer)
