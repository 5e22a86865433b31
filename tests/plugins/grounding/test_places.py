"""What a sentence, an item of a list or a clause leaves out because it was said before."""

from __future__ import annotations

import pytest

from kotae.conversation import Passage
from plugins.grounding.evidence import gather
from plugins.grounding.places import places
from tests.plugins.grounding.conftest import check
from tests.plugins.grounding.test_mismatches import rivals

REFUSALS = """\
A renewal is refused when:

- the card has expired,
- the item is more than 14 days overdue.

A reminder is sent 21 days before the card expires.
"""
ROOMS = """\
- 会議室：60日先まで受け付けます。1回の利用は最長4時間です。
- 家族面談室：14日先まで受け付けます。1回の利用は最長90分です。
"""
LOANS = "Magazines are lent for 10 days, DVDs for 7 and tools for 5."
HOLDS = "Adults and youth may have six holds at a time, children three. No more than four loans may be DVDs."


def test_an_item_leans_on_what_leads_in_its_list() -> None:
    claim = "Renewal is refused once the item is more than 21 days overdue."
    assert rivals(claim, REFUSALS) == [("21", "14 days")]
    assert rivals(claim.replace("21", "14"), REFUSALS) == []


def test_what_follows_a_list_does_not_lean_on_what_leads_it_in() -> None:
    evidence = gather([Passage(id="1", document="", title="", text=REFUSALS)])
    leaning = {sentence.text: sentence.leans_on for sentence in evidence.sentences}
    assert "refus" in leaning["- the card has expired,"]
    assert leaning["A reminder is sent 21 days before the card expires."] == frozenset()


def test_what_an_item_goes_on_with_leans_on_how_it_begins() -> None:
    assert rivals("家族面談室は1回につき最長4時間まで利用できます。", ROOMS) == [("4", "90分")]
    assert rivals("家族面談室は1回につき最長90分まで利用できます。", ROOMS) == []
    assert rivals("会議室は1回につき最長4時間まで利用できます。", ROOMS) == []


def test_a_sentence_that_points_back_leans_on_how_its_line_begins() -> None:
    page = "責任者は、不在の間の代理者を1名だけ指定できます。期間は最長14日です。"
    assert rivals("代理者は最長30日間指定できます。", page) == [("30", "14日")]
    assert rivals("代理者は最長14日間指定できます。", page) == []


def test_a_sentence_with_a_subject_of_its_own_does_not_lean() -> None:
    assert rivals("A draft is kept for 30 days.", "A draft is printed. Invoices are kept for 7 days.") == []


@pytest.mark.parametrize(
    ("claim", "page", "expected"),
    [
        ("Magazines are lent for 7 days.", LOANS, [("7", "10 days")]),
        ("DVDs are lent for 7 days.", LOANS, []),
        ("Magazines are lent for 10 days.", LOANS, []),
        ("Children may have up to four holds.", HOLDS, [("4", "six")]),
        ("Children may have three holds.", HOLDS, []),
        ("Youth may have up to six holds.", HOLDS, []),
    ],
)
def test_a_clause_has_the_verb_and_the_unit_that_it_leaves_out(
    claim: str, page: str, expected: list[tuple[str, str]]
) -> None:
    assert rivals(claim, page) == expected


def test_a_clause_has_the_subject_that_it_leaves_out() -> None:
    page = "Joining two records is begun by a clerk and takes effect once the supervisor has approved it."
    assert rivals("The join takes effect as soon as an administrator has approved it.", page) == [
        ("administrator", "supervisor")
    ]
    assert rivals("The join takes effect as soon as the supervisor has approved it.", page) == []


def test_a_clause_with_a_subject_of_its_own_leaves_none_out() -> None:
    _, _, second = places("A draft is begun by a clerk, and the manager checks the total.")
    assert second.left_out == frozenset()


async def test_what_an_item_denies_is_denied_of_how_it_begins() -> None:
    page = "- E-52：通信が切れました。予約は保存されていないので、もう一度入力してください。"
    [flag] = await check("通信が切れても予約は保存されています。", page)
    assert flag.kind == "contradicted"
