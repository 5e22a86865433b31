"""The line that says how much of an answer stands in the manual."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kotae.conversation import Flag, FlagKind, Turn
from kotae.language import Language
from kotae.verdicts import judged_by_reader
from tests.tui.conftest import AppOf, ask, shown, until
from tests.tui.scripted import Scripted, engine_of
from tui.strings import strings
from tui.summary import summary

SENTENCES = [f"Step {number} is done by hand." for number in range(7)]


def turn(claims: int, *flagged: tuple[int, FlagKind]) -> Turn:
    """So many claims, of which those numbered are flagged."""
    answer = " ".join(SENTENCES[:claims])
    flags = tuple(
        Flag(
            start=answer.index(SENTENCES[number]),
            end=answer.index(SENTENCES[number]) + 6,
            kind=kind,
            score=0.9,
            reason="",
        )
        for number, kind in flagged
    )
    clean = claims - len({number for number, _ in flagged})
    return Turn(
        id="t",
        question="q",
        backend="b",
        answer=answer,
        status="stop",
        flags=flags,
        groundedness=clean / claims if claims else None,
        claims=claims,
    )


def said(turn: Turn, lang: Language = "en", width: int = 200) -> str:
    found = summary(turn, strings(lang))
    return found.fitting(width) if found is not None else ""


@pytest.mark.parametrize(
    ("turn", "english", "japanese"),
    [
        (turn(0), "✓ no claims to check", "✓ 確認する主張はありません"),
        (
            turn(1),
            "✓ the only claim has support · groundedness 1.00",
            "✓ 主張 1 件に根拠があります · 根拠率 1.00",
        ),
        (
            turn(7),
            "✓ all 7 claims have support · groundedness 1.00",
            "✓ 主張 7 件すべてに根拠があります · 根拠率 1.00",
        ),
        (
            turn(1, (0, "name")),
            "⚑ the only claim has no support · groundedness 0.00 · ? name 1",
            "⚑ 主張 1 件に根拠がありません · 根拠率 0.00 · ? 名称 1",
        ),
        (
            turn(7, (3, "unsupported"), (3, "name")),
            "⚑ 1 of 7 claims has no support · groundedness 0.86 · ⚑ unsupported 1  ? name 1",
            "⚑ 主張 7 件のうち 1 件に根拠がありません · 根拠率 0.86 · ⚑ 根拠なし 1  ? 名称 1",
        ),
        (
            turn(7, (0, "number"), (1, "unsupported"), (2, "unsupported")),
            "⚑ 3 of 7 claims have no support · groundedness 0.57 · ⚑ unsupported 2  # number 1",
            "⚑ 主張 7 件のうち 3 件に根拠がありません · 根拠率 0.57 · ⚑ 根拠なし 2  # 数値 1",
        ),
    ],
)
def test_claims_without_support_are_counted_with_their_flags(turn: Turn, english: str, japanese: str) -> None:
    assert said(turn) == english
    assert said(turn, "ja") == japanese


def test_where_there_is_little_room_the_kinds_are_glyphs_or_left_out() -> None:
    many = turn(7, (0, "number"), (1, "unsupported"), (2, "contradicted"))
    assert said(many, width=70).endswith("groundedness 0.57 · ⚑1 ✗1 #1")
    assert said(many, width=54).endswith("groundedness 0.57")
    assert said(many, width=10).endswith("groundedness 0.57")


def test_what_the_reader_rejected_does_not_count() -> None:
    whole = turn(7, (0, "number"), (1, "name"))
    one = judged_by_reader(whole, whole.flags[0], "rejected")
    assert said(one) == "⚑ 1 of 7 claims has no support · groundedness 0.86 · ? name 1 · 1 rejected by you"
    both = judged_by_reader(one, whole.flags[1], "rejected")
    assert said(both) == "✓ all 7 claims have support · groundedness 1.00 · 2 rejected by you"
    assert said(both, width=60) == "✓ all 7 claims have support · groundedness 1.00"


def test_flags_outside_the_claims_are_told_apart() -> None:
    heading = replace(turn(7, (0, "name")), groundedness=None, claims=0)
    assert said(heading) == "⚑ flagged outside the claims: 1 · ? name 1"


def test_nothing_is_said_where_nothing_was_judged() -> None:
    assert said(replace(turn(7), groundedness=None, claims=None)) == ""


def test_turns_recorded_before_claims_were_counted_are_counted_now() -> None:
    assert said(replace(turn(7, (2, "name")), claims=None)).startswith("⚑ 1 of 7 claims has no support")


async def test_without_a_flagger_there_is_no_summary(app_of: AppOf) -> None:
    async with app_of(engine_of(Scripted("base"))).run_test(size=(100, 24)) as pilot:
        await ask(pilot, "When?")
        await until(pilot, lambda: "base · " in shown(pilot))
        assert not any(words in shown(pilot) for words in ("claim", "groundedness", "Checking"))
