from __future__ import annotations

from kotae.conversation import Conversation, Flag, Message, Passage, Rewrite, TokenUsage, Turn


def turn(turn_id: str, parent: str | None = None, answer: str = "an answer") -> Turn:
    return Turn(id=turn_id, question=f"question {turn_id}", backend="base", parent=parent, answer=answer)


def tree() -> Conversation:
    conversation = Conversation(id="c")
    for item in (turn("a"), turn("b", "a"), turn("c", "a"), turn("d", "c")):
        conversation = conversation.with_turn(item)
    return conversation


def test_a_branch_runs_from_the_root_to_its_head() -> None:
    assert [t.id for t in tree().branch()] == ["a", "c", "d"]
    assert [t.id for t in tree().branch("b")] == ["a", "b"]


def test_asking_again_makes_siblings() -> None:
    assert [t.id for t in tree().siblings("c")] == ["b", "c"]


def test_history_follows_the_branch_and_leaves_out_turns_without_an_answer() -> None:
    conversation = tree().with_turn(turn("e", "d", answer="")).with_turn(turn("f", "e"))
    assert conversation.history("f") == (
        Message("user", "question a"),
        Message("assistant", "an answer"),
        Message("user", "question c"),
        Message("assistant", "an answer"),
        Message("user", "question d"),
        Message("assistant", "an answer"),
        Message("user", "question f"),
        Message("assistant", "an answer"),
    )
    assert conversation.history(None) == ()


def test_a_damaged_tree_does_not_run_in_circles() -> None:
    conversation = Conversation(id="c", turns={"a": turn("a", "b"), "b": turn("b", "a")}, head="a")
    assert {t.id for t in conversation.branch()} == {"a", "b"}


def test_changing_a_conversation_leaves_the_old_value_alone() -> None:
    before = tree()
    after = before.with_turn(turn("z"))
    assert "z" not in before.turns
    assert after.head == "z"


def test_a_turn_survives_the_way_through_json_data() -> None:
    passage = Passage(
        id="p", document="a.md", title="A › B", text="日本語", score=0.5, source="/a.md", line=3
    )
    whole = Turn(
        id="t",
        question="q",
        backend="rag",
        parent="p",
        answer="x",
        status="stop",
        rewrite=Rewrite(query="q2", method="carry-over", note="n"),
        passages=(passage,),
        prompt=(Message("user", "q"),),
        usage=TokenUsage(prompt_tokens=1, completion_tokens=2, model="m"),
        first_token=0.1,
        total=0.2,
        cost=0.3,
        flags=(Flag(start=0, end=1, kind="name", score=0.9, reason="r", evidence=passage, flagger="g"),),
        groundedness=0.5,
        claims=2,
    )
    assert Turn.from_dict(whole.to_dict()) == whole


def test_fields_of_a_later_version_are_passed_over() -> None:
    assert Turn.from_dict({**turn("a").to_dict(), "of_the_future": 1}) == turn("a")
