"""A run on disk: the one place that knows what is where, and how far it has come.

    OUT/manifest.json        what the run was made with, and which models answered
    OUT/questions.jsonl      the questions, as they were asked
    OUT/transcripts/*.jsonl  one conversation a question: the answers of all backends are siblings in it

What is in the transcripts is all that is known of how far a run has come: there is no other record that could disagree with them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from filelock import FileLock, Timeout

from kotae.errors import TranscriptError
from kotae.evaluation.manifest import FILE as MANIFEST
from kotae.evaluation.manifest import RunManifest, differences, read_manifest, write_manifest, write_whole
from kotae.evaluation.metrics import Answer
from kotae.evaluation.questions import EvaluationError, Question
from kotae.evaluation.votes import vote_of
from kotae.transcripts.read import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kotae.conversation import Conversation, Turn

QUESTIONS = "questions.jsonl"
TRANSCRIPTS = "transcripts"
_LOCK = ".lock"
_HEAD = 1 << 16
"""Bytes that the first line of a transcript has at most."""
_HALF_WRITTEN = (f".{QUESTIONS}-", f".{MANIFEST}-")
"""How the files begin that `write_whole` leaves where it is killed."""
ANSWERED = ("stop", "length")
"""How a turn ends that brought an answer."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run on disk."""

    path: Path
    manifest: RunManifest
    questions: tuple[Question, ...]

    def answers(self) -> list[Answer]:
        """The answers there are, question by question, each backend's last that came to an end."""
        return [answer for answer, _ in self.recorded()]

    def recorded(self) -> Iterator[tuple[Answer, Conversation]]:
        """The same, each with the conversation that it stands in."""
        for place, question in enumerate(self.questions):
            conversation = _conversation(self.transcript(place))
            if conversation is not None:
                for turn in _done(conversation, self.manifest.backends).values():
                    yield Answer(question, turn, vote_of(conversation, turn.id)), conversation

    def lacking(self) -> dict[str, int]:
        """By backend, how many questions it has not answered; those that have answered all are left out."""
        return dict(Counter(backend for _, backend in missing(self)))

    def models(self) -> dict[str, list[str]]:
        """By backend, the models that gave its answers, as the server names them."""
        found: dict[str, list[str]] = {}
        for answer in self.answers():
            model = answer.turn.usage.model if answer.turn.usage is not None else ""
            names = found.setdefault(answer.turn.backend, [])
            if model and model not in names:
                names.append(model)
        return {backend: sorted(names) for backend, names in found.items() if names}

    def transcript(self, place: int) -> Path:
        """The transcript of the question at a place, counted from 0."""
        return self.path / TRANSCRIPTS / f"{_stem(place, self.questions[place].id)}.jsonl"


def _stem(place: int, question_id: str) -> str:
    """A file name that sorts as the questions do, holds what can be held of the id, and is no other question's."""
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", question_id).strip("-")[:40]
    if safe != question_id:
        safe = f"{safe}-{hashlib.sha256(question_id.encode()).hexdigest()[:8]}".lstrip("-")
    return f"{place + 1:05d}-{safe}"


def begin(out: Path, manifest: RunManifest, questions: Sequence[Question]) -> RunFolder:
    """The folder of a new run, or of one that was made with just this and is gone on with.

    Raises:
        EvaluationError: the folder holds something else, a run made with something else, or can't be written; or another process
            works on it.
    """
    try:
        if is_run(out) or not _empty(out):
            return _again(out, manifest)
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(out):
            if is_run(out):  # another process was quicker
                return _again(out, manifest)
            write_whole(out / QUESTIONS, b"".join(msgspec.json.encode(q) + b"\n" for q in questions))
            write_manifest(out, manifest)  # last: a folder without it is no run yet
    except OSError as error:
        raise EvaluationError(
            f"{out} can't be written: {error.strerror or error}.", "Name another folder with --out."
        ) from None
    return RunFolder(out, manifest, tuple(questions))


def _empty(out: Path) -> bool:
    """Whether nothing is in a folder, or only what a run leaves that was broken off before it began."""
    if not out.exists():
        return True
    left = (QUESTIONS, _LOCK)
    return all(path.name in left or path.name.startswith(_HALF_WRITTEN) for path in out.iterdir())


def _again(out: Path, manifest: RunManifest) -> RunFolder:
    """A run that is there, to be gone on with."""
    old = open_run(out)
    if found := differences(old.manifest, manifest):
        raise EvaluationError(
            f"The run in {out} was made with something else: {', '.join(found[:6])}"
            f"{', …' if len(found) > 6 else ''}.",
            "Name another folder with --out, or go back to what it was.",
        )
    return RunFolder(
        out, msgspec.structs.replace(old.manifest, concurrency=manifest.concurrency), old.questions
    )


def open_run(folder: Path) -> RunFolder:
    """A run that is there.

    Raises:
        EvaluationError: there is none.
    """
    manifest = read_manifest(folder)
    path = folder / QUESTIONS
    try:
        decoder = msgspec.json.Decoder(Question)
        questions = tuple(decoder.decode(line) for line in path.read_bytes().splitlines() if line.strip())
    except OSError as error:
        raise EvaluationError(f"{path} can't be read: {error.strerror}.", "The run is damaged.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise EvaluationError(f"{path} is damaged: {error}.", "Make the run again.") from None
    return RunFolder(folder, manifest, questions)


def is_run(path: Path) -> bool:
    """Whether a folder holds a run."""
    return path.is_dir() and (path / MANIFEST).is_file()


def _conversation(transcript: Path) -> Conversation | None:
    """What is in a transcript; None where nothing was asked yet."""
    return read(transcript) if begun(transcript) else None


def begun(transcript: Path) -> bool:
    """Whether a transcript has its head: a full disk, or a crash, leaves an empty file or the half of a line."""
    try:
        with transcript.open("rb") as file:
            return file.readline(_HEAD).endswith(b"\n")
    except FileNotFoundError:
        return False
    except OSError as error:
        raise TranscriptError(
            f"{transcript} can't be read: {error.strerror or error}.", "Check its permissions."
        ) from None


def _done(conversation: Conversation | None, backends: Mapping[str, object]) -> dict[str, Turn]:
    """The last answer of each backend that came to its end, in the order of the backends."""
    if conversation is None:
        return {}
    last = {turn.backend: turn for turn in conversation.turns.values() if turn.status in ANSWERED}
    return {name: last[name] for name in backends if name in last}


def missing(folder: RunFolder) -> list[tuple[int, str]]:
    """What has not been answered: places of questions, and backends, in the order in which they are asked."""
    found = []
    for place in range(len(folder.questions)):
        done = _done(_conversation(folder.transcript(place)), folder.manifest.backends)
        found += [(place, backend) for backend in folder.manifest.backends if backend not in done]
    return found


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The run is this process's alone.

    Raises:
        EvaluationError: another one works on it, or the folder can't be written.
    """
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise EvaluationError(
            f"Another process works on the run in {folder}.",
            "Wait for it, or name another folder with --out.",
        ) from None
    except OSError as error:
        raise EvaluationError(
            f"{folder} can't be written: {error.strerror or error}.", "Name another folder with --out."
        ) from None
    try:
        yield
    finally:
        lock.release()
