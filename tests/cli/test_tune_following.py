"""What is seen of a job while it goes on."""

from __future__ import annotations

import io
from typing import Any

import pytest

from kotae.cli.tune_following import _Shown
from kotae.events import Progress
from kotae.tuning.jobs.record import Data, Job, Metric, Said
from kotae.tuning.jobs.trainer import Away, Changed, Measured, Pace


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def job(**more: Any) -> Job:
    data = Data(name="rows.jsonl", sha256="ab" * 32, rows=12, tokens=1000)
    return Job(id="1", started="2026-01-02T03:04:05+00:00", where="openai", model="m", training=data, **more)


def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is written to a terminal of 80 columns from now on."""
    stream = _Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    for name, value in (("COLUMNS", "80"), ("LINES", "24"), ("TERM", "xterm")):
        monkeypatch.setenv(name, value)
    return stream


def test_the_curve_is_drawn_though_how_far_it_is_is_drawn_oftener(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at, written = 100.0, terminal(monkeypatch)
    monkeypatch.setattr("time.monotonic", lambda: at)
    shown = _Shown(job())
    metrics: tuple[Metric, ...] = ()
    for step in range(1, 12):
        metrics = (*metrics, Metric(step=step, loss=3.0 / step))
        now = job(state="running", remote="r", metrics=metrics)
        shown.take(now, Measured(metrics[-1:]))
        shown.take(now, Pace(Progress("Training", step, 20, "steps"), left=90.0))
        at += 0.2
    shown.close()
    assert "loss by step" in written.getvalue()
    assert "2 min left" in written.getvalue()


def test_what_a_service_says_steers_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    written = terminal(monkeypatch)
    shown = _Shown(job())
    said = Said(id="1", message="[red]Hi[/red] \x1b]0;title\x07\x1b[2J", level="warn")
    shown.take(job(state="\x1b[31modd", remote="r"), said)
    shown.close()
    assert r"warn: [red]Hi[/red] \x1b]0;title\x07\x1b[2J" in written.getvalue()
    assert "\x1b]0;" not in written.getvalue()
    assert "\x1b[31modd" not in written.getvalue()


def test_an_outage_is_said_once_and_what_goes_on_meanwhile(capsys: pytest.CaptureFixture[str]) -> None:
    shown = _Shown(job())
    for _ in range(2):
        shown.take(job(state="uploading"), Away("It can't be reached."))
    shown.take(job(state="queued", remote="r"), Changed({"state": "queued"}))
    shown.take(job(state="queued", remote="r"), Away("It can't be reached."))
    shown.close()
    assert capsys.readouterr().err.splitlines() == [
        "It can't be reached. It is asked again until it answers.",
        "The service answers again.",
        "Waiting for the service to begin",
        "It can't be reached. The job goes on; the service is asked again until it answers.",
    ]
