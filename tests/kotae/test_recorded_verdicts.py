"""Verdicts in the transcript, and in the turn that raises the same flag again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kotae.backend import AnswerRequest
from kotae.conversation import Flag, Turn
from kotae.events import Delta, Finished
from kotae.transcripts.read import read
from kotae.transcripts.record import Recorder
from kotae.turn import TurnContext, TurnRun
from kotae.verdicts import Verdicts
from plugins.manager import PluginManager
from tests.kotae.backends import Scripted

ANSWER = "It takes 90 days. It is logged."
FLAG = Flag(start=9, end=16, kind="number", score=0.9, reason="why")
NESTED = replace(FLAG, start=0, end=17, kind="unsupported")


class Flagger(PluginManager):
    """Flags the days."""

    async def flag_answer(self, **_: Any) -> list[Flag]:
        return [FLAG]


def recorded(folder: Path) -> Recorder:
    recorder = Recorder(folder, "c")
    turn = Turn(id="t1", question="How long?", backend="base", answer=ANSWER, status="stop", started="2026")
    recorder.opened(turn)
    recorder.event("t1", Delta(ANSWER), 0.1)
    recorder.event("t1", Finished("stop"), 0.2)
    recorder.flagged("t1", (FLAG, NESTED), 0.5, 2)
    recorder.closed(turn)
    return recorder


def test_a_verdict_is_read_back_with_what_it_leaves_of_the_groundedness(tmp_path: Path) -> None:
    recorder = recorded(tmp_path)
    recorder.verdict("t1", replace(FLAG, verdict="rejected"), 0.5)
    recorder.verdict("t1", replace(NESTED, verdict="rejected"), 1.0)
    recorder.verdict("t1", replace(FLAG, verdict="confirmed"), 0.5)
    recorder.close()
    turn = read(recorder.path).turns["t1"]
    assert [flag.verdict for flag in turn.flags] == ["confirmed", "rejected"]
    assert (turn.groundedness, turn.claims, turn.status) == (0.5, 2, "stop")


def test_a_verdict_taken_back_leaves_the_flag_as_it_was(tmp_path: Path) -> None:
    recorder = recorded(tmp_path)
    recorder.verdict("t1", replace(FLAG, verdict="rejected"), 1.0)
    recorder.verdict("t1", FLAG, 0.5)
    recorder.close()
    assert read(recorder.path).turns["t1"].flags == (FLAG, NESTED)


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"verdict","turn":"t1","start":9,"end":16,"kind":"number","verdict":"maybe"}',
        '{"type":"verdict","turn":"t1","start":9,"end":17,"kind":"number","verdict":"rejected"}',
        '{"type":"verdict","turn":"t9","start":9,"end":16,"kind":"number","verdict":"rejected"}',
        '{"type":"verdict","turn":"t1","start":"x"}',
    ],
)
def test_a_verdict_on_no_flag_of_the_turn_is_passed_over(tmp_path: Path, line: str) -> None:
    recorder = recorded(tmp_path)
    recorder.close()
    with recorder.path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.write(
            '{"type":"verdict","turn":"t1","start":9,"end":16,"kind":"number","verdict":"confirmed","mood":1}\n'
        )
    flags = read(recorder.path).turns["t1"].flags
    assert [flag.verdict for flag in flags] == ["confirmed", ""]


def test_transcripts_from_before_there_were_verdicts_are_read(tmp_path: Path) -> None:
    recorder = recorded(tmp_path)
    recorder.close()
    text = recorder.path.read_text(encoding="utf-8")
    for gone in (',"verdict":"","remembered":false', ',"claims":2'):
        assert gone in text
        text = text.replace(gone, "")
    recorder.path.write_text(text, encoding="utf-8")
    turn = read(recorder.path).turns["t1"]
    assert (turn.flags, turn.groundedness, turn.claims) == ((FLAG, NESTED), 0.5, None)


async def test_the_same_flag_is_raised_with_its_verdict_and_recorded_so(tmp_path: Path) -> None:
    said = Verdicts(tmp_path / "v", "m")
    said.remember(replace(FLAG, verdict="rejected"), ANSWER)
    recorder = Recorder(tmp_path, "c")
    context = TurnContext(hooks=Flagger(), recorder=recorder, verdicts=Verdicts(tmp_path / "v", "m"))
    backend = Scripted(Delta(ANSWER), Finished("stop"))
    run = TurnRun(backend, AnswerRequest(question="How long?", history=()), context)
    async for _ in run:
        pass
    recorder.close()
    (turn,) = read(recorder.path).turns.values()
    assert turn.flags == run.turn.flags == (replace(FLAG, verdict="rejected", remembered=True),)
    assert (turn.groundedness, turn.claims) == (1.0, 2)
