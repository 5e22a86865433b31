"""What the inspector makes of a flag: its claim, its words in the passage, the part of a long passage that is shown."""

from __future__ import annotations

from kotae.conversation import Flag, Passage, Turn, Verdict
from plugins.grounding.matching import matches
from tui import flag_inspection
from tui.flag_inspection import MISSING, SHARED, excerpt
from tui.strings import strings


def seen(
    answer: str, part: str, passage: str | None = None, verdict: Verdict = "", *, remembered: bool = False
) -> flag_inspection.Inspected:
    evidence = (
        Passage(id="p", document="closing/periods.md", title="Periods", text=passage, line=7)
        if passage is not None
        else None
    )
    start = answer.index(part)
    flag = Flag(
        start=start,
        end=start + len(part),
        kind="number",
        score=0.7,
        reason="The passage has “72 hours”.",
        reason_ja="該当箇所では「72時間」です。",
        evidence=evidence,
        verdict=verdict,
        remembered=remembered,
    )
    return flag_inspection.inspect(
        flag, Turn(id="t", question="q", backend="b", answer=answer, status="stop")
    )


def test_the_claim_is_shown_without_its_markdown_and_with_the_words_the_passage_has_and_lacks() -> None:
    found = seen(
        "First of all. A **closed period** opens [again](http://x.y/z) for `90 days` [1]. It ends.",
        "90 days",
        "The closed period opens for 72 hours.",
    )
    content = flag_inspection.claim(found, strings("en"))
    claim = content.split("\n")[1]
    assert claim.plain == "A closed period opens again for 90 days."
    words = {claim.plain[span.start : span.end]: span.style for span in claim.spans}
    assert words == {"closed": SHARED, "period": SHARED, "opens": SHARED, "90 days": MISSING}
    assert content.plain.startswith("Claim  in the passage · not in it\n")
    passage = flag_inspection.evidence(
        found.flag.evidence or Passage(id="", document="", title="", text=""), found, strings("en")
    )
    assert "closing/periods.md · line 7" in passage.plain
    marked = [passage.plain[span.start : span.end] for span in passage.spans if span.style == SHARED]
    assert marked == ["closed", "period", "opens"]


def test_neither_the_claim_nor_the_flagged_words_are_shown_with_citations() -> None:
    """A blind comparison shows them too, and only backends that search cite."""
    found = seen("It opens [1], for 90 days [2, 3]. It ends［4］。", "opens [1], for 90 days [2, 3].")
    assert (found.quoted, found.claim) == ("opens, for 90 days.", "It opens, for 90 days.")


def test_the_reason_and_the_verdict_are_said_in_the_language_of_the_screen() -> None:
    found = seen("It takes 90 days.", "90 days", "72 hours.", "rejected", remembered=True)
    english = flag_inspection.raised(found, strings("en")).plain
    assert "score 0.70 (medium)" in english
    assert "“90 days”\nThe passage has “72 hours”.\n✗ rejected by you: it does not count\n" in english
    assert english.endswith("remembered for this claim")
    japanese = flag_inspection.raised(found, strings("ja")).plain
    assert "スコア 0.70 (中)" in japanese
    assert "該当箇所では「72時間」です。\n✗ 却下済み" in japanese


def test_a_claim_that_is_flagged_as_a_whole_is_not_quoted_twice() -> None:
    assert "“" not in flag_inspection.raised(
        seen("It takes long.", "It takes long."), strings("en")
    ).plain.replace("“72 hours”", "")


def test_without_a_passage_nothing_is_said_to_match() -> None:
    content = flag_inspection.claim(seen("It takes 90 days.", "90 days"), strings("en"))
    assert content.plain == "Claim\nIt takes 90 days.\n\nNo passage comes near."


def test_a_flag_outside_the_claims_is_held_against_the_passage_by_its_words() -> None:
    found = seen("# The Audit Center\n\nIt is logged.", "Audit Center", "The audit log.")
    assert found.claim == "Audit Center"


def test_claim_and_passage_are_neither_markup_nor_terminal_control() -> None:
    found = seen("It [bold]takes\x1b[31m 90 days\u202e.", "90 days", "[red]72\x1b[0m days[/red]\r\nand\ttwo")
    text = strings("en")
    shown = flag_inspection.claim(found, text).plain + flag_inspection.raised(found, text).plain
    assert found.flag.evidence is not None
    shown += flag_inspection.evidence(found.flag.evidence, found, text).plain
    assert "[bold]takes␛[31m 90 days␦" in shown
    assert "[red]72␛[0m days[/red]\nand" in shown
    assert not any(ord(character) < 32 and character not in "\n\t" for character in shown)


def test_a_long_passage_begins_where_most_words_of_the_claim_stand() -> None:
    filler = "Nothing of interest stands here at all. " * 40
    heart = "A closed period opens for 72 hours after the Controller has given a reason."
    passage = f"The period. {filler}{heart} {filler}"
    claim = "A Controller opens a closed period for 72 hours."
    start = excerpt(passage, matches(claim, passage).found)
    assert passage[start:].startswith(heart)
    found = seen(claim, "72 hours", passage)
    assert found.flag.evidence is not None
    shown = flag_inspection.evidence(found.flag.evidence, found, strings("en")).plain
    assert f"… {heart}" in shown


def test_a_passage_that_is_short_or_best_at_its_beginning_is_shown_from_there() -> None:
    assert excerpt("A short one.", ((2, 7),)) == 0
    assert excerpt("word " * 400, ()) == 0
    assert excerpt("Closed period. " + "filler " * 200 + "period", ((0, 6), (7, 13), (1415, 1421))) == 0
