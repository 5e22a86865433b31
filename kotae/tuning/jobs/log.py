"""The log of jobs: append-only JSONL, a line an event, so that a job is known from the moment it was begun.

Readers accept a torn last line, lines that make no sense, and unknown fields. Several processes may write at once.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from kotae import paths
from kotae.errors import KotaeError
from kotae.transcripts.record import now
from kotae.tuning.jobs.record import Evaluation, Job, Metric, Said, changed, digest, measured

FILE = "jobs.jsonl"
_YOUNG = 2.0
"""Seconds within which whoever began a job has laid hold of it."""


class TuningError(KotaeError):
    """A job can't be found, written down, or gone on with."""


class _Line(msgspec.Struct, omit_defaults=True):
    job: str
    at: str
    began: Job | None = None
    changed: dict[str, Any] = {}
    measured: tuple[Metric, ...] = ()
    said: Said | None = None
    evaluated: Evaluation | None = None


class _Numbered(msgspec.Struct):
    job: str


class JobLog:
    """All jobs that were ever started from here. Nobody but the user can read it.

    Args:
        folder: where the log is; default: the platform's data folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or paths.tuning_dir()
        self.path = self.folder / FILE

    def jobs(self) -> list[Job]:
        """The jobs, the one begun last at the end.

        Raises:
            TuningError: the log can't be read.
        """
        found: dict[str, Job] = {}
        for line in self._lines():
            try:
                _take(found, line)
            except (msgspec.ValidationError, TypeError, ValueError):
                continue  # written by another version; the rest of the job is still of use
        return list(found.values())

    def job(self, name: str) -> Job:
        """The job of a number, or of the name that the service gave it; `last` is the one begun last.

        Raises:
            TuningError: there is none, or the log can't be read.
        """
        jobs = self.jobs()
        if name == "last" and jobs:
            return jobs[-1]
        for job in jobs:
            if name in (job.id, job.remote) and name:
                return job
        raise TuningError(f"There is no job {name!r}.", "`kotae tune status` lists them.")

    def begin(self, job: Job) -> Job:
        """Writes a new job down; its id is given here. Raises TuningError where it can't be."""
        with self.alone():
            # Jobs that only another version can read have numbers, too.
            number = max((int(name) for name in map(_job_of, self._raw()) if name.isdecimal()), default=0) + 1
            job = msgspec.structs.replace(job, id=str(number), changed=job.started)
            self._written(_Line(job.id, job.started, began=job), sync=True)
        return job

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other process begins a job or adds what came of one to the settings. Raises TuningError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = FileLock(self.folder / ".lock", mode=0o600)
            lock.acquire()
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            yield
        finally:
            lock.release()

    def change(self, job: Job, **changes: Any) -> Job:
        """Writes changed fields down; the job with them. Raises TuningError."""
        plain = msgspec.to_builtins(changes)
        at = now()
        self._written(_Line(job.id, at, changed=plain), sync=True)
        return changed(job, {**plain, "changed": at})

    def measure(self, job: Job, metrics: tuple[Metric, ...]) -> Job:
        """Writes down what was measured. Raises TuningError."""
        self._written(_Line(job.id, now(), measured=metrics))
        return msgspec.structs.replace(job, metrics=measured(job.metrics, metrics))

    def say(self, job: Job, said: Said) -> Job:
        """Writes down what was said, unless it was already. Raises TuningError."""
        if any(known.id == said.id for known in job.said):
            return job
        self._written(_Line(job.id, now(), said=said))
        return msgspec.structs.replace(job, said=(*job.said, said))

    def evaluate(self, job: Job, evaluation: Evaluation) -> Job:
        """Writes down how the result did in a run; an earlier word on the same run is replaced. Raises TuningError."""
        self._written(_Line(job.id, now(), evaluated=evaluation))
        return _evaluated(job, evaluation)

    @contextmanager
    def held(self, job: Job) -> Iterator[None]:
        """While a process works on a job that no other may work on. Raises TuningError where another does."""
        try:
            lock = FileLock(self._lock(job), mode=0o600)
            lock.acquire(timeout=0)
        except Timeout:
            raise TuningError(
                f"Another process works on job {job.id}.", f"`kotae tune status {job.id}` says how far it is."
            ) from None
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            yield
        finally:
            lock.release()

    def settled(self, job: Job) -> Job:
        """The job; one on this machine whose process has ended without a word is cancelled, unless it had written its adapter."""
        if job.where != "local" or job.ended or _age(job) < _YOUNG:
            return job
        try:
            with self.held(job):
                fresh = self.job(job.id)
                return fresh if fresh.ended else self.change(fresh, **_ended_early(fresh))
        except TuningError:
            return job

    def _lock(self, job: Job) -> Path:
        return self.folder / f".job-{job.id}.lock"

    def _lines(self) -> Iterator[_Line]:
        decoder = msgspec.json.Decoder(_Line)
        for raw in self._raw():
            try:
                yield decoder.decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue

    def _raw(self) -> list[bytes]:
        try:
            return self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise TuningError(
                f"{self.path} can't be read: {error.strerror or error}.", "Check its permissions."
            ) from None

    def _written(self, line: _Line, *, sync: bool = False) -> None:
        try:
            self._append(line, sync=sync)
        except OSError as error:
            raise self._unwritable(error) from None

    def _append(self, line: _Line, *, sync: bool) -> None:
        data = msgspec.json.encode(line) + b"\n"
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        fd = os.open(self.path, flags, 0o600)
        try:
            if size := os.lseek(fd, 0, os.SEEK_END):
                os.lseek(fd, size - 1, os.SEEK_SET)
                if os.read(fd, 1) != b"\n":  # a line torn by a crash must not swallow this one
                    data = b"\n" + data
            while (
                data
            ):  # at once, so that lines of two processes don't mix; a disk that is nearly full takes a part
                data = data[os.write(fd, data) :]
            if sync:  # what a service was asked to do may not be forgotten
                os.fsync(fd)
        finally:
            os.close(fd)

    def _unwritable(self, error: OSError) -> TuningError:
        return TuningError(
            f"{self.path} can't be written: {error.strerror or error}.",
            "Make room, or check its permissions.",
        )


def _job_of(line: bytes) -> str:
    """The number in a line, whatever else is in it; empty where there is none."""
    try:
        return msgspec.json.decode(line, type=_Numbered).job
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _ended_early(job: Job) -> dict[str, Any]:
    """What fields of a job are whose process was killed; what it had half written is deleted."""
    adapter = Path(job.adapter)
    with suppress(OSError, ValueError):
        for part in adapter.parent.iterdir() if job.adapter else ():
            if part.name.startswith(f".{adapter.name}.") and part.name[len(adapter.name) + 2 :].isdecimal():
                part.unlink()  # the number is that of the process
        return {"state": "succeeded", "adapter_sha256": digest(adapter.read_bytes())}
    return {"state": "cancelled", "error": "The process that trained it ended early; nothing was written."}


def _age(job: Job) -> float:
    """Seconds since the job was begun."""
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(job.started)).total_seconds()
    except (ValueError, TypeError):
        return math.inf


def _take(jobs: dict[str, Job], line: _Line) -> None:
    if line.began is not None:
        jobs[line.job] = line.began
    job = jobs.get(line.job)
    if job is None:
        return
    if line.changed:
        job = changed(job, line.changed)
    if line.measured:
        job = msgspec.structs.replace(job, metrics=measured(job.metrics, line.measured))
    if line.said is not None and all(known.id != line.said.id for known in job.said):
        job = msgspec.structs.replace(job, said=(*job.said, line.said))
    if line.evaluated is not None:
        job = _evaluated(job, line.evaluated)
    jobs[line.job] = msgspec.structs.replace(job, changed=line.at)


def _evaluated(job: Job, evaluation: Evaluation) -> Job:
    others = tuple(known for known in job.evaluations if known.run != evaluation.run)
    return msgspec.structs.replace(job, evaluations=(*others, evaluation))
