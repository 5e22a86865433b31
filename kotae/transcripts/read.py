"""Reading transcripts back, also those that a crash left unfinished."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import msgspec

from kotae.conversation import Conversation, Flag, Message, Passage, Rewrite, Status, TokenUsage, Turn
from kotae.errors import TranscriptError

INTERRUPTED = "The program ended before the answer did."


def read(path: Path) -> Conversation:
    """The conversation in a transcript.

    A torn or foreign line is passed over, so are unknown fields and event types. A turn that was never closed keeps what had
    arrived and says that it was interrupted.

    Raises:
        TranscriptError: the file can't be read, is no transcript, or was written by a later version's schema.
    """
    building: _Builder | None = None
    for line in _lines(path):
        if building is None:
            if line.get("type") != "conversation":
                break
            building = _Builder(line, path)
        else:
            try:
                building.take(line)
            except (KeyError, TypeError, msgspec.ValidationError):
                continue
    if building is None:
        raise TranscriptError(
            f"{path} is no Kotae transcript.", "Name a .jsonl file from the transcripts folder."
        )
    return building.conversation()


def latest(folder: Path) -> Path | None:
    """The transcript that was written to last; None when there is none."""
    files = [path for path in folder.glob("*.jsonl") if path.is_file()] if folder.is_dir() else []
    return max(files, key=lambda path: (path.stat().st_mtime, path.name), default=None)


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
    what = "No conversation" if not found else f"{len(found)} conversations"
    raise TranscriptError(
        f"{what} in {folder} begin with {name!r}.", "Give more of the id, a file, or `last`."
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            for raw in file:
                try:
                    line = msgspec.json.decode(raw)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    continue
                if isinstance(line, dict):
                    yield line
    except OSError as error:
        raise TranscriptError(
            f"{path} can't be read: {error.strerror or error}.", "Check the path and its permissions."
        ) from None


class _Builder:
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
        self._last: str | None = None

    def take(self, line: Mapping[str, Any]) -> None:
        kind, turn_id = line.get("type"), line.get("turn")
        if kind == "turn":
            self._open(line)
        elif turn_id in self._turns:
            turn_id = str(turn_id)
            if kind == "delta":
                self._text[turn_id].append(str(line["text"]))
                self._turns[turn_id] = replace(self._turns[turn_id], total=line.get("at"))
            else:
                self._turns[turn_id] = self._changed(self._turns[turn_id], str(kind), line)

    def conversation(self) -> Conversation:
        turns = {turn_id: self._whole(turn) for turn_id, turn in self._turns.items()}
        return Conversation(id=self._id, created=self._created, turns=turns, head=self._last)

    def _open(self, line: Mapping[str, Any]) -> None:
        turn = Turn(
            id=line["turn"],
            question=line["question"],
            backend=line["backend"],
            parent=line.get("parent"),
            started=line.get("at", ""),
        )
        self._turns[turn.id] = turn
        self._text[turn.id] = []
        self._last = turn.id

    def _changed(self, turn: Turn, kind: str, line: Mapping[str, Any]) -> Turn:
        if kind == "rewritten":
            return replace(turn, rewrite=msgspec.convert(line, Rewrite))
        if kind == "retrieved":
            return replace(turn, passages=tuple(msgspec.convert(line["passages"], list[Passage])))
        if kind == "prompted":
            return replace(turn, prompt=self._unfolded(turn, line["messages"]))
        if kind == "usage":
            return replace(turn, usage=msgspec.convert(line, TokenUsage))
        if kind == "flags":
            flags = tuple(msgspec.convert(line["flags"], list[Flag]))
            return replace(turn, flags=flags, groundedness=line.get("groundedness"))
        if kind in ("finished", "closed"):
            status = cast("Status", line["reason"] if kind == "finished" else line["status"])
            turn = replace(turn, status=status, error=line.get("error", ""), hint=line.get("hint", ""))
            if kind == "closed":
                turn = replace(
                    turn, first_token=line.get("first_token"), total=line.get("total"), cost=line.get("cost")
                )
        return turn

    def _unfolded(self, turn: Turn, recorded: list[dict[str, Any]]) -> tuple[Message, ...]:
        messages: list[Message] = []
        for item in recorded:
            if "history" in item:
                so_far = Conversation(id="", turns={t: self._whole(v) for t, v in self._turns.items()})
                messages += so_far.history(turn.parent)[-item["history"] :]
            else:
                messages.append(msgspec.convert(item, Message))
        return tuple(messages)

    def _whole(self, turn: Turn) -> Turn:
        answer = "".join(self._text[turn.id])
        if turn.status == "open":
            return replace(
                turn, answer=answer, status="error", error=INTERRUPTED, hint="Ask again with retry."
            )
        return replace(turn, answer=answer)
