"""Recorded conversations as timelines, and playing them against a clock that the test moves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kotae.errors import TranscriptError
from kotae.events import Closed, Delta, Finished, Flagged, Opened
from kotae.transcripts.player import SPEEDS, Player
from kotae.transcripts.read import INTERRUPTED
from kotae.transcripts.timeline import Moment, timeline

HEAD = {"type": "conversation", "schema": 1, "id": "c", "created": ""}


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def asked(
    turn: str, at: str, parent: str | None = None, question: str = "Who?", backend: str = "rag"
) -> dict[str, Any]:
    return {
        "type": "turn",
        "turn": turn,
        "at": f"2026-01-01T00:{at}+00:00",
        "parent": parent,
        "backend": backend,
        "question": question,
    }


def line(kind: str, turn: str, at: object = None, **more: object) -> dict[str, Any]:
    return {"type": kind, "turn": turn, **({} if at is None else {"at": at}), **more}


def answered(turn: str, at: str, text: str = "Yes.", ends: float = 1.0) -> list[dict[str, Any]]:
    return [
        asked(turn, at),
        line("delta", turn, ends, text=text),
        line("finished", turn, ends, reason="stop"),
        line("flags", turn, flags=[], groundedness=1.0, claims=1),
        line("closed", turn, f"2026-01-01T00:{at}+00:00", status="stop", total=ends),
    ]


def side_by_side() -> list[dict[str, Any]]:
    """One question that two backends answer at once: the second begins and ends first."""
    return [
        asked("a", "00:00", backend="base"),
        asked("b", "00:00", backend="rag"),
        line("delta", "b", 0.5, text="from the manual "),
        line("delta", "a", 0.6, text="made up "),
        line("delta", "b", 1.0, text="alone"),
        line("delta", "a", 1.1, text="freely"),
        line("finished", "b", 1.0, reason="stop"),
        line("finished", "a", 1.1, reason="stop"),
    ]


def written(folder: Path, lines: Sequence[object]) -> Path:
    path = folder / "c.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in [HEAD, *lines]), encoding="utf-8")
    return path


def kinds(moments: Sequence[Moment]) -> list[str]:
    return [type(moment.event).__name__ for moment in moments]


def text_of(moments: Sequence[Moment], turn: str) -> str:
    return "".join(m.event.text for m in moments if isinstance(m.event, Delta) and m.turn.id == turn)


def times(moments: Sequence[Moment], kind: type) -> list[float]:
    return [moment.at for moment in moments if isinstance(moment.event, kind)]


# -- timelines --------------------------------------------------------------------------------------------------------


def test_events_have_the_times_at_which_they_were_recorded(tmp_path: Path) -> None:
    moments = timeline(written(tmp_path, answered("t1", "00:00") + answered("t2", "00:03.500")))
    assert times(moments, Opened) == pytest.approx([0.0, 3.5])
    assert times(moments, Finished) == pytest.approx([1.0, 4.5])
    assert [m.at for m in moments] == sorted(m.at for m in moments)
    closed = moments[-1]
    assert isinstance(closed.event, Closed)
    assert closed.turn.answer == "Yes."


def test_text_that_was_recorded_in_one_go_comes_in_pieces(tmp_path: Path) -> None:
    answer = "締めた期間を再開できるのは経理責任者だけです。理由の入力が必要です。"
    moments = timeline(
        written(
            tmp_path,
            [asked("t1", "00:00"), line("delta", "t1", 0.5, text=""), line("delta", "t1", 1.0, text=answer)],
        )
    )
    deltas = [m for m in moments if isinstance(m.event, Delta)]
    assert text_of(moments, "t1") == answer
    assert len(deltas) > 8
    assert deltas[-1].at == pytest.approx(1.0)
    assert all(0.5 <= m.at <= 1.0 for m in deltas)


def test_a_long_wait_is_cut_short_and_only_that(tmp_path: Path) -> None:
    path = written(tmp_path, answered("t1", "00:00") + answered("t2", "30:00"))
    assert times(timeline(path, pause=3.0), Opened) == pytest.approx([0.0, 1.0 + 3.0])
    assert times(timeline(path, pause=3.0), Finished)[1] == pytest.approx(5.0)
    assert times(timeline(path, pause=None), Opened) == pytest.approx([0.0, 1800.0])


def test_turns_that_were_answered_at_once_play_side_by_side(tmp_path: Path) -> None:
    moments = timeline(written(tmp_path, side_by_side()))
    assert text_of(moments, "a") == "made up freely"
    assert text_of(moments, "b") == "from the manual alone"
    streamed = "".join(m.turn.id for m in moments if isinstance(m.event, Delta))
    assert "ab" in streamed
    assert "ba" in streamed


def test_an_answer_without_an_end_has_one(tmp_path: Path) -> None:
    path = written(tmp_path, [asked("t1", "00:00"), line("delta", "t1", 0.4, text="So")])
    with path.open("a", encoding="utf-8") as file:
        file.write('{"type":"delta","turn":"t1","te')
    moments = timeline(path)
    assert kinds(moments)[-2:] == ["Finished", "Closed"]
    assert moments[-1].turn.answer == "So"
    assert moments[-1].turn.error == INTERRUPTED


def test_verdicts_come_when_they_were_given(tmp_path: Path) -> None:
    flag = {"start": 0, "end": 3, "kind": "number", "score": 0.9, "reason": "no"}
    lines = answered("t1", "00:00")
    lines[3] = line("flags", "t1", flags=[flag], groundedness=0.0, claims=1)
    said = {"start": 0, "end": 3, "kind": "number", "verdict": "rejected", "groundedness": 1.0}
    lines.append({**line("verdict", "t1", "2026-01-01T00:00:02.500+00:00"), **said})
    *_, last = timeline(written(tmp_path, lines))
    assert isinstance(last.event, Flagged)
    assert last.at == pytest.approx(2.5)
    assert (last.event.flags[0].verdict, last.event.groundedness) == ("rejected", 1.0)


@pytest.mark.parametrize("at", [-5, 1e308, "yesterday", None, True, [], "9999-12-31T23:59:59+00:00"])
def test_times_that_make_no_sense_keep_the_order(tmp_path: Path, at: object) -> None:
    lines = [
        asked("t1", "00:00"),
        line("delta", "t1", 0.2, text="one "),
        {"type": "delta", "turn": "t1", "text": "two"}
        if at is None
        else line("usage", "t1", at, completion_tokens=2),
        {**asked("t2", "00:00", parent="t1"), "at": at if isinstance(at, str) else ""},
        line("delta", "t2", 0.3, text="three"),
        *answered("t3", "00:00"),
    ]
    moments = timeline(written(tmp_path, lines))
    assert [m.turn.id for m in moments if isinstance(m.event, Opened)] == ["t1", "t2", "t3"]
    assert text_of(moments, "t2") == "three"
    assert [m.at for m in moments] == sorted(m.at for m in moments)


def test_what_is_no_event_is_passed_over(tmp_path: Path) -> None:
    odd: list[object] = [
        [],
        7,
        {"type": "delta"},
        {"type": "delta", "turn": "t9", "text": "x"},
        {"type": "flags", "turn": "t1", "flags": 3},
    ]
    moments = timeline(
        written(tmp_path, [*odd, *answered("t1", "00:00"), {"type": "later", "turn": "t1", "at": 9}])
    )
    assert kinds(moments) == kinds(timeline(written(tmp_path, answered("t1", "00:00"))))


def test_what_is_no_transcript_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text("hello\n", encoding="utf-8")
    with pytest.raises(TranscriptError, match="is no Kotae transcript"):
        timeline(path)
    with pytest.raises(TranscriptError, match="can't be read"):
        timeline(tmp_path / "none.jsonl")


# -- playing ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def moments(tmp_path: Path) -> tuple[Moment, ...]:
    """Two answers: asked at 0 and 2 s, each a second long."""
    return timeline(written(tmp_path, answered("t1", "00:00") + answered("t2", "00:02")))


def test_what_is_due_is_handed_out_once(moments: tuple[Moment, ...]) -> None:
    clock = Clock()
    player = Player(moments, clock)
    assert kinds(player.due()) == ["Opened"]
    assert player.due() == []
    clock.now += 1.0
    first = player.due()
    assert kinds(first)[-3:] == ["Finished", "Flagged", "Closed"]
    clock.now += 60
    assert len(first) + 1 + len(player.due()) == len(moments)
    assert player.over
    assert player.position == player.length == pytest.approx(3.0)


def test_the_speed_counts_from_when_it_is_changed(moments: tuple[Moment, ...]) -> None:
    clock = Clock()
    player = Player(moments, clock)
    clock.now += 1.0
    player.faster()
    player.faster()
    assert player.speed == 4.0
    assert player.position == pytest.approx(1.0)
    clock.now += 0.25
    assert player.position == pytest.approx(2.0)
    player.faster(-1)
    clock.now += 0.25
    assert player.position == pytest.approx(2.5)


def test_the_speed_has_ends(moments: tuple[Moment, ...]) -> None:
    player = Player(moments, Clock(), speed=3.0)
    player.faster()
    assert player.speed == 4.0
    for _ in SPEEDS:
        player.faster()
    assert player.speed == SPEEDS[-1] == 16.0
    for _ in SPEEDS:
        player.faster(-1)
    assert player.speed == SPEEDS[0] == 0.25


def test_time_stands_still_while_paused(moments: tuple[Moment, ...]) -> None:
    clock = Clock()
    player = Player(moments, clock)
    player.due()
    clock.now += 0.5
    player.toggle()
    clock.now += 50
    assert player.due() == []
    assert player.position == pytest.approx(0.5)
    player.toggle()
    clock.now += 0.5
    assert "Finished" in kinds(player.due())


def test_a_step_is_one_recorded_line_and_pauses(moments: tuple[Moment, ...]) -> None:
    player = Player(moments, Clock())
    assert kinds(player.step()) == ["Opened"]
    text = player.step()
    assert set(kinds(text)) == {"Delta"}
    assert text_of(text, "t1") == "Yes."
    assert kinds(player.step()) == ["Finished"]
    assert player.paused
    assert player.position == pytest.approx(1.0)
    while not player.over:
        assert player.step()
    assert player.step() == []


def test_an_answer_can_be_skipped_to_its_end(moments: tuple[Moment, ...]) -> None:
    clock = Clock()
    player = Player(moments, clock)
    taken = player.step_answer()
    assert {m.turn.id for m in taken} == {"t1"}
    assert kinds(taken)[-1] == "Closed"
    assert not player.paused
    clock.now += 1.0
    assert kinds(player.due()) == ["Opened"]


def test_skipping_an_answer_leaves_a_pause_a_pause(moments: tuple[Moment, ...]) -> None:
    player = Player(moments, Clock(), paused=True)
    assert kinds(player.step_answer())[-1] == "Closed"
    assert player.paused
    player.step_answer()
    assert player.over
    assert player.step_answer() == []


def test_it_can_be_ended_and_begun_anew(moments: tuple[Moment, ...]) -> None:
    clock = Clock()
    player = Player(moments, clock, speed=2.0)
    assert len(player.finish()) == len(moments)
    assert player.position == player.length
    player.restart()
    assert (player.position, player.speed, player.paused) == (0.0, 2.0, False)
    assert kinds(player.due()) == ["Opened"]


def test_an_empty_conversation_is_over_at_once(tmp_path: Path) -> None:
    player = Player(timeline(written(tmp_path, [])), Clock())
    assert player.over
    assert (player.length, player.position, player.due(), player.step(), player.finish()) == (
        0.0,
        0.0,
        [],
        [],
        [],
    )
