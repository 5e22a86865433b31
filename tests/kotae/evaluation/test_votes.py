from __future__ import annotations

from pathlib import Path

from kotae.conversation import Conversation, Flag, Turn, Verdict
from kotae.evaluation import people
from kotae.evaluation.sources import found_in
from kotae.evaluation.statistics import Comparison
from kotae.evaluation.votes import comparisons_in, vote_of
from kotae.events import Delta, Finished
from kotae.preferences import Outcome, Preference
from kotae.transcripts.record import Recorder
from tests.kotae.evaluation.answers import answer

NAMES = ("base", "rag", "tuned")


def turn(name: str) -> Turn:
    return Turn(id=name, question="Who?", backend=name, answer=f"By {name}.", status="stop")


def talk(outcome: Outcome, winner: str = "") -> Conversation:
    conversation = Conversation(id="c", turns={name: turn(name) for name in NAMES}, head="tuned")
    return conversation.with_preference(Preference(turns=NAMES, outcome=outcome, winner=winner))


QUESTIONS = dict.fromkeys(NAMES, "q1")


def test_the_best_is_better_than_each_and_the_others_are_not_compared() -> None:
    assert list(comparisons_in(talk("better", "rag"), QUESTIONS)) == [
        Comparison("base", "rag", 0.0, "q1"),
        Comparison("rag", "tuned", 1.0, "q1"),
    ]
    assert [vote_of(talk("better", "rag"), name) for name in NAMES] == [0, 1, 0]


def test_ties_and_answers_that_are_all_bad_are_half_for_each() -> None:
    for outcome in ("tie", "bad"):
        found = list(comparisons_in(talk(outcome), QUESTIONS))
        assert [comparison.result for comparison in found] == [0.5] * 3
        assert vote_of(talk(outcome), "rag") == 0.5


def test_turns_that_are_not_scored_are_passed_over() -> None:
    assert list(comparisons_in(talk("better", "rag"), {"base": "q1", "tuned": "q1"})) == []
    assert vote_of(Conversation(id="c", turns={"base": turn("base")}), "base") is None


def test_votes_are_found_in_transcripts(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "20260101T000000-abcdef")
    for name in NAMES:
        recorder.opened(turn(name))
        recorder.event(name, Delta(f"By {name}."), 0.1)
        recorder.event(name, Finished("stop"), 0.2)
        recorder.closed(turn(name))
    recorder.preferred(Preference(turns=NAMES, outcome="better", winner="tuned", blind=True))
    recorder.close()
    found = found_in([tmp_path])
    assert [(a.turn.backend, people.preferred(a)) for a in found.answers] == [
        ("base", 0),
        ("rag", 0),
        ("tuned", 1),
    ]
    assert {vote.question for vote in found.votes} == {"20260101T000000-abcdef/1"}
    assert len(found.votes) == 2


def test_confirmed_flags_count_where_somebody_looked() -> None:
    def flagged(*verdicts: Verdict) -> tuple[Flag, ...]:
        return tuple(
            Flag(start=0, end=1, kind="name", score=1, reason="", verdict=verdict) for verdict in verdicts
        )

    assert people.confirmed_flags(answer("x", turn={"flags": flagged("confirmed", "rejected", "")})) == 1
    assert people.confirmed_flags(answer("x", turn={"flags": flagged("rejected")})) == 0
    assert people.confirmed_flags(answer("x", turn={"flags": flagged("")})) is None
