"""The log of jobs: other versions, other processes, and what is shown of both."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from kotae.transcripts.record import now
from kotae.tuning.jobs.curve import LINES, curve
from kotae.tuning.jobs.log import JobLog
from kotae.tuning.jobs.record import Data, Job, Metric, measured


@pytest.fixture
def log(tmp_path: Path) -> JobLog:
    return JobLog(tmp_path / "tuning")


def new(**more: Any) -> Job:
    data = Data(name="rows.jsonl", sha256="ab" * 32, rows=12, tokens=1000)
    given: dict[str, Any] = {"where": "local", "started": "2026-01-02T03:04:05.678+00:00", **more}
    return Job(id="", model="embedded", training=data, **given)


def add(log: JobLog, *lines: object) -> None:
    with log.path.open("ab") as file:
        for line in lines:
            file.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")


def test_a_job_that_only_another_version_can_read_keeps_its_number(log: JobLog) -> None:
    begun = log.begin(new())
    line = json.loads(log.path.read_bytes())
    add(log, {**line, "job": "2", "began": {**line["began"], "id": "2", "where": "elsewhere"}})
    add(log, {"job": "2", "at": "2027", "changed": {"state": "running"}}, {"job": "²", "at": "", "later": 1})
    other = log.begin(new())
    assert (begun.id, other.id) == ("1", "3")
    assert [(job.id, job.state) for job in log.jobs()] == [("1", "queued"), ("3", "queued")]


def test_numbers_are_given_once_though_many_begin(log: JobLog) -> None:
    threads = [threading.Thread(target=log.begin, args=(new(),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(job.id for job in log.jobs()) == list("12345678")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n\n",
        b"null\n",
        b'"job"\n',
        b'{"job": 7, "at": ""}\n',
        b'{"job": "1"}\n',
        b'{"job": "9", "at": "", "measured": [{"step": 1}]}\n',
        b'{"job": "1", "at": "", "measured": [{"step": "x"}]}\n',
        b'{"job": "1", "at": "", "changed": {"hyperparameters": []}}\n',
        b'{"job": "1", "at": "2026", "new": {"nested": [1, 2]}}\n',
        b"[" * 100_000 + b"\n",
        b"\xff\xfe\x00\n",
        b'{"job": "1", "at": "2026", "cha',
    ],
)
def test_what_makes_no_sense_costs_its_own_line_alone(log: JobLog, line: bytes) -> None:
    job = log.begin(new())
    add(log, line)
    log.measure(job, (Metric(step=1, loss=2.0),))
    [found] = log.jobs()
    assert (found.state, found.losses()[0]) == ("queued", [(1, 2.0)])
    assert log.begin(new()).id in ("2", "10")


def test_a_job_that_has_just_been_begun_is_not_taken_for_one_whose_process_is_gone(log: JobLog) -> None:
    assert log.settled(log.begin(new(started=now()))).state == "queued"
    assert log.settled(log.begin(new())).state == "cancelled"


def test_losses_of_one_step_are_put_together() -> None:
    told = measured(
        (Metric(step=2, loss=1.0), Metric(step=1, loss=3.0)), (Metric(step=2, held_out_part=0.5),)
    )
    assert told == (Metric(step=1, loss=3.0), Metric(step=2, loss=1.0, held_out_part=0.5))
    job = new(metrics=told)
    assert job.losses() == ([(1, 3.0), (2, 1.0)], [(2, 0.5)])
    assert new(metrics=measured(told, (Metric(step=1, held_out=0.9),))).losses()[1] == [(1, 0.9)]


@pytest.mark.parametrize(
    "points",
    [
        [(1, 0.0), (2, 0.0)],
        [(1, 1e308), (2, 0.0)],
        [(1, 2.0), (2, 1.0), (10**18, 1.0)],
        [(step, 1.0) for step in range(5000)],
    ],
    ids=["flat", "run-away", "far", "long"],
)
@pytest.mark.parametrize("colours", [True, False])
def test_any_losses_can_be_drawn(points: list[tuple[int, float]], colours: bool) -> None:
    drawn = curve(new(metrics=tuple(Metric(step=step, loss=loss) for step, loss in points)), colours=colours)
    assert len(drawn.splitlines()) == LINES
    assert curve(new(metrics=(Metric(step=1, loss=1.0),))) == ""
