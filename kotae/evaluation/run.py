"""Asking a question set of several backends, through the pipeline that the chat uses; every answer lands as a transcript.

    OUT/manifest.json        what the run was made with, and which models answered
    OUT/questions.jsonl      the questions, as they were asked
    OUT/transcripts/*.jsonl  one conversation a question: the answers of all backends are siblings in it

What is in the transcripts is all that is known of how far a run has come: there is no other record that could disagree with them.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from filelock import FileLock, Timeout

from kotae.backend import AnswerRequest
from kotae.errors import TranscriptError
from kotae.evaluation.manifest import FILE as MANIFEST
from kotae.evaluation.manifest import RunManifest, differences, read_manifest, write_manifest, write_whole
from kotae.evaluation.metrics import Answer
from kotae.evaluation.questions import EvaluationError, Question
from kotae.evaluation.votes import vote_of
from kotae.events import Progress
from kotae.settings import EMBEDDED, QUOTE
from kotae.transcripts.read import read
from kotae.transcripts.record import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kotae.conversation import Conversation, Turn
    from kotae.engine import Engine

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
        with _locked(out):
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
    return read(transcript) if _begun(transcript) else None


def _begun(transcript: Path) -> bool:
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


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer of a run has come, or failed."""

    question: Question
    turn: Turn


async def run(engine: Engine, folder: RunFolder) -> AsyncIterator[Asked | Progress]:
    """Asks what has not been answered yet; yields each turn as it is closed, and what long things are under way before answers.

    A turn that failed is yielded too, and is asked again when the run is gone on with. Iterate within `contextlib.aclosing`:
    leaving the iteration stops what is under way; what has come of it is kept, and not counted as an answer.

    Raises (while iterating):
        EvaluationError: another process works on the run.
        TranscriptError: an answer can't be recorded.
    """
    with _locked(folder.path):
        running = _Running(engine, folder)
        workers = [
            asyncio.create_task(running.work(lane.tasks))
            for lane in _lanes(folder)
            for _ in range(lane.width)
        ]
        everything = asyncio.gather(*workers)
        try:
            while True:
                waiting = asyncio.create_task(running.events.get())
                both: set[asyncio.Future[Any]] = {waiting, everything}
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                if waiting.done():
                    yield waiting.result()
                    continue
                waiting.cancel()
                everything.result()
                return
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(everything, *workers, return_exceptions=True)
            with suppress(
                OSError, TranscriptError
            ):  # the answers are there; this is what can be read from them
                write_manifest(folder.path, msgspec.structs.replace(folder.manifest, models=folder.models()))


@dataclass(slots=True)
class _Lane:
    """What is asked of one server."""

    width: int
    """How many answers it gives at once."""
    tasks: Iterator[tuple[int, str]]


def missing(folder: RunFolder) -> list[tuple[int, str]]:
    """What has not been answered: places of questions, and backends, in the order in which they are asked."""
    found = []
    for place in range(len(folder.questions)):
        done = _done(_conversation(folder.transcript(place)), folder.manifest.backends)
        found += [(place, backend) for backend in folder.manifest.backends if backend not in done]
    return found


def lane_of(manifest: RunManifest, backend: str) -> str:
    """The server that a backend asks; those that ask no model are one of their own."""
    table = manifest.backends[backend]
    return QUOTE if table["kind"] == QUOTE else str(table["server"])


def _lanes(folder: RunFolder) -> list[_Lane]:
    """One lane a server: a slow one holds up none but itself. The model in the box answers one at a time."""
    by_server: dict[str, list[tuple[int, str]]] = {}
    for place, backend in missing(folder):
        by_server.setdefault(lane_of(folder.manifest, backend), []).append((place, backend))
    return [
        _Lane(1 if server in (EMBEDDED, QUOTE) else folder.manifest.concurrency, iter(tasks))
        for server, tasks in by_server.items()
    ]


class _Running:
    """Answers under way, and the transcripts that they share."""

    def __init__(self, engine: Engine, folder: RunFolder) -> None:
        self.events: asyncio.Queue[Asked | Progress] = asyncio.Queue()
        self._engine = engine
        self._folder = folder
        self._open: dict[Path, tuple[Recorder, int]] = {}
        """By file, its recorder and how many answers are written to it."""

    async def work(self, tasks: Iterator[tuple[int, str]]) -> None:
        """Asks one after another. Several may take from the same tasks."""
        for place, backend in tasks:
            question = self._folder.questions[place]
            request = AnswerRequest(question=question.question, history=question.history)
            with self._recorder(self._folder.transcript(place)) as recorder:
                turn_run = self._engine.ask(backend, request, recorder=recorder)
                async for event in turn_run:
                    if isinstance(event, Progress):
                        self.events.put_nowait(event)
            self.events.put_nowait(Asked(question, turn_run.turn))

    @contextmanager
    def _recorder(self, path: Path) -> Iterator[Recorder]:
        recorder, users = self._open.get(path, (None, 0))
        if recorder is None:
            if not _begun(path):
                path.unlink(missing_ok=True)
            recorder = Recorder(path.parent, path.stem)
        self._open[path] = recorder, users + 1
        try:
            yield recorder
        finally:
            recorder, users = self._open.pop(path)
            if users > 1:
                self._open[path] = recorder, users - 1
            else:
                recorder.close()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise EvaluationError(
            f"Another process works on the run in {folder}.",
            "Wait for it, or name another folder with --out.",
        ) from None
    try:
        yield
    finally:
        lock.release()
