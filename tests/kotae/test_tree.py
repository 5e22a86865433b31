"""What is shown of a tree, what stands beside a turn, and where a branch goes on."""

from __future__ import annotations

from dataclasses import replace

from kotae import tree
from kotae.conversation import Conversation, Turn
from kotae.tree import Place


def conversation(*turns: tuple[str, str, str | None], head: str) -> Conversation:
    """Turns by id, question and parent."""
    made = {
        turn_id: Turn(id=turn_id, question=question, backend="base", parent=parent, answer="x")
        for turn_id, question, parent in turns
    }
    return Conversation(id="c", turns=made, head=head)


FORKED = conversation(
    ("a", "Who?", None),
    ("b", "When?", "a"),
    ("b2", "When?", "a"),
    ("c", "Where?", "a"),
    ("d", "And?", "b"),
    ("e", "So?", "d"),
    head="e",
)


def shown(head: str) -> list[str]:
    return [turn.id for turn in tree.shown(replace(FORKED, head=head))]


def test_answers_to_one_question_are_shown_together_and_other_questions_are_not() -> None:
    assert shown("e") == ["a", "b2", "b", "d", "e"]
    assert shown("c") == ["a", "c"]
    assert shown("b2") == ["a", "b", "b2"]


def test_places_are_counted_among_versions_and_among_answers() -> None:
    turn = FORKED.turns["b2"]
    assert tree.versions(FORKED, turn) == Place(1, 2)
    assert tree.place_among_answers(FORKED, turn) == Place(2, 2)
    assert tree.versions(FORKED, FORKED.turns["c"]) == Place(2, 2)
    assert tree.versions(FORKED, FORKED.turns["a"]) == Place(1, 1)


def test_siblings_are_gone_through_answers_first() -> None:
    def beside(turn: str, step: int) -> str | None:
        found = tree.beside(FORKED, FORKED.turns[turn], step)
        return found.id if found is not None else None

    assert [beside("b", 1), beside("b2", 1), beside("c", 1)] == ["b2", "c", None]
    assert [beside("b", -1), beside("c", -1)] == [None, "b2"]


def test_versions_are_gone_through_by_their_last_answers() -> None:
    found = tree.version_beside(FORKED, FORKED.turns["c"], -1)
    assert found is not None
    assert found.id == "b2"
    assert tree.version_beside(FORKED, FORKED.turns["b"], 1) == FORKED.turns["c"]
    assert tree.version_beside(FORKED, FORKED.turns["b"], -1) is None


def test_a_branch_ends_where_something_was_asked_last() -> None:
    assert tree.end_below(FORKED, "a") == "e"
    assert tree.end_below(FORKED, "b2") == "b2"
    assert [turn.id for turn in tree.following(FORKED, "a")] == ["b", "b2", "c"]


def test_a_tree_that_bites_its_tail_is_left_after_one_round() -> None:
    ring = conversation(("a", "Who?", "b"), ("b", "Why?", "a"), head="a")
    assert [turn.id for turn in tree.shown(ring)] == ["b", "a"]
    assert tree.end_below(ring, "a") in ("a", "b")
